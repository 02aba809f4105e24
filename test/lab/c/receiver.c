/*
 * A receiver that knows nothing of who may be watching it: an ordinary program over the kernel's own headers. It registers
 * instances of zero-copy receive, without a device unless told, sends to itself over TCP, checks every byte, and tells its own
 * readings of its own counters.
 *
 *   receiver [--instances N] [--user-region] [--entries N] [--tight] [--area-mib N] [--rings N] [--import] [--unmapped]
 *            [--overmap] [--no-descriptor] [--device NAME --queue N]
 *
 * With --device it receives from a queue of the lab's network card, whose wire is a mirror that swaps the two addresses.
 * --rings opens more rings that receive nothing; --import has another ring import the first instance; --unmapped gives up
 * its own mappings of the refill regions once all is registered, and then sends nothing; --overmap maps more of them than
 * there is; --no-descriptor registers the ring's descriptor with the kernel and closes it.
 *
 * It first prints a line of where everything lies, then one line of readings for each command on standard input:
 *   read    what it sees now, while it goes on
 *   pause   what it sees when all that was sent has been received; nothing moves from then on
 *   go      goes on
 *   close   closes its rings and all that belongs to them
 *   open    opens new ones, with new connections; prints where everything lies
 *   exit    ends
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <net/if.h>

#include <linux/io_uring.h>
#include <linux/io_uring/query.h>
#include <linux/io_uring/zcrx.h>

#define MAX_INSTANCES 4
#define MAX_RINGS 256
#define SQ_ENTRIES 16
#define CQ_ENTRIES 512
#define CHUNK 16384
#define PAGE 4096ul
/* What is sent to this port of the card is steered to the queue. */
#define CARD_PORT 7000
#define CARD_ADDRESS "10.9.0.1"
#define MIRRORED_ADDRESS "10.9.0.2"

static struct {
	unsigned instances, entries, area_mib, rings;
	bool user_region, tight, import, unmapped, overmap, no_descriptor;
	const char *device;
	unsigned queue;
} options = { .instances = 1, .entries = 64, .area_mib = 1 };

struct instance {
	unsigned id, rq_entries;
	char *area;
	size_t area_size;
	uint64_t area_token;
	char *region;
	size_t region_size, mapped_size;
	uint64_t stats_offset;
	struct io_uring_zcrx_offsets offsets;
	int sender, receiver;
	bool armed;
	_Atomic uint64_t sent;
	uint64_t received, wrong, completions;
};

static struct {
	/* -1 once it is closed; `number` and the flags are what calls are made with. */
	int fd, number;
	unsigned enter_flag, register_flag;
	char *rings, *sqes;
	size_t rings_size, sqes_size;
	struct io_uring_params params;
} ring = { .fd = -1 };

static struct instance instances[MAX_INSTANCES];
static int other_rings[MAX_RINGS], importer = -1;
static _Atomic bool sending, stop_sender, idle;
static pthread_t sender_thread;
static bool is_open;

static void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(1);
}

static long check(long result, const char *what)
{
	if (result < 0)
		die("%s", what);
	return result;
}

/* What the byte at a place of a stream has to be. */
static inline unsigned char pattern(unsigned stream, uint64_t at)
{
	return (unsigned char)(at * 31 + (at >> 8) * 7 + (at >> 20) + stream * 101);
}

static unsigned load(const void *at)
{
	return __atomic_load_n((const unsigned *)at, __ATOMIC_ACQUIRE);
}

static void store(void *at, unsigned value)
{
	__atomic_store_n((unsigned *)at, value, __ATOMIC_RELEASE);
}

/* --- the ring ------------------------------------------------------------------------------------------------------- */

static int enter(unsigned to_submit, unsigned min_complete, unsigned flags, void *arg, size_t size)
{
	return (int)syscall(__NR_io_uring_enter, ring.number, to_submit, min_complete, flags | ring.enter_flag, arg,
			    size);
}

static long register_with(unsigned opcode, void *arg, unsigned count)
{
	return syscall(__NR_io_uring_register, ring.number, opcode | ring.register_flag, arg, count);
}

static int set_up(struct io_uring_params *params)
{
	memset(params, 0, sizeof(*params));
	params->flags = IORING_SETUP_CQE32 | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			IORING_SETUP_CQSIZE;
	params->cq_entries = CQ_ENTRIES;
	return (int)check(syscall(__NR_io_uring_setup, SQ_ENTRIES, params), "io_uring_setup");
}

static void open_ring(void)
{
	struct io_uring_params *params = &ring.params;
	size_t sq_size, cq_size;

	ring.fd = ring.number = set_up(params);
	sq_size = params->sq_off.array + params->sq_entries * sizeof(unsigned);
	cq_size = params->cq_off.cqes + params->cq_entries * 2 * sizeof(struct io_uring_cqe);
	ring.rings_size = sq_size > cq_size ? sq_size : cq_size;
	ring.sqes_size = params->sq_entries * sizeof(struct io_uring_sqe);
	ring.rings = mmap(NULL, ring.rings_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd,
			  IORING_OFF_SQ_RING);
	ring.sqes = mmap(NULL, ring.sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd,
			 IORING_OFF_SQES);
	if (ring.rings == MAP_FAILED || ring.sqes == MAP_FAILED)
		die("mmap of the rings");
}

static void close_descriptor(void)
{
	struct io_uring_rsrc_update update = { .offset = -1u, .data = (uint64_t)ring.fd };

	check(register_with(IORING_REGISTER_RING_FDS, &update, 1), "IORING_REGISTER_RING_FDS");
	close(ring.fd);
	ring.fd = -1;
	ring.number = (int)update.offset;
	ring.enter_flag = IORING_ENTER_REGISTERED_RING;
	ring.register_flag = IORING_REGISTER_USE_REGISTERED_RING;
}

static void close_ring(void)
{
	struct io_uring_rsrc_update update = { .offset = (unsigned)ring.number };

	munmap(ring.rings, ring.rings_size);
	munmap(ring.sqes, ring.sqes_size);
	if (ring.fd >= 0)
		close(ring.fd);
	else
		check(register_with(IORING_UNREGISTER_RING_FDS, &update, 1), "IORING_UNREGISTER_RING_FDS");
	ring.fd = -1;
	ring.enter_flag = ring.register_flag = 0;
}

static void submit_receive(struct instance *instance)
{
	const struct io_sqring_offsets *off = &ring.params.sq_off;
	unsigned tail = load(ring.rings + off->tail), index = tail % ring.params.sq_entries;
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)ring.sqes + index;

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_RECV_ZC;
	sqe->fd = instance->receiver;
	sqe->ioprio = IORING_RECV_MULTISHOT;
	sqe->zcrx_ifq_idx = instance->id;
	sqe->user_data = (uint64_t)(instance - instances);
	((unsigned *)(ring.rings + off->array))[index] = index;
	store(ring.rings + off->tail, tail + 1);
	instance->armed = true;
	check(enter(1, 0, 0, NULL, 0), "io_uring_enter(submit)");
}

/* --- instances ------------------------------------------------------------------------------------------------------ */

static void flush(struct instance *instance)
{
	struct zcrx_ctrl ctrl = { .zcrx_id = instance->id, .op = ZCRX_CTRL_FLUSH_RQ };

	check(register_with(IORING_REGISTER_ZCRX_CTRL, &ctrl, 0), "ZCRX_CTRL_FLUSH_RQ");
}

static void give_back(struct instance *instance, uint64_t off, unsigned length)
{
	char *head = instance->region + instance->offsets.head, *tail = instance->region + instance->offsets.tail;
	struct io_uring_zcrx_rqe *entry;
	unsigned at = load(tail);

	if (at - load(head) >= instance->rq_entries)
		flush(instance);
	entry = (struct io_uring_zcrx_rqe *)(instance->region + instance->offsets.rqes) +
		(at & (instance->rq_entries - 1));
	entry->off = (off & ~IORING_ZCRX_AREA_MASK) | instance->area_token;
	entry->len = length;
	entry->__pad = 0;
	store(tail, at + 1);
}

static size_t header_size(void)
{
	struct io_uring_query_zcrx answer = { 0 };
	struct io_uring_query_hdr header = {
		.query_data = (uint64_t)(uintptr_t)&answer,
		.query_op = IO_URING_QUERY_ZCRX,
		.size = sizeof(answer),
	};

	check(syscall(__NR_io_uring_register, -1, IORING_REGISTER_QUERY, &header, 0), "IORING_REGISTER_QUERY");
	return answer.rq_hdr_size;
}

static size_t pages(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static char *memory(size_t size)
{
	char *made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (made == MAP_FAILED)
		die("mmap of %zu bytes", size);
	return made;
}

static void open_instance(struct instance *instance)
{
	size_t end = (header_size() + 63) / 64 * 64 + options.entries * sizeof(struct io_uring_zcrx_rqe);
	struct io_uring_zcrx_area_reg area = { 0 };
	struct io_uring_region_desc region = { 0 };
	struct zcrx_event_desc desc = { .flags = ZCRX_EVENT_DESC_FLAG_STATS };
	struct io_uring_zcrx_ifq_reg reg = {
		.rq_entries = options.entries,
		.flags = ZCRX_REG_NODEV,
		.area_ptr = (uint64_t)(uintptr_t)&area,
		.region_ptr = (uint64_t)(uintptr_t)&region,
		.event_desc = (uint64_t)(uintptr_t)&desc,
	};

	instance->stats_offset = options.tight ? end : pages(end);
	instance->region_size = pages(instance->stats_offset + sizeof(struct zcrx_stats));
	instance->area_size = (size_t)options.area_mib << 20;
	instance->area = memory(instance->area_size);
	area.addr = (uint64_t)(uintptr_t)instance->area;
	area.len = instance->area_size;
	region.size = instance->region_size;
	desc.stats_offset = instance->stats_offset;
	if (options.device) {
		reg.flags = 0;
		reg.if_idx = if_nametoindex(options.device);
		reg.if_rxq = options.queue;
	}
	if (options.user_region) {
		instance->mapped_size = instance->region_size;
		instance->region = memory(instance->region_size);
		region.user_addr = (uint64_t)(uintptr_t)instance->region;
		region.flags = IORING_MEM_REGION_TYPE_USER;
	}
	check(register_with(IORING_REGISTER_ZCRX_IFQ, &reg, 1), "IORING_REGISTER_ZCRX_IFQ");
	if (!options.user_region) {
		instance->mapped_size = instance->region_size + (options.overmap ? 3 * PAGE : 0);
		instance->region = mmap(NULL, instance->mapped_size, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_POPULATE, ring.fd, (off_t)region.mmap_offset);
		if (instance->region == MAP_FAILED)
			die("mmap of the refill region");
	}
	instance->id = reg.zcrx_id;
	instance->rq_entries = reg.rq_entries;
	instance->offsets = reg.offsets;
	instance->area_token = area.rq_area_token;
}

static void connect_instance(struct instance *instance)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = (int)check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"), one = 1;

	if (options.device) {
		address.sin_addr.s_addr = inet_addr(CARD_ADDRESS);
		address.sin_port = htons(CARD_PORT);
		check(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), "setsockopt");
	}
	check(bind(listener, (struct sockaddr *)&address, sizeof(address)), "bind");
	check(listen(listener, 1), "listen");
	check(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
	if (options.device)
		address.sin_addr.s_addr = inet_addr(MIRRORED_ADDRESS);
	instance->sender = (int)check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	check(connect(instance->sender, (struct sockaddr *)&address, sizeof(address)), "connect");
	check(fcntl(instance->sender, F_SETFL, O_NONBLOCK), "fcntl");
	instance->receiver = (int)check(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept4");
	close(listener);
}

/* A second ring that has the first instance too. */
static void import_first(void)
{
	struct zcrx_ctrl ctrl = { .zcrx_id = instances[0].id, .op = ZCRX_CTRL_EXPORT };
	struct io_uring_zcrx_ifq_reg reg = { .flags = ZCRX_REG_IMPORT };
	struct io_uring_params params;

	check(register_with(IORING_REGISTER_ZCRX_CTRL, &ctrl, 0), "ZCRX_CTRL_EXPORT");
	reg.if_idx = ctrl.zc_export.zcrx_fd;
	importer = set_up(&params);
	check(syscall(__NR_io_uring_register, importer, IORING_REGISTER_ZCRX_IFQ, &reg, 1), "ZCRX_REG_IMPORT");
	close((int)ctrl.zc_export.zcrx_fd);
}

static void *send_all(void *unused)
{
	static unsigned char bytes[CHUNK];

	(void)unused;
	while (!stop_sender) {
		bool wrote = false;

		idle = !sending;
		for (unsigned i = 0; sending && i < options.instances; i++) {
			struct instance *instance = &instances[i];
			uint64_t sent = instance->sent;
			ssize_t written;

			for (unsigned at = 0; at < CHUNK; at++)
				bytes[at] = pattern(i, sent + at);
			written = send(instance->sender, bytes, CHUNK, MSG_NOSIGNAL);
			if (written > 0) {
				instance->sent = sent + (uint64_t)written;
				wrote = true;
			}
		}
		usleep(wrote ? 200 : 1000);
	}
	return NULL;
}

static void open_all(void)
{
	open_ring();
	for (unsigned i = 0; i < options.instances; i++) {
		memset(&instances[i], 0, sizeof(instances[i]));
		open_instance(&instances[i]);
		connect_instance(&instances[i]);
		submit_receive(&instances[i]);
	}
	if (options.import)
		import_first();
	if (options.no_descriptor)
		close_descriptor();
	if (options.unmapped) {
		for (unsigned i = 0; i < options.instances; i++)
			munmap(instances[i].region, instances[i].mapped_size);
	}
	stop_sender = false;
	sending = !options.unmapped;
	idle = false;
	errno = pthread_create(&sender_thread, NULL, send_all, NULL);
	if (errno)
		die("pthread_create");
	is_open = true;
}

static void close_all(void)
{
	if (!is_open)
		return;
	is_open = false;
	sending = false;
	stop_sender = true;
	pthread_join(sender_thread, NULL);
	for (unsigned i = 0; i < options.instances; i++) {
		close(instances[i].sender);
		close(instances[i].receiver);
		if (!options.unmapped)
			munmap(instances[i].region, instances[i].mapped_size);
	}
	close_ring();
	if (importer >= 0)
		close(importer);
	importer = -1;
	for (unsigned i = 0; i < options.instances; i++)
		munmap(instances[i].area, instances[i].area_size);
}

/* --- receiving ------------------------------------------------------------------------------------------------------ */

static void take(struct io_uring_cqe *cqe)
{
	struct instance *instance = &instances[cqe->user_data];
	struct io_uring_zcrx_cqe *where = (struct io_uring_zcrx_cqe *)(cqe + 1);

	if (!(cqe->flags & IORING_CQE_F_MORE))
		instance->armed = false;
	if (cqe->res > 0) {
		const unsigned char *bytes =
			(unsigned char *)instance->area + (where->off & ~IORING_ZCRX_AREA_MASK);
		unsigned stream = (unsigned)cqe->user_data;

		for (int at = 0; at < cqe->res; at++)
			instance->wrong += bytes[at] != pattern(stream, instance->received + (uint64_t)at);
		instance->received += (uint64_t)cqe->res;
		instance->completions++;
		give_back(instance, where->off, (unsigned)cqe->res);
	} else if (cqe->res == -ENOMEM || cqe->res == -ENOSPC) {
		flush(instance);
	} else if (cqe->res < 0) {
		fprintf(stderr, "a receive ended with %d\n", cqe->res);
	}
}

static bool receive(unsigned patience_ms)
{
	struct __kernel_timespec patience = { .tv_nsec = (long long)patience_ms * 1000000 };
	struct io_uring_getevents_arg arg = { .ts = (uint64_t)(uintptr_t)&patience };
	const struct io_cqring_offsets *off = &ring.params.cq_off;
	unsigned head, tail;
	bool any = false;

	if (enter(0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg, sizeof(arg)) < 0 &&
	    errno != ETIME && errno != EINTR)
		die("io_uring_enter(wait)");
	tail = load(ring.rings + off->tail);
	for (head = load(ring.rings + off->head); head != tail; head++) {
		take((struct io_uring_cqe *)(ring.rings + off->cqes) + 2 * (head % ring.params.cq_entries));
		any = true;
	}
	store(ring.rings + off->head, head);
	for (unsigned i = 0; i < options.instances; i++) {
		if (!instances[i].armed)
			submit_receive(&instances[i]);
	}
	return any;
}

static void pause_all(void)
{
	sending = false;
	idle = false;
	for (bool done = false; !done;) {
		receive(5);
		done = idle;
		for (unsigned i = 0; i < options.instances; i++)
			done = done && instances[i].received == instances[i].sent;
	}
}

/* --- telling -------------------------------------------------------------------------------------------------------- */

static unsigned long long inode_of(int fd)
{
	struct stat status;

	return fd < 0 || fstat(fd, &status) < 0 ? 0 : (unsigned long long)status.st_ino;
}

static void tell_places(void)
{
	printf("{\"pid\":%d,\"fd\":%d,\"inode\":\"%llu\",\"importer\":%d,\"instances\":[", getpid(), ring.fd,
	       inode_of(ring.fd), importer);
	for (unsigned i = 0; i < options.instances; i++) {
		const struct instance *each = &instances[i];

		printf("%s{\"zcrx_id\":%u,\"address\":\"%llu\",\"region_size\":%zu,\"stats_offset\":%llu,\"rq_entries\":%u}",
		       i ? "," : "", each->id, (unsigned long long)(uintptr_t)each->region, each->region_size,
		       (unsigned long long)each->stats_offset, each->rq_entries);
	}
	printf("]}\n");
	fflush(stdout);
}

static void tell_readings(void)
{
	printf("{\"open\":%s,\"instances\":[", is_open ? "true" : "false");
	for (unsigned i = 0; is_open && !options.unmapped && i < options.instances; i++) {
		const struct instance *each = &instances[i];
		const struct zcrx_stats *stats = (struct zcrx_stats *)(each->region + each->stats_offset);
		unsigned head = load(each->region + each->offsets.head);

		printf("%s{\"head\":%u,\"tail\":%u,\"copy_count\":\"%llu\",\"copy_bytes\":\"%llu\",\"sent\":\"%llu\","
		       "\"received\":\"%llu\",\"wrong\":\"%llu\",\"completions\":\"%llu\"}",
		       i ? "," : "", head, load(each->region + each->offsets.tail),
		       (unsigned long long)__atomic_load_n(&stats->copy_count, __ATOMIC_RELAXED),
		       (unsigned long long)__atomic_load_n(&stats->copy_bytes, __ATOMIC_RELAXED),
		       (unsigned long long)each->sent, (unsigned long long)each->received,
		       (unsigned long long)each->wrong, (unsigned long long)each->completions);
	}
	printf("]}\n");
	fflush(stdout);
}

static void obey(const char *command)
{
	if (!strcmp(command, "exit"))
		exit(0);
	if (!strcmp(command, "open")) {
		open_all();
		tell_places();
		return;
	}
	if (!strcmp(command, "pause"))
		pause_all();
	else if (!strcmp(command, "go"))
		sending = true;
	else if (!strcmp(command, "close"))
		close_all();
	else if (strcmp(command, "read"))
		die("no such command: %s", command);
	tell_readings();
}

/* One line, if there is one: read byte by byte, so that none is kept back where poll does not see it. */
static void listen_to_input(int patience_ms)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[64];
	size_t length = 0;

	if (poll(&input, 1, patience_ms) <= 0)
		return;
	for (;;) {
		char byte;

		if (read(STDIN_FILENO, &byte, 1) != 1)
			exit(0);
		if (byte == '\n')
			break;
		if (length < sizeof(line) - 1)
			line[length++] = byte;
	}
	line[length] = 0;
	obey(line);
}

static void read_options(char **argv)
{
	for (char **at = argv + 1; *at; at++) {
		if (!strcmp(*at, "--user-region"))
			options.user_region = true;
		else if (!strcmp(*at, "--tight"))
			options.tight = true;
		else if (!strcmp(*at, "--import"))
			options.import = true;
		else if (!strcmp(*at, "--unmapped"))
			options.unmapped = true;
		else if (!strcmp(*at, "--overmap"))
			options.overmap = true;
		else if (!strcmp(*at, "--no-descriptor"))
			options.no_descriptor = true;
		else if (!strcmp(*at, "--device") && at[1])
			options.device = *++at;
		else if (!strcmp(*at, "--queue") && at[1])
			options.queue = (unsigned)atoi(*++at);
		else if (!strcmp(*at, "--instances") && at[1])
			options.instances = (unsigned)atoi(*++at);
		else if (!strcmp(*at, "--entries") && at[1])
			options.entries = (unsigned)atoi(*++at);
		else if (!strcmp(*at, "--area-mib") && at[1])
			options.area_mib = (unsigned)atoi(*++at);
		else if (!strcmp(*at, "--rings") && at[1])
			options.rings = (unsigned)atoi(*++at);
		else
			die("no such option: %s", *at);
	}
	if (options.instances > MAX_INSTANCES || options.rings > MAX_RINGS)
		die("too many");
}

int main(int argc, char **argv)
{
	struct io_uring_params params;

	(void)argc;
	read_options(argv);
	for (unsigned i = 0; i < options.rings; i++)
		other_rings[i] = set_up(&params);
	open_all();
	tell_places();
	for (;;) {
		if (is_open && options.instances > 0)
			receive(5);
		listen_to_input(is_open && options.instances > 0 ? 0 : 20);
	}
}
