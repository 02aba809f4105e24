/* The structs of the kernel's own headers, each a case: how they lie, and that the module reads and writes them as C does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "structs.h"

#define EVENT 2 /* the revision of released headers */
#define ROUNDS 16

/* Structs and fields of the module that C has compared. */
static bool seen_struct[256], seen_field[4096];

static bool same(const char *what, const char *name, u32 in_c, u32 in_module)
{
	char expected[128], got[16];
	snprintf(expected, sizeof(expected), "%s of %s %u", what, name, in_c);
	snprintf(got, sizeof(got), "%u", in_module);
	return in_c == in_module || complain(expected, got);
}

static bool same_bytes(const char *what, u32 at, const void *in_c, u32 length)
{
	return !memcmp(bytes(at, length), in_c, length) || complain(what, "others");
}

/* Puts a name where the module can read it. */
static u32 put(const char *name)
{
	u32 length = strlen(name);
	memcpy(bytes(base, length), name, length);
	return length;
}

u32 find_struct(const char *name, u32 size)
{
	return Z_zcrxZ_struct_find(&zcrx, base, put(name), EVENT, size);
}

bool member(u32 index, const char *name, u32 offset, u32 size)
{
	u32 field = Z_zcrxZ_field_find(&zcrx, index, base, put(name), EVENT);
	if (field == NONE)
		return complain(name, "no such field");
	seen_field[field] = true;
	return same("offset", name, offset, Z_zcrxZ_field_offset(&zcrx, field)) &&
	       same("size", name, size, Z_zcrxZ_field_width(&zcrx, field) * Z_zcrxZ_field_elements(&zcrx, field));
}

/* The module decodes what C has filled, and makes the same bytes of the values. */
static bool round_holds(const struct in_c *c, u32 index, unsigned round)
{
	u64 values[64], *filled = calloc(1, c->size), *end = c->fill(filled, values, index, round);
	u32 count = end ? end - values : 0, read = base + 1024, made = base + 2048;
	memcpy(bytes(base, c->size), filled, c->size);
	memset(bytes(made, c->size), 0xa5, c->size);
	bool held = end && same("values", c->name, count, Z_zcrxZ_decode(&zcrx, index, EVENT, base, read)) &&
		    same_bytes("the values that C wrote", read, values, 8 * count) &&
		    same("values", c->name, count, Z_zcrxZ_encode(&zcrx, index, EVENT, read, count, made)) &&
		    same_bytes("the bytes that C wrote", made, filled, c->size);
	free(filled);
	return held;
}

static bool struct_holds(const void *about)
{
	const struct in_c *c = about;
	u32 index = find_struct(c->name, c->size), first = Z_zcrxZ_struct_first_field(&zcrx, index);
	if (index == NONE)
		return complain("a struct of C's size", "none");
	seen_struct[index] = true;
	bool held = same("size", c->name, c->size, Z_zcrxZ_struct_size(&zcrx, index)) &&
		    same("alignment", c->name, c->align, Z_zcrxZ_struct_align(&zcrx, index));
	for (unsigned round = 0; held && round < ROUNDS; round++)
		held = round_holds(c, index, round);
	for (u32 field = first; held && field < first + Z_zcrxZ_struct_field_count(&zcrx, index); field++)
		if (!seen_field[field] && Z_zcrxZ_field_name(&zcrx, field, EVENT) >> 32)
			held = complain("only fields that C compares", "another");
	return held;
}

static bool is_in_c(const void *nothing)
{
	return nothing || complain("only structs that C compares", "another");
}

void run_structs(void)
{
	place.file = "the kernel's headers";
	for (const struct in_c *c = all_in_c; c->name; c++)
		try_case(c->name, struct_holds, c);
	for (u32 index = 0; index < Z_zcrxZ_struct_count(&zcrx); index++) {
		char name[64];
		u64 text = Z_zcrxZ_struct_name(&zcrx, index, EVENT);
		snprintf(name, sizeof(name), "%.*s", (int)(text >> 32), (const char *)bytes((u32)text, text >> 32));
		if (*name && !seen_struct[index])
			try_case(name, is_in_c, NULL);
	}
}
