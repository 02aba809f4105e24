/* The second public revision, up to Linux 7.2-rc4: types are indices, names are those of the first. */
#ifndef ZCRX_ORACLE_RC_H
#define ZCRX_ORACLE_RC_H

#include "unchanged.h"

enum zcrx_notification_type {
	ZCRX_NOTIF_NO_BUFFERS,
	ZCRX_NOTIF_COPY,

	__ZCRX_NOTIF_TYPE_LAST,
};

/* As merged ... */
struct zcrx_notif_stats {
	__u64	copy_count;
	__u64	copy_bytes;
};

/* ... and as it was called in the patches. */
struct io_uring_zcrx_notif_stats {
	__u64	copy_count;
	__u64	copy_bytes;
};

struct zcrx_ctrl_arm_notif {
	__u32	notif_type;
	__u32	__resv[11];
};

struct zcrx_ctrl {
	__u32	zcrx_id;
	__u32	op;
	__u64	__resv[2];

	union {
		struct zcrx_ctrl_export		zc_export;
		struct zcrx_ctrl_flush_rq	zc_flush;
		struct zcrx_ctrl_arm_notif	zc_arm_notif;
	};
};

struct io_uring_query_zcrx_notif {
	__u32	notif_flags;
	__u32	notif_stats_size;
	__u32	notif_stats_off_alignment;
	__u32	__resv1;
	__u64	__resv2[4];
};

#endif
