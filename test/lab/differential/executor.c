/*
 * Executes a plan of io_uring_register() calls on the running kernel and writes down what came of each: the
 * result, and every byte of the watched memory that changed. It knows nothing of what the calls mean; the
 * formats of both files are described in plan-file.ts, which writes the one and reads the other.
 *
 * usage: executor PLAN RESULTS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Newer than the headers of the machine that compiles this. */
#define REGISTER_ZCRX_IFQ 32
#define REGISTER_QUERY 35
#define REGISTER_ZCRX_CTRL 36
#define OP_RECV_ZC 58
#define RECV_MULTISHOT 2
#define SETUP_NO_SQARRAY (1u << 16)
#define SETUP_CQE_MIXED (1u << 18)
#define CQE_IS_32 (1u << 15)
#define CQE_SKIP (1u << 5)
#define CTRL_EXPORT 1
#define CTRL_FD_OFFSET 24

enum { PLAN_MAGIC = 0x4e4c505a, RESULT_MAGIC = 0x5345525a, VERSION = 1 };
enum { CALL_REGISTER, CALL_CTRL, CALL_QUERY, CALL_CLOSE_RING, CALL_CLOSE_FD, CALL_FIRE };
enum { FLAG_NO_CAPABILITY = 1, FLAG_WHOLE_ARENA = 2, FLAG_OTHER_TASK = 4 };
/* Of a ring's set-up flags, not the kernel's: nothing may be registered with it. */
#define SETUP_RESTRICTED (1u << 31)
/* Instead of a descriptor: the ring's own. */
#define FD_OF_RING INT32_MIN
enum { ZONE_HOLE, ZONE_NONE, ZONE_READ_ONLY, ZONE_WRITABLE };

/* Descriptors that calls refer to; below the first one, all numbers stay taken but the next to be given. */
enum { FD_EXPORTS = 100, FD_FILE = 250, FD_RING = 251, FD_RINGS = 300 };
enum { MAX_RINGS = 4, MAX_SLOTS = 128, MAX_POOL = 64, RING_ENTRIES = 8 };

#define FIRE_USER_DATA UINT64_C(0xf17ef17ef17ef17e)

static void die(const char *what)
{
	fprintf(stderr, "executor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void wrong(const char *what)
{
	fprintf(stderr, "executor: %s\n", what);
	exit(1);
}

/* ---- the plan, read from memory; the results, written through a buffer ---- */

static const uint8_t *plan, *plan_end;
static FILE *results;

static const uint8_t *take(size_t size)
{
	const uint8_t *at = plan;

	if ((size_t)(plan_end - plan) < size)
		wrong("the plan ends early");
	plan += size;
	return at;
}

#define TAKE(type)                                        \
	static type take_##type(void)                     \
	{                                                 \
		type value;                               \
		memcpy(&value, take(sizeof(value)), sizeof(value)); \
		return value;                             \
	}
TAKE(uint8_t)
TAKE(uint16_t)
TAKE(uint32_t)
TAKE(uint64_t)

static void put(const void *bytes, size_t size)
{
	if (fwrite_unlocked(bytes, 1, size, results) != size)
		die("writing the results");
}

static void put_u8(uint8_t value) { put(&value, sizeof(value)); }
static void put_u16(uint16_t value) { put(&value, sizeof(value)); }
static void put_u32(uint32_t value) { put(&value, sizeof(value)); }

/* ---- the watched memory ---- */

/*
 * The calls see the arena at its true addresses, in zones with different rights; we see all of it, writable,
 * through the alias. Between calls both the alias and the image are zero.
 */
static uint64_t arena_base;
static size_t page_size, arena_size, core_size;
static uint8_t *alias, *image;

static void map_arena(void)
{
	uint32_t zones, i;
	size_t page = 0;
	int fd;

	arena_base = take_uint64_t();
	arena_size = take_uint32_t() * page_size;
	core_size = take_uint32_t() * page_size;
	fd = memfd_create("arena", 0);
	if (fd < 0 || ftruncate(fd, arena_size) < 0)
		die("memfd_create");
	alias = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	image = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (alias == MAP_FAILED || image == MAP_FAILED)
		die("mmap");
	zones = take_uint32_t();
	for (i = 0; i < zones; i++) {
		uint32_t pages = take_uint32_t();
		uint32_t kind = take_uint32_t();
		static const int rights[] = { 0, PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
		void *want = (void *)(uintptr_t)(arena_base + page * page_size);

		if (kind != ZONE_HOLE &&
		    mmap(want, pages * page_size, rights[kind],
			 MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_POPULATE, fd, page * page_size) != want)
			die("mapping a zone");
		page += pages;
	}
	close(fd);
}

/* Writes the bytes that differ from the image, as runs, and takes them back. */
static void put_changes(size_t size)
{
	static struct run {
		uint32_t offset;
		uint16_t length;
	} runs[8192];
	uint32_t count = 0, i;
	size_t page;

	for (page = 0; page < size; page += page_size) {
		size_t at, end = page + page_size;

		if (memcmp(alias + page, image + page, page_size) == 0)
			continue;
		for (at = page; at < end; at++) {
			size_t from = at;

			while (at < end && alias[at] != image[at])
				at++;
			if (at == from)
				continue;
			if (count == sizeof(runs) / sizeof(runs[0]))
				wrong("too many changes");
			runs[count].offset = from;
			runs[count++].length = at - from;
		}
	}
	put_u32(count);
	for (i = 0; i < count; i++) {
		put_u32(runs[i].offset);
		put_u16(runs[i].length);
		put(alias + runs[i].offset, runs[i].length);
		memset(alias + runs[i].offset, 0, runs[i].length);
	}
}

static void forget_changes(void)
{
	size_t page;

	for (page = 0; page < arena_size; page += page_size)
		if (memcmp(alias + page, image + page, page_size) != 0)
			memset(alias + page, 0, page_size);
}

/* ---- rings ---- */

struct ring {
	int fd;
	uint32_t flags;
	int used; /* holds an instance: must be closed, not given to another sequence */
	struct io_uring_params params;
	uint8_t *rings, *sqes;
	size_t rings_size, sqes_size;
};

static struct ring pool[MAX_POOL];
static unsigned pool_size;

/* Allows nothing but to enable the ring, and does. */
static void restrict_ring(int fd)
{
	struct io_uring_restriction only = {
		.opcode = IORING_RESTRICTION_REGISTER_OP,
		.register_op = IORING_REGISTER_ENABLE_RINGS,
	};

	if (syscall(__NR_io_uring_register, fd, IORING_REGISTER_RESTRICTIONS, &only, 1) < 0 ||
	    syscall(__NR_io_uring_register, fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0) < 0)
		die("restricting a ring");
}

static void setup_ring(struct ring *ring, uint32_t flags)
{
	int fd;

	memset(ring, 0, sizeof(*ring));
	ring->flags = flags;
	ring->params.flags = flags & ~SETUP_RESTRICTED;
	if (flags & SETUP_RESTRICTED)
		ring->params.flags |= IORING_SETUP_R_DISABLED;
	fd = syscall(__NR_io_uring_setup, RING_ENTRIES, &ring->params);
	if (fd < 0) {
		fprintf(stderr, "executor: io_uring_setup with flags %#x: %s\n", flags, strerror(errno));
		exit(1);
	}
	/* Out of the way: the lowest free number is what the next call is given. */
	ring->fd = fcntl(fd, F_DUPFD_CLOEXEC, FD_RINGS);
	if (ring->fd < 0)
		die("F_DUPFD");
	close(fd);
	if (flags & SETUP_RESTRICTED)
		restrict_ring(ring->fd);
}

static void map_ring(struct ring *ring)
{
	struct io_uring_params *p = &ring->params;
	size_t cqe = ring->flags & IORING_SETUP_CQE32 ? 32 : 16;
	size_t sqe = ring->flags & IORING_SETUP_SQE128 ? 128 : 64;
	size_t sq_size = ring->flags & SETUP_NO_SQARRAY ? 0 : p->sq_off.array + p->sq_entries * 4;

	if (ring->rings != NULL)
		return;
	ring->rings_size = p->cq_off.cqes + p->cq_entries * cqe;
	if (sq_size > ring->rings_size)
		ring->rings_size = sq_size;
	ring->sqes_size = p->sq_entries * sqe;
	ring->rings = mmap(NULL, ring->rings_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			   IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, ring->sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			  IORING_OFF_SQES);
	if (ring->rings == MAP_FAILED || ring->sqes == MAP_FAILED)
		die("mapping a ring");
}

static void close_ring(struct ring *ring)
{
	if (ring->rings != NULL) {
		munmap(ring->rings, ring->rings_size);
		munmap(ring->sqes, ring->sqes_size);
		ring->rings = NULL;
	}
	close(ring->fd);
	ring->fd = -1;
}

/* A ring that never held an instance is as good as new. */
static struct ring take_ring(uint32_t flags)
{
	struct ring ring;
	unsigned i;

	for (i = 0; i < pool_size; i++) {
		if (pool[i].flags == flags) {
			ring = pool[i];
			pool[i] = pool[--pool_size];
			return ring;
		}
	}
	setup_ring(&ring, flags);
	return ring;
}

static void give_back(struct ring *ring)
{
	if (ring->fd < 0)
		return;
	if (ring->used || pool_size == MAX_POOL)
		close_ring(ring);
	else
		pool[pool_size++] = *ring;
}

static int enter(struct ring *ring, unsigned submit, unsigned wait)
{
	struct __kernel_timespec limit = { .tv_sec = 5 };
	struct io_uring_getevents_arg arg = { .ts = (uintptr_t)&limit };

	return syscall(__NR_io_uring_enter, ring->fd, submit, wait, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
		       &arg, sizeof(arg));
}

static uint32_t *word(struct ring *ring, uint32_t offset)
{
	return (uint32_t *)(ring->rings + offset);
}

/* Takes all completions. Those of the request go to `received`; anything else can only be an event. */
static void reap(struct ring *ring, unsigned index, int32_t *received, uint32_t *events)
{
	struct io_uring_params *p = &ring->params;
	size_t slot = ring->flags & IORING_SETUP_CQE32 ? 32 : 16;
	uint32_t *head = word(ring, p->cq_off.head);
	uint32_t tail = __atomic_load_n(word(ring, p->cq_off.tail), __ATOMIC_ACQUIRE);
	uint32_t mask = *word(ring, p->cq_off.ring_mask);
	uint32_t at = *head;

	while (at != tail) {
		uint8_t *cqe = ring->rings + p->cq_off.cqes + (at & mask) * slot;
		uint64_t user_data;
		uint32_t flags;
		int32_t res;

		memcpy(&user_data, cqe, 8);
		memcpy(&res, cqe + 8, 4);
		memcpy(&flags, cqe + 12, 4);
		at += (ring->flags & SETUP_CQE_MIXED) && (flags & CQE_IS_32) ? 2 : 1;
		if ((ring->flags & SETUP_CQE_MIXED) && (flags & CQE_SKIP))
			continue;
		if (user_data == FIRE_USER_DATA) {
			/* Of a data completion and the one that ends the request, the former is news. */
			if (*received == 0)
				*received = res;
		} else if (res >= 0 && res < 8) {
			*events |= 1u << (index * 8 + res);
		}
	}
	__atomic_store_n(head, tail, __ATOMIC_RELEASE);
}

/* ---- traffic ---- */

static int sender = -1, receiver = -1;

static void connect_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), accepted;

	if (listener < 0 || bind(listener, (void *)&address, length) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (void *)&address, &length) < 0)
		die("listening");
	accepted = socket(AF_INET, SOCK_STREAM, 0);
	if (accepted < 0 || connect(accepted, (void *)&address, length) < 0)
		die("connecting");
	sender = fcntl(accepted, F_DUPFD_CLOEXEC, FD_RINGS);
	close(accepted);
	accepted = accept(listener, NULL, NULL);
	receiver = fcntl(accepted, F_DUPFD_CLOEXEC, FD_RINGS);
	if (sender < 0 || receiver < 0)
		die("accepting");
	close(accepted);
	close(listener);
	setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/*
 * Really receives one byte through an instance, which copies it and so fires its COPY event, and reaps.
 * Written down: how the request ended, and the events seen, 8 bits a ring.
 */
static void fire(struct ring *rings, unsigned count, unsigned index, uint32_t id)
{
	struct ring *ring = &rings[index];
	struct io_uring_params *p = &ring->params;
	uint32_t tail, slot, events = 0;
	size_t size = ring->flags & IORING_SETUP_SQE128 ? 128 : 64;
	int32_t received = 0;
	uint8_t byte = 1, *sqe;
	unsigned i;

	if (receiver < 0)
		connect_loopback();
	map_ring(ring);
	if (send(sender, &byte, 1, 0) != 1)
		die("sending");
	tail = *word(ring, p->sq_off.tail);
	slot = tail & *word(ring, p->sq_off.ring_mask);
	sqe = ring->sqes + slot * size;
	memset(sqe, 0, size);
	sqe[0] = OP_RECV_ZC;
	sqe[2] = RECV_MULTISHOT;
	memcpy(sqe + 4, &receiver, 4);
	memcpy(sqe + 24, &(uint32_t){ 1 }, 4);
	memcpy(sqe + 32, &(uint64_t){ FIRE_USER_DATA }, 8);
	memcpy(sqe + 44, &id, 4);
	if (!(ring->flags & SETUP_NO_SQARRAY))
		word(ring, p->sq_off.array)[slot] = slot;
	__atomic_store_n(word(ring, p->sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	if (enter(ring, 1, 1) < 0)
		die("io_uring_enter");
	/* The event was posted to the ring that created the instance, which may be another one. */
	for (i = 0; i < count; i++) {
		if (rings[i].fd < 0 || (rings[i].flags & (IORING_SETUP_R_DISABLED | SETUP_RESTRICTED)))
			continue;
		map_ring(&rings[i]);
		enter(&rings[i], 0, 0);
		reap(&rings[i], i, &received, &events);
	}
	/* What the request did not take must not be the next one's. */
	while (recv(receiver, &byte, 1, MSG_DONTWAIT) == 1)
		;
	put_u32((uint32_t)received);
	put_u32(events);
	forget_changes();
}

/* ---- calls ---- */

static struct __user_cap_data_struct capabilities[2];

static void set_network_admin(int on)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	memcpy(data, capabilities, sizeof(data));
	if (!on)
		data[0].effective &= ~(1u << CAP_NET_ADMIN);
	if (syscall(__NR_capset, &header, data) < 0)
		die("capset");
}

/* Which of the descriptors from FD_EXPORTS on are open. */
static uint8_t exported[MAX_SLOTS];

struct call {
	int fd;
	unsigned opcode, nr_args;
	uint64_t arg;
	int32_t result;
};

static void *make_call(void *data)
{
	struct call *call = data;
	long ret = syscall(__NR_io_uring_register, call->fd, call->opcode, (void *)(uintptr_t)call->arg, call->nr_args);

	call->result = ret < 0 ? -errno : (int32_t)ret;
	return NULL;
}

static void make_call_elsewhere(struct call *call)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, make_call, call);
	if (errno != 0)
		die("pthread_create");
	pthread_join(thread, NULL);
}

static void run_register(struct ring *ring, unsigned kind, unsigned flags, unsigned slot)
{
	static const unsigned opcodes[] = { REGISTER_ZCRX_IFQ, REGISTER_ZCRX_CTRL, REGISTER_QUERY };
	int32_t fd = (int32_t)take_uint32_t();
	struct call call = {
		.fd = fd == FD_OF_RING ? ring->fd : fd,
		.opcode = opcodes[kind],
		.nr_args = take_uint32_t(),
		.arg = take_uint64_t(),
	};
	unsigned chunks = take_uint16_t(), i;
	const uint8_t *first = plan;

	for (i = 0; i < chunks; i++) {
		uint32_t offset = take_uint32_t();
		unsigned length = take_uint16_t();
		const uint8_t *bytes = take(length);

		if (offset + length > arena_size)
			wrong("bytes outside the arena");
		memcpy(alias + offset, bytes, length);
		memcpy(image + offset, bytes, length);
	}
	if (flags & FLAG_NO_CAPABILITY)
		set_network_admin(0);
	if (flags & FLAG_OTHER_TASK)
		make_call_elsewhere(&call);
	else
		make_call(&call);
	if (flags & FLAG_NO_CAPABILITY)
		set_network_admin(1);
	put_u32((uint32_t)call.result);
	if (call.result == 0 && kind == CALL_REGISTER)
		ring->used = 1;
	if (call.result == 0 && kind == CALL_CTRL) {
		uint32_t ctrl[CTRL_FD_OFFSET / 4 + 1];

		/* The struct was readable: the call succeeded. The alias shows it, whatever its rights. */
		memcpy(ctrl, alias + (call.arg - arena_base), sizeof(ctrl));
		if (ctrl[1] == CTRL_EXPORT) {
			int fd = ctrl[CTRL_FD_OFFSET / 4];

			if (dup3(fd, FD_EXPORTS + slot, O_CLOEXEC) < 0)
				die("dup3 of an export");
			close(fd);
			exported[slot] = 1;
		}
	}
	put_changes(flags & FLAG_WHOLE_ARENA ? arena_size : core_size);
	for (plan = first, i = 0; i < chunks; i++) {
		uint32_t offset = take_uint32_t();
		unsigned length = take_uint16_t();

		take(length);
		memset(alias + offset, 0, length);
		memset(image + offset, 0, length);
	}
}

static void close_export(unsigned slot)
{
	if (exported[slot])
		close(FD_EXPORTS + slot);
	exported[slot] = 0;
}

static unsigned run_sequence(void)
{
	struct ring rings[MAX_RINGS];
	unsigned count = take_uint8_t(), calls = take_uint16_t(), i;

	if (count > MAX_RINGS)
		wrong("too many rings in a sequence");
	for (i = 0; i < count; i++)
		rings[i] = take_ring(take_uint32_t());
	for (i = 0; i < calls; i++) {
		unsigned kind = take_uint8_t(), ring = take_uint8_t(), flags = take_uint8_t();
		unsigned slot = take_uint8_t();

		if (slot >= MAX_SLOTS || ring >= count || (rings[ring].fd < 0 && kind != CALL_CLOSE_FD))
			wrong("a call on no ring, or with no slot");
		switch (kind) {
		case CALL_REGISTER:
		case CALL_CTRL:
		case CALL_QUERY:
			run_register(&rings[ring], kind, flags, slot);
			break;
		case CALL_CLOSE_RING:
			close_ring(&rings[ring]);
			/* The kernel takes its leave of instances in a worker, which has the processor to itself now. */
			usleep(3000);
			break;
		case CALL_CLOSE_FD:
			close_export(slot);
			break;
		case CALL_FIRE:
			fire(rings, count, ring, take_uint32_t());
			break;
		default:
			wrong("an unknown kind of call");
		}
	}
	for (i = 0; i < count; i++)
		give_back(&rings[i]);
	for (i = 0; i < MAX_SLOTS; i++)
		close_export(i);
	return calls;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	uint32_t sequences, i, calls = 0;
	struct ring spare;
	struct utsname name;
	struct stat size;
	double started;
	int fd, next;

	if (argc != 3)
		wrong("usage: executor PLAN RESULTS");
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &size) < 0)
		die(argv[1]);
	plan = mmap(NULL, size.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (plan == MAP_FAILED)
		die(argv[1]);
	plan_end = plan + size.st_size;
	results = fopen(argv[2], "w");
	if (results == NULL)
		die(argv[2]);
	setvbuf(results, NULL, _IOFBF, 1 << 20);
	if (syscall(__NR_capget, &header, capabilities) < 0)
		die("capget");

	if (take_uint32_t() != PLAN_MAGIC || take_uint32_t() != VERSION)
		wrong("not a plan");
	page_size = take_uint32_t();
	if (page_size != (size_t)sysconf(_SC_PAGESIZE))
		wrong("the plan is for another page size");
	map_arena();
	setup_ring(&spare, 0);
	if (dup3(spare.fd, FD_RING, O_CLOEXEC) < 0 || dup3(fd, FD_FILE, O_CLOEXEC) < 0)
		die("dup3");
	/* All allocations of descriptors from here on give this number first. */
	next = dup(fd);
	close(next);

	put_u32(RESULT_MAGIC);
	put_u32(VERSION);
	put_u32(page_size);
	put_u32(next);
	uname(&name);
	put_u16(strlen(name.release));
	put(name.release, strlen(name.release));

	started = seconds();
	sequences = take_uint32_t();
	for (i = 0; i < sequences; i++)
		calls += run_sequence();
	put_u8(0xff);
	if (fclose(results) != 0)
		die(argv[2]);
	printf("%" PRIu32 " calls %.3f seconds\n", calls, seconds() - started);
	return 0;
}
