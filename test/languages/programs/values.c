/* Reads lines of four structs in hexadecimal, and prints some of their fields as this compiler finds them. */
#include "zcrx.h"
#include <stdio.h>
#include <stdlib.h>

#define MOST_BYTES 128

/* The bytes of a word of standard input, on the heap, as a struct with a flexible array wants it; NULL at the end. */
static void *next_struct(void)
{
	char hex[2 * MOST_BYTES + 1];
	unsigned char *bytes;

	if (scanf("%256s", hex) != 1)
		return NULL;
	bytes = calloc(1, MOST_BYTES);
	for (size_t i = 0; hex[2 * i]; i++)
		if (sscanf(hex + 2 * i, "%2hhx", bytes + i) != 1)
			exit(1);
	return bytes;
}

#define SHOW(place) printf(#place " %llu\n", (unsigned long long)(place))
#define SHOW_SIGNED(place) printf(#place " %lld\n", (long long)(place))

int main(void)
{
	struct zcrx_event_desc *desc;

	SHOW(ZCRX_EVENT_COPY);
	SHOW(ZCRX_CTRL_ARM_EVENT);
	SHOW(IORING_REGISTER_ZCRX_IFQ);
	SHOW(IORING_ZCRX_AREA_MASK);
	while ((desc = next_struct())) {
		struct zcrx_ctrl *ctrl = next_struct();
		struct io_uring_cqe *cqe = next_struct();
		struct io_uring_sqe *sqe = next_struct();

		SHOW(desc->user_data);
		SHOW(desc->type_mask);
		SHOW(desc->flags);
		SHOW(desc->stats_offset);
		SHOW(ctrl->zcrx_id);
		SHOW(ctrl->op);
		SHOW(ctrl->zc_arm_event.event_type);
		SHOW(cqe->user_data);
		SHOW_SIGNED(cqe->res);
		SHOW(cqe->flags);
		SHOW(cqe->big_cqe[1]);
		SHOW(sqe->opcode);
		SHOW(sqe->ioprio);
		SHOW_SIGNED(sqe->fd);
		SHOW(sqe->zcrx_ifq_idx);
		free(desc);
		free(ctrl);
		free(cqe);
		free(sqe);
	}
	return 0;
}
