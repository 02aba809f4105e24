/* The structs as C has them: of each in list.h, a function that compares its members with the module's and fills them. */
#include <linux/io_uring.h>
#include <linux/io_uring/query.h>
#include <linux/io_uring/zcrx.h>
#include <stddef.h>

#include "structs.h"

/* Numbers of which the low bits differ from one to the next, and the signs too. */
static u64 next(void)
{
	static u64 state;
	return state += 0x9e3779b97f4a7c15;
}

#define MEMBER(name, size) if (!member(index, #name, offsetof(__typeof__(*s), name), size)) return NULL;
#define F(name) MEMBER(name, sizeof(s->name)) *values++ = s->name = next();
#define FLEXIBLE(name, count) MEMBER(name, (count) * sizeof(*s->name)) \
	for (u32 i = 0; i < (count); i++) *values++ = s->name[i] = next();
#define A(name) FLEXIBLE(name, sizeof(s->name) / sizeof(*s->name))
#define NESTED(name, type) MEMBER(name, sizeof(s->name)) \
	values = fill_##type##0(&s->name, values, find_struct(#type, sizeof(s->name)), round); \
	if (!values) return NULL;
/* Of the union in zcrx_ctrl the arm counts that the operation selects: every round another. */
#define OPERATION(name) MEMBER(name, sizeof(s->name)) *values++ = s->name = round % __ZCRX_CTRL_LAST;
#define ARM(name, type, operation) if (s->op == (operation)) { NESTED(name, type) }

#define STRUCT(type, open, members) \
	static u64 *fill_##type##open(void *at, u64 *values, u32 index, unsigned round) \
	{ \
		struct type *s = at; \
		(void)round; \
		members \
		return values; \
	}
#include "list.h"
#undef STRUCT

const struct in_c all_in_c[] = {
#define STRUCT(type, open, members) { #type, sizeof(struct type) + (open), _Alignof(struct type), fill_##type##open },
#include "list.h"
	{ 0 },
};
