// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulated network card for tests of io_uring's zero-copy receive.
 *
 * The card has one transmit queue, two receive queues and a wire that ends in
 * a mirror: whatever is sent comes back with its two IPv4 addresses swapped.
 * With 10.9.0.1 on the card, a connection to 10.9.0.2 port P reaches whoever
 * listens at 10.9.0.1 port P, and one machine has both ends of it.
 *
 * On the way back each packet is written into fresh buffers, as a card with
 * header-data split would: headers into the linear part of the skb, payload
 * into buffers of the queue's page pool. When a zcrx instance is bound to the
 * queue those buffers are its user's memory. The "DMA" is a copy by the CPU.
 */

#include <linux/dma-direct.h>
#include <linux/etherdevice.h>
#include <linux/ethtool_netlink.h>
#include <linux/ip.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/page_pool/helpers.h>
#include <net/tcp.h>

#define ZN_RX_QUEUES		2
/* The queue that zcrx is meant to be bound to; all else goes to queue 0. */
#define ZN_STEERED_QUEUE	1
/* More than the windows of a few connections hold; beyond it, packets drop. */
#define ZN_WIRE_PACKETS		8192
#define ZN_MAX_BUFFER		SZ_1M
/* A segment of TCP with timestamps, as Linux sends it, then fills one page. */
#define ZN_DEFAULT_MTU \
	(PAGE_SIZE + sizeof(struct iphdr) + sizeof(struct tcphdr) + \
	 TCPOLEN_TSTAMP_ALIGNED)

struct zn_queue {
	struct napi_struct napi;
	/* Packets on the wire, to be received by this queue. */
	struct sk_buff_head wire;
	/* Set while the queue runs. */
	struct page_pool *pool;
	unsigned int index;
	unsigned int data_segments;
	/* What the queue tells through netlink; of its whole life, like the counters below. */
	atomic64_t packets;
	atomic64_t bytes;
	atomic64_t alloc_fail;
};

struct zn_card {
	struct zn_queue queues[ZN_RX_QUEUES];
};

/* What the core keeps for us while it swaps a queue's memory. */
struct zn_queue_mem {
	struct page_pool *pool;
};

/* What is known of a packet on the wire, in its skb's control block. */
struct zn_packet {
	/* All headers; the whole packet if it is no TCP segment with data. */
	unsigned int header_len;
	/* Goes to the port that is, or was last, steered. */
	bool watched;
	bool steered;
};

#define ZN_PACKET(skb) ((struct zn_packet *)(skb)->cb)

static struct platform_device *zn_parent;
/* NULL before and after its life; changes under the parameters' lock. */
static struct net_device *zn_dev;

/* ---- parameters and counters ---- */

static unsigned short zn_port;
static unsigned short zn_watched_port;
static bool zn_data_split = true;

static unsigned int copy_one_in;
module_param(copy_one_in, uint, 0644);
MODULE_PARM_DESC(copy_one_in, "One in so many data segments to the port is received in ordinary pages; 0: none");

static unsigned int linear;
module_param(linear, uint, 0644);
MODULE_PARM_DESC(linear, "Bytes of a data segment's payload that stay in the linear part, as with a card that splits badly");

static bool large_buffers;
module_param(large_buffers, bool, 0444);
MODULE_PARM_DESC(large_buffers, "Whether buffers larger than a page can be asked for");

static int zn_port_set(const char *text, const struct kernel_param *kp)
{
	u16 port;
	int err = kstrtou16(text, 0, &port);

	if (err)
		return err;
	if (port)
		WRITE_ONCE(zn_watched_port, port);
	WRITE_ONCE(zn_port, port);
	return 0;
}

static const struct kernel_param_ops zn_port_ops = {
	.set = zn_port_set,
	.get = param_get_ushort,
};
module_param_cb(port, &zn_port_ops, &zn_port, 0644);
MODULE_PARM_DESC(port, "TCP destination port whose segments go to receive queue 1; 0: none");

static void zn_apply_data_split(struct net_device *dev)
{
	dev->cfg->hds_config = zn_data_split ? ETHTOOL_TCP_DATA_SPLIT_ENABLED :
					       ETHTOOL_TCP_DATA_SPLIT_DISABLED;
	dev->cfg->hds_thresh = 0;
}

static int zn_data_split_set(const char *text, const struct kernel_param *kp)
{
	int i, err;
	bool on;

	err = kstrtobool(text, &on);
	if (err)
		return err;
	if (!zn_dev) {
		zn_data_split = on;
		return 0;
	}
	netdev_lock(zn_dev);
	for (i = 0; i < ZN_RX_QUEUES; i++) {
		/* ethtool would not allow it either. */
		if (!on && netif_rxq_has_unreadable_mp(zn_dev, i))
			err = -EBUSY;
	}
	if (!err) {
		zn_data_split = on;
		zn_apply_data_split(zn_dev);
	}
	netdev_unlock(zn_dev);
	return err;
}

static const struct kernel_param_ops zn_data_split_ops = {
	.set = zn_data_split_set,
	.get = param_get_bool,
};
module_param_cb(data_split, &zn_data_split_ops, &zn_data_split, 0644);
MODULE_PARM_DESC(data_split, "Whether the card is configured for tcp-data-split, which zcrx demands");

static int zn_counter_get(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%llu\n",
			 (u64)atomic64_read((atomic64_t *)kp->arg));
}

static int zn_counter_set(const char *text, const struct kernel_param *kp)
{
	return -EPERM;
}

static const struct kernel_param_ops zn_counter_ops = {
	.set = zn_counter_set,
	.get = zn_counter_get,
};

#define ZN_COUNTER(name, what) \
	static atomic64_t name; \
	module_param_cb(name, &zn_counter_ops, &name, 0444); \
	MODULE_PARM_DESC(name, "Counter: " what)

ZN_COUNTER(filled_buffers, "buffers of a memory provider that data was put into");
ZN_COUNTER(filled_bytes, "bytes of payload in them");
ZN_COUNTER(page_segments, "data segments to the port received in ordinary pages");
ZN_COUNTER(page_bytes, "bytes of payload in those pages");
ZN_COUNTER(linear_bytes, "bytes of payload to the port left in linear parts");
ZN_COUNTER(no_buffer, "data segments dropped because the pool had no buffer");
ZN_COUNTER(queue_starts, "starts of queue 1 by the core");
ZN_COUNTER(queue_stops, "stops of queue 1 by the core");

/* ---- receiving ---- */

static void zn_swap_addresses(struct sk_buff *skb)
{
	struct iphdr *ip = (struct iphdr *)(skb->data + ETH_HLEN);

	/* No checksum changes: each is a sum, and knows no order. */
	swap(ip->saddr, ip->daddr);
}

/* The device knows memory by its DMA address, and there is no IOMMU here. */
static void *zn_address(struct page_pool *pool, netmem_ref netmem)
{
	dma_addr_t dma = page_pool_get_dma_addr_netmem(netmem);

	return phys_to_virt(dma_to_phys(pool->p.dev, dma));
}

static int zn_add_buffer(struct zn_queue *q, struct sk_buff *skb,
			 const struct sk_buff *packet, unsigned int offset,
			 unsigned int len, unsigned int size)
{
	netmem_ref netmem;
	void *address;

	if (skb->pp_recycle) {
		netmem = page_pool_alloc_netmems(q->pool,
						 GFP_ATOMIC | __GFP_NOWARN);
		if (!netmem)
			return -ENOMEM;
		address = zn_address(q->pool, netmem);
	} else {
		struct page *page = dev_alloc_page();

		if (!page)
			return -ENOMEM;
		netmem = page_to_netmem(page);
		address = page_address(page);
	}
	skb_add_rx_frag_netmem(skb, skb_shinfo(skb)->nr_frags, netmem, 0, len,
			       size);
	/* No sync for the CPU: it was the CPU that wrote. */
	return skb_copy_bits(packet, offset, address, len);
}

/* Before the stack sees it: who has the data can rely on the counters. */
static void zn_count(const struct sk_buff *skb, unsigned int linear_len,
		     bool watched)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	int i;

	if (watched)
		atomic64_add(linear_len, &linear_bytes);
	if (!info->nr_frags)
		return;
	if (skb_frag_is_net_iov(&info->frags[0])) {
		atomic64_add(info->nr_frags, &filled_buffers);
		for (i = 0; i < info->nr_frags; i++)
			atomic64_add(skb_frag_size(&info->frags[i]),
				     &filled_bytes);
	} else if (watched) {
		atomic64_inc(&page_segments);
		atomic64_add(skb->data_len, &page_bytes);
	}
}

static bool zn_wants_pages(struct zn_queue *q, const struct zn_packet *info)
{
	unsigned int n = READ_ONCE(copy_one_in);

	return n && info->steered && ++q->data_segments % n == 0;
}

static void zn_receive(struct zn_queue *q, const struct sk_buff *packet)
{
	const struct zn_packet *info = ZN_PACKET(packet);
	unsigned int data_len = packet->len - info->header_len;
	unsigned int linear_len = min(READ_ONCE(linear), data_len);
	unsigned int head = info->header_len + linear_len;
	unsigned int offset, len, size;
	struct sk_buff *skb;

	skb = napi_alloc_skb(&q->napi, head);
	if (!skb) {
		atomic64_inc(&q->alloc_fail);
		return;
	}
	if (skb_copy_bits(packet, 0, skb_put(skb, head), head))
		goto drop;
	zn_swap_addresses(skb);

	if (data_len && zn_wants_pages(q, info)) {
		size = PAGE_SIZE;
	} else {
		size = PAGE_SIZE << q->pool->p.order;
		/* Before the first buffer: also a drop gives them back. */
		skb_mark_for_recycle(skb);
	}
	for (offset = head; offset < packet->len; offset += len) {
		len = min(packet->len - offset, size);
		if (zn_add_buffer(q, skb, packet, offset, len, size)) {
			atomic64_inc(&no_buffer);
			atomic64_inc(&q->alloc_fail);
			goto drop;
		}
	}

	zn_count(skb, linear_len, info->watched);
	atomic64_inc(&q->packets);
	atomic64_add(packet->len, &q->bytes);
	skb->protocol = eth_type_trans(skb, q->napi.dev);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_record_rx_queue(skb, q->index);
	napi_gro_receive(&q->napi, skb);
	return;
drop:
	/* TCP sends it again. */
	kfree_skb(skb);
}

static int zn_poll(struct napi_struct *napi, int budget)
{
	struct zn_queue *q = container_of(napi, struct zn_queue, napi);
	struct sk_buff *packet;
	int done = 0;

	while (done < budget && (packet = skb_dequeue(&q->wire))) {
		zn_receive(q, packet);
		consume_skb(packet);
		done++;
	}
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

/* ---- sending ---- */

/* Reads the headers; false for what the mirror does not reflect. */
static bool zn_classify(struct sk_buff *skb)
{
	struct zn_packet *info = ZN_PACKET(skb);
	unsigned int transport, headers;
	const struct tcphdr *tcp;
	const struct iphdr *ip;

	if (skb->protocol != htons(ETH_P_IP) ||
	    !pskb_may_pull(skb, ETH_HLEN + sizeof(*ip)))
		return false;
	ip = (const struct iphdr *)(skb->data + ETH_HLEN);
	/* Nobody may seem to send from such an address. */
	if (ipv4_is_multicast(ip->daddr) || ipv4_is_lbcast(ip->daddr))
		return false;
	info->header_len = skb->len;
	info->watched = false;
	info->steered = false;
	if (ip->protocol != IPPROTO_TCP || ip_is_fragment(ip))
		return true;

	transport = ETH_HLEN + ip->ihl * 4;
	if (!pskb_may_pull(skb, transport + sizeof(*tcp)))
		return false;
	tcp = (const struct tcphdr *)(skb->data + transport);
	headers = transport + tcp->doff * 4;
	if (headers > skb->len)
		return false;
	info->header_len = headers;
	/*
	 * The whole flow, not only its data: were the rest received by another
	 * queue, on another processor perhaps, a FIN could overtake data.
	 */
	info->steered = tcp->dest == htons(READ_ONCE(zn_port)) && tcp->dest;
	info->watched = tcp->dest == htons(READ_ONCE(zn_watched_port)) &&
			tcp->dest;
	return true;
}

static netdev_tx_t zn_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct zn_card *card = netdev_priv(dev);
	struct zn_queue *q;

	if (!netif_running(dev) || !zn_classify(skb))
		goto drop;
	q = &card->queues[ZN_PACKET(skb)->steered ? ZN_STEERED_QUEUE : 0];
	if (skb_queue_len_lockless(&q->wire) >= ZN_WIRE_PACKETS)
		goto drop;
	skb_queue_tail(&q->wire, skb);
	/* Does nothing while the queue is stopped: its start looks at the wire. */
	napi_schedule(&q->napi);
	return NETDEV_TX_OK;
drop:
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

/* ---- queues ---- */

static int zn_queue_mem_alloc(struct net_device *dev,
			      struct netdev_queue_config *qcfg,
			      void *per_queue_mem, int idx)
{
	unsigned int order = ilog2(qcfg->rx_page_size) - PAGE_SHIFT;
	struct zn_queue_mem *mem = per_queue_mem;
	struct page_pool_params params = {
		.order		= order,
		.nid		= NUMA_NO_NODE,
		.dev		= dev->dev.parent,
		/* A provider accepts this direction only, and demands both the mapping and the sync. */
		.dma_dir	= DMA_FROM_DEVICE,
		.max_len	= PAGE_SIZE << order,
		.netdev		= dev,
		.queue_idx	= idx,
		.flags		= PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV |
				  PP_FLAG_ALLOW_UNREADABLE_NETMEM,
	};
	struct page_pool *pool = page_pool_create(&params);

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	mem->pool = pool;
	return 0;
}

static void zn_queue_mem_free(struct net_device *dev, void *per_queue_mem)
{
	struct zn_queue_mem *mem = per_queue_mem;

	page_pool_destroy(mem->pool);
}

static void zn_run(struct zn_queue *q, struct page_pool *pool)
{
	q->pool = pool;
	page_pool_enable_direct_recycling(pool, &q->napi);
	napi_enable_locked(&q->napi);
	/* What was sent meanwhile waits; softirqs off, so that they run after. */
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

static struct page_pool *zn_halt(struct zn_queue *q)
{
	struct page_pool *pool = q->pool;

	napi_disable_locked(&q->napi);
	page_pool_disable_direct_recycling(pool);
	q->pool = NULL;
	return pool;
}

static int zn_queue_start(struct net_device *dev,
			  struct netdev_queue_config *qcfg,
			  void *per_queue_mem, int idx)
{
	struct zn_card *card = netdev_priv(dev);
	struct zn_queue_mem *mem = per_queue_mem;

	zn_run(&card->queues[idx], mem->pool);
	if (idx == ZN_STEERED_QUEUE)
		atomic64_inc(&queue_starts);
	return 0;
}

static int zn_queue_stop(struct net_device *dev, void *per_queue_mem, int idx)
{
	struct zn_card *card = netdev_priv(dev);
	struct zn_queue_mem *mem = per_queue_mem;

	mem->pool = zn_halt(&card->queues[idx]);
	if (idx == ZN_STEERED_QUEUE)
		atomic64_inc(&queue_stops);
	return 0;
}

static void zn_default_qcfg(struct net_device *dev,
			    struct netdev_queue_config *qcfg)
{
	qcfg->rx_page_size = PAGE_SIZE;
}

static int zn_validate_qcfg(struct net_device *dev,
			    struct netdev_queue_config *qcfg,
			    struct netlink_ext_ack *extack)
{
	if (is_power_of_2(qcfg->rx_page_size) &&
	    qcfg->rx_page_size >= PAGE_SIZE &&
	    qcfg->rx_page_size <= ZN_MAX_BUFFER)
		return 0;
	NL_SET_ERR_MSG(extack, "buffers have a page to 1 MiB");
	return -EINVAL;
}

/* Not const: large_buffers decides about supported_params. */
static struct netdev_queue_mgmt_ops zn_queue_mgmt_ops = {
	.ndo_queue_mem_size	= sizeof(struct zn_queue_mem),
	.ndo_queue_mem_alloc	= zn_queue_mem_alloc,
	.ndo_queue_mem_free	= zn_queue_mem_free,
	.ndo_queue_start	= zn_queue_start,
	.ndo_queue_stop		= zn_queue_stop,
	.ndo_default_qcfg	= zn_default_qcfg,
	.ndo_validate_qcfg	= zn_validate_qcfg,
};

/* ---- what queues tell through netlink ---- */

static void zn_queue_stats(struct net_device *dev, int idx,
			   struct netdev_queue_stats_rx *stats)
{
	struct zn_card *card = netdev_priv(dev);
	struct zn_queue *q = &card->queues[idx];

	stats->packets = atomic64_read(&q->packets);
	stats->bytes = atomic64_read(&q->bytes);
	stats->alloc_fail = atomic64_read(&q->alloc_fail);
}

/* Nothing beside the queues; it also says which sums over them are whole. */
static void zn_base_stats(struct net_device *dev,
			  struct netdev_queue_stats_rx *rx,
			  struct netdev_queue_stats_tx *tx)
{
	rx->packets = 0;
	rx->bytes = 0;
	rx->alloc_fail = 0;
}

static const struct netdev_stat_ops zn_stat_ops = {
	.get_queue_stats_rx	= zn_queue_stats,
	.get_base_stats		= zn_base_stats,
};

/* ---- the card as a whole ---- */

/* Queue management puts all of this under the instance's lock: hence _locked. */
static void zn_halt_queues(struct net_device *dev, int count)
{
	struct zn_card *card = netdev_priv(dev);
	int i;

	for (i = 0; i < count; i++) {
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		page_pool_destroy(zn_halt(&card->queues[i]));
	}
}

static int zn_open(struct net_device *dev)
{
	struct zn_card *card = netdev_priv(dev);
	struct netdev_queue_config qcfg;
	struct zn_queue_mem mem;
	int i, err;

	for (i = 0; i < ZN_RX_QUEUES; i++) {
		/* A provider that was bound before, or while we were down, stays. */
		netdev_queue_config(dev, i, &qcfg);
		err = zn_queue_mem_alloc(dev, &qcfg, &mem, i);
		if (err) {
			zn_halt_queues(dev, i);
			return err;
		}
		zn_run(&card->queues[i], mem.pool);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX,
				     &card->queues[i].napi);
	}
	netif_tx_start_all_queues(dev);
	return 0;
}

static int zn_stop(struct net_device *dev)
{
	struct zn_card *card = netdev_priv(dev);
	int i;

	netif_tx_stop_all_queues(dev);
	zn_halt_queues(dev, ZN_RX_QUEUES);
	/* Whoever began to send before we went down has ended. */
	synchronize_net();
	for (i = 0; i < ZN_RX_QUEUES; i++)
		skb_queue_purge(&card->queues[i].wire);
	return 0;
}

static const struct net_device_ops zn_netdev_ops = {
	.ndo_open	= zn_open,
	.ndo_stop	= zn_stop,
	.ndo_start_xmit	= zn_start_xmit,
};

static struct net_device *zn_create(struct device *parent)
{
	static const u8 address[ETH_ALEN] = { 0x02, 'z', 'c', 'r', 'x', 0 };
	struct net_device *dev;
	struct zn_card *card;
	int i;

	dev = alloc_netdev_mqs(sizeof(*card), "zcrx0", NET_NAME_USER,
			       ether_setup, 1, ZN_RX_QUEUES);
	if (!dev)
		return NULL;
	SET_NETDEV_DEV(dev, parent);
	eth_hw_addr_set(dev, address);
	dev->netdev_ops = &zn_netdev_ops;
	dev->queue_mgmt_ops = &zn_queue_mgmt_ops;
	dev->stat_ops = &zn_stat_ops;
	/* There is nobody on this wire to ask for an address. */
	dev->flags |= IFF_NOARP;
	dev->flags &= ~(IFF_BROADCAST | IFF_MULTICAST);
	dev->priv_flags |= IFF_NO_QUEUE;
	/* The wire loses no bit. No TSO: each packet is to be one segment. */
	dev->features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA;
	dev->hw_features = dev->features;
	dev->mtu = ZN_DEFAULT_MTU;
	dev->max_mtu = ETH_MAX_MTU;
	zn_apply_data_split(dev);

	card = netdev_priv(dev);
	for (i = 0; i < ZN_RX_QUEUES; i++) {
		card->queues[i].index = i;
		skb_queue_head_init(&card->queues[i].wire);
		netif_napi_add(dev, &card->queues[i].napi, zn_poll);
	}
	return dev;
}

static int __init zn_init(void)
{
	const struct platform_device_info info = {
		.name		= "zcrx_nic",
		.id		= PLATFORM_DEVID_NONE,
		/* zcrx maps its user's memory for this device. */
		.dma_mask	= DMA_BIT_MASK(64),
	};
	struct net_device *dev;
	int err;

	BUILD_BUG_ON(sizeof(struct zn_packet) > sizeof_field(struct sk_buff, cb));
	if (large_buffers)
		zn_queue_mgmt_ops.supported_params = QCFG_RX_PAGE_SIZE;
	zn_parent = platform_device_register_full(&info);
	if (IS_ERR(zn_parent))
		return PTR_ERR(zn_parent);
	dev = zn_create(&zn_parent->dev);
	if (!dev) {
		err = -ENOMEM;
		goto unregister_parent;
	}
	err = register_netdev(dev);
	if (err)
		goto free_dev;
	kernel_param_lock(THIS_MODULE);
	zn_dev = dev;
	kernel_param_unlock(THIS_MODULE);
	return 0;

free_dev:
	free_netdev(dev);
unregister_parent:
	platform_device_unregister(zn_parent);
	return err;
}

static void __exit zn_exit(void)
{
	struct net_device *dev = zn_dev;

	kernel_param_lock(THIS_MODULE);
	zn_dev = NULL;
	kernel_param_unlock(THIS_MODULE);
	/* Also parts a zcrx instance from its queue, if one is bound. */
	unregister_netdev(dev);
	free_netdev(dev);
	platform_device_unregister(zn_parent);
}

module_init(zn_init);
module_exit(zn_exit);
MODULE_DESCRIPTION("A simulated network card for tests of zero-copy receive");
MODULE_LICENSE("GPL");
