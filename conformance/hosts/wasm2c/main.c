/* The conformance data in C, with the module made C by wasm2c and linked in: wasm2c path/to/conformance */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "wasm-rt-impl.h"

#define PAGE (64 << 10)

Z_zcrx_instance_t zcrx;
u32 base;
struct place place;
static unsigned passed, failed;

/* Makes the instance, and its memory large enough. */
static void open_module(void)
{
	wasm_rt_init();
	Z_zcrx_init_module();
	Z_zcrx_instantiate(&zcrx);
	base = Z_zcrxZ_scratch(&zcrx);
	wasm_rt_memory_t *memory = Z_zcrxZ_memory(&zcrx);
	u32 needed = base + ROOM;
	if (memory->size < needed && wasm_rt_grow_memory(memory, (needed - memory->size + PAGE - 1) / PAGE) == -1u)
		errx(1, "the memory does not grow");
}

void *bytes(u64 at, u64 length)
{
	wasm_rt_memory_t *memory = Z_zcrxZ_memory(&zcrx);
	if (at > memory->size || length > memory->size - at)
		wasm_rt_trap(WASM_RT_TRAP_OOB);
	return memory->data + at;
}

bool complain(const char *expected, const char *got)
{
	fprintf(stderr, "wasm2c: %s: %s: step %d: expected %s, got %s\n", place.file, place.name, place.step, expected, got);
	return false;
}

void try_case(const char *name, bool (*holds)(const void *about), const void *about)
{
	place.name = name;
	place.step = 1;
	/* Comes back here, with what went wrong, if the module traps. */
	wasm_rt_trap_t trap = wasm_rt_impl_try();
	bool held = trap ? complain("no trap", wasm_rt_strerror(trap)) : holds(about);
	*(held ? &passed : &failed) += 1;
}

/* Runs a file of the data; what it takes is kept to the end. */
static void run_file(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_RDONLY);
	off_t length = lseek(fd, 0, SEEK_END);
	const char *text = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		err(1, "%s", path);
	cJSON *file = cJSON_ParseWithLength(text, length);
	if (!file)
		errx(1, "%s is no JSON", path);
	place.file = name;
	const cJSON *cases = cJSON_GetObjectItem(file, "cases"), *digests = cJSON_GetObjectItem(file, "digests");
	u32 version = Z_zcrxZ_abi_version(&zcrx);
	if ((cases || digests) && version != cJSON_GetNumberValue(cJSON_GetObjectItem(file, "abi_version")))
		errx(1, "%s is for another interface than the module's %u", path, version);
	run_cases(cases);
	run_fuzz(file);
}

static int is_data(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');
	return end && !strcmp(end, ".json");
}

int main(int argc, char **argv)
{
	struct dirent **files;
	int count = argc == 2 ? scandir(argv[1], &files, is_data, alphasort) : -1;
	if (count < 0)
		errx(2, "usage: wasm2c path/to/conformance");
	open_module();
	for (int i = 0; i < count; i++)
		run_file(argv[1], files[i]->d_name);
	if (passed + failed > 0)
		run_structs();
	printf("wasm2c: %u passed, %u failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
