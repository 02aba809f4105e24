/* What structs.c compares with the module: the structs as C has them, which fill.c makes of list.h. */
#pragma once
#include "host.h"

struct in_c {
	const char *name;
	u32 size, align;
	/* Hands its members to `member` and fills them, round by round with other values. The end of the values, or NULL. */
	u64 *(*fill)(void *at, u64 *values, u32 index, unsigned round);
};

/* The last has no name. */
extern const struct in_c all_in_c[];

/* The module's number of the struct of this name and size, or NONE. */
#define NONE 0xffffffff
u32 find_struct(const char *name, u32 size);

/* Whether the module's struct has this member in this place. */
bool member(u32 index, const char *name, u32 offset, u32 size);
