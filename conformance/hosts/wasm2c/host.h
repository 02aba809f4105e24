/* What the parts of this program share: an instance of the module, its memory, and how cases are counted. */
#pragma once
#include <cjson/cJSON.h>
#include <stdbool.h>

#include "zcrx.h" /* made by wasm2c */

/* The data uses so many bytes behind scratch(). */
#define ROOM (192 << 10)

/* Memory is shared with the module as it is. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "wasm2c turns memory around on this machine");

extern Z_zcrx_instance_t zcrx;
/* scratch() */
extern u32 base;

/* A part of the module's memory. It may move when the memory grows. */
void *bytes(u64 at, u64 length);

/* Which case is running, and which of its steps, from 1 on. */
extern struct place {
	const char *file, *name;
	int step;
} place;

/* Runs a case and counts it; a trap in it is a failure. */
void try_case(const char *name, bool (*holds)(const void *about), const void *about);

/* Says that the running case does not hold, and why. */
bool complain(const char *expected, const char *got);

/* Of the files: cases of steps, blocks of random rounds, and what the kernel's headers say. */
void run_cases(const cJSON *cases);
void run_fuzz(const cJSON *file);
void run_structs(void);
