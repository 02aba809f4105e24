/* Cases of the data: steps that write to the module's memory, read it, and call what it exports. */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define MOST_ARGUMENTS 16

/* Calls an export by its name. exports.h has a line for each, made of the header that wasm2c wrote. */
static u64 call(const char *name, const u64 a[])
{
#define RETURNS(export, ...) if (!strcmp(name, #export)) return Z_zcrxZ_##export(&zcrx, ##__VA_ARGS__);
#define RETURNS_NOTHING(export, ...) if (!strcmp(name, #export)) return Z_zcrxZ_##export(&zcrx, ##__VA_ARGS__), 0;
#include "exports.h"
	errx(1, "zcrx.wasm exports no %s", name);
}

/* "@N" is N bytes behind scratch(), anything else a number. */
static u64 number_of(const char *text)
{
	return *text == '@' ? base + strtoull(text + 1, NULL, 10) : strtoull(text, NULL, 10);
}

/* The text that a step has under a key, or NULL. */
static const char *text_in(const cJSON *step, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(step, key));
}

static u64 call_of(const cJSON *step, const char *name)
{
	u64 arguments[MOST_ARGUMENTS] = { 0 };
	int count = 0;
	const cJSON *each;
	cJSON_ArrayForEach(each, cJSON_GetObjectItem(step, "args")) {
		if (count == MOST_ARGUMENTS)
			errx(1, "%s has more than %d arguments", name, MOST_ARGUMENTS);
		arguments[count++] = number_of(cJSON_GetStringValue(each));
	}
	return call(name, arguments);
}

static bool step_holds(const cJSON *step)
{
	static char got[2 * ROOM + 1];
	const char *to = text_in(step, "write"), *from = text_in(step, "read"), *hex = text_in(step, "hex");
	const char *text = text_in(step, "text"), *expected = text_in(step, "returns");
	size_t length = hex ? strlen(hex) / 2 : 0;
	if (to || from) {
		u8 *at = bytes(number_of(to ? to : from), length);
		for (size_t i = 0; i < length; i++)
			if (to)
				sscanf(hex + 2 * i, "%2hhx", at + i);
			else
				sprintf(got + 2 * i, "%02x", at[i]);
		return to || !strncmp(got, hex, 2 * length) || complain(hex, got);
	}
	u64 result = call_of(step, text_in(step, "call"));
	if (text) {
		/* Its offset is in the low half, its length in the high half. */
		length = result >> 32;
		snprintf(got, sizeof(got), "%.*s", (int)length, (const char *)bytes((u32)result, length));
		expected = text;
	} else {
		snprintf(got, sizeof(got), "%" PRIu64, result);
	}
	return !expected || !strcmp(got, expected) || complain(expected, got);
}

static bool steps_hold(const void *steps)
{
	const cJSON *step;
	cJSON_ArrayForEach(step, (const cJSON *)steps) {
		if (!step_holds(step))
			return false;
		place.step++;
	}
	return true;
}

void run_cases(const cJSON *cases)
{
	const cJSON *each;
	cJSON_ArrayForEach(each, cases)
		try_case(text_in(each, "name"), steps_hold, cJSON_GetObjectItem(each, "steps"));
}
