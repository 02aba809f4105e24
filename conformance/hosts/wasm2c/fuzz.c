/* Structs of random bytes, decoded and checked: a digest of what comes of each block of rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define NO_SUCH_STRUCT 0xffffffff
#define CAPACITY 64

static u32 state;
static unsigned block;

/* xorshift32 (Marsaglia) */
static u32 next(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* FNV-1a of 32 bits, carried on. */
static u32 digest_of(u32 digest, const void *data, size_t length)
{
	for (const u8 *byte = data; length-- > 0; byte++)
		digest = (digest ^ *byte) * 0x01000193;
	return digest;
}

/* Draws a struct and a revision, fills 128 bytes of which every fourth word is small, and adds what comes of it. */
static u32 round_of(u32 digest)
{
	u32 index = next() % Z_zcrxZ_struct_count(&zcrx), revision = next() % 3;
	u32 *words = bytes(base, 128);
	for (int i = 0; i < 32; i++) {
		u32 word = next();
		words[i] = word & 3 ? word : word >> 2 & 7;
	}
	u32 values = Z_zcrxZ_decode(&zcrx, index, revision, base, base + 1024);
	digest = digest_of(digest, &values, 4);
	digest = digest_of(digest, bytes(base + 1024, 8 * values), 8 * values);
	u32 found = Z_zcrxZ_validate(&zcrx, index, revision, base, 1, 4096, 8, 0, base + 4096, CAPACITY);
	u32 shown = found == NO_SUCH_STRUCT ? 0 : found < CAPACITY ? found : CAPACITY;
	digest = digest_of(digest, &found, 4);
	return digest_of(digest, bytes(base + 4112, 48 * shown), 48 * shown);
}

static bool block_holds(const void *expected)
{
	u32 digest = 0x811c9dc5;
	for (unsigned i = 0; i < block; i++)
		digest = round_of(digest);
	char got[9];
	snprintf(got, sizeof(got), "%08x", digest);
	return !strcmp(got, expected) || complain(expected, got);
}

void run_fuzz(const cJSON *file)
{
	const cJSON *each, *digests = cJSON_GetObjectItem(file, "digests");
	if (!digests)
		return;
	state = cJSON_GetNumberValue(cJSON_GetObjectItem(file, "seed"));
	block = cJSON_GetNumberValue(cJSON_GetObjectItem(file, "block"));
	unsigned done = 0;
	cJSON_ArrayForEach(each, digests) {
		char name[32];
		snprintf(name, sizeof(name), "rounds from %u", done);
		try_case(name, block_holds, cJSON_GetStringValue(each));
		done += block;
	}
}
