/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/llfree_poolN: a pool of pages in persistent memory (an NVDIMM) that are
 * still there, with their contents, after a crash or a reboot.
 *
 * An allocation is known by its *handle*: 64 bits, never 0, good across crashes,
 * reboots and moves.  A slot that is used again has another generation, so a
 * handle that was freed is not taken for a new one (until its slot was used
 * 65535 times more).  Nor is a handle of another pool, or of the one that FORMAT
 * replaced, but for a chance of 1 in 65535: there is no other notion of whose a
 * handle is.
 *
 * Access is the device file's: who may open it may use every handle.  What
 * changes the pool needs a descriptor open for writing (else EBADF), FORMAT
 * needs CAP_SYS_ADMIN as well (else EPERM).
 *
 * A request's number holds the length of its structure: later versions append
 * fields, and 0 there asks for what was done before.  A field called reserved,
 * and a flag that is not described here, must be 0 (else EINVAL; E2BIG where it
 * is in a part of the structure that this kernel does not know).
 *
 * Errors of every request on a handle: EINVAL if it cannot be one, ENOENT if it
 * was freed (and its slot was not used again), ESTALE if its slot has another
 * generation.  Of every request but INFO and FORMAT: ENXIO if the pool is not
 * open.  Of every request: ENODEV if the memory is gone.  ENOTTY: there is no
 * such request.  EFAULT: it was done, if it is not the structure that could not
 * be read.
 *
 * Mapping.  ALLOC and LOOKUP return the offset at which mmap() of the device
 * maps a handle's pages, or some of them: MAP_SHARED only, not beyond the
 * allocation (else EINVAL), and no longer after the handle was freed (ENOENT,
 * ESTALE).  A mapping follows its pages when they move, and costs a fault then.
 * It is inherited by fork() and moved, but not enlarged, by mremap().  When the
 * handle is freed, or the device goes, access raises SIGBUS.
 *
 * What a program stores becomes durable when *it* has written it back (CLWB or
 * the like, then SFENCE; with domain LLFREE_POOL_DOMAIN_CACHES the fence alone
 * does).  Nothing that the kernel does about a mapping needs msync(): where the
 * pages are is durable before they are mapped, which is what MAP_SYNC (with
 * MAP_SHARED_VALIDATE) asks for; it is accepted and changes nothing.  fsync()
 * and msync(MS_SYNC) write nothing back, and fail (EINVAL).
 */
#ifndef _UAPI_LINUX_LLFREE_POOL_H
#define _UAPI_LINUX_LLFREE_POOL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LLFREE_IOC_PAGE_BYTES	4096
#define LLFREE_IOC_FRAME_PAGES	512	/* a frame is aligned to its length */
#define LLFREE_IOC_MAX_ORDER	10	/* an allocation is 2^order pages */
#define LLFREE_IOC_ROOTS	64
#define LLFREE_IOC_TAG_BITS	48
#define LLFREE_IOC_POLICY_LEN	32
#define LLFREE_IOC_TEXT_LEN	64

/* What the device holds. */
enum llfree_pool_state {
	/* No pool: LLFREE_IOC_FORMAT makes one. */
	LLFREE_POOL_EMPTY = 0,
	LLFREE_POOL_OPEN = 1,
	/*
	 * Something that is no pool, or a pool that this kernel does not open:
	 * it is of a newer version, damaged, or longer than the device.  Nothing
	 * was written, and FORMAT wants LLFREE_IOC_FORMAT_FORCE.
	 */
	LLFREE_POOL_REFUSED = 2,
};

/* What survives a loss of power: the memory's domain of persistence. */
enum llfree_pool_domain {
	/* What reached the memory controller (ADR): caches are flushed. */
	LLFREE_POOL_DOMAIN_MEMORY = 0,
	/* What reached the caches (eADR): nothing is flushed. */
	LLFREE_POOL_DOMAIN_CACHES = 1,
};

/**
 * struct llfree_ioc_info - LLFREE_IOC_INFO: what stays while a pool is open
 * @state: enum llfree_pool_state
 * @error: why it is not open: EMEDIUMTYPE (there is nothing), ENOTEMPTY
 *	(something that is no pool), EOPNOTSUPP (newer), EBADMSG (header damaged), EFBIG (device too short), EUCLEAN (an owner
 *	slot damaged), EINVAL (pages of another size), ENOMEM; 0 if it is open
 * @domain: enum llfree_pool_domain
 * @reserved: 0
 * @device_bytes: length of the device; all below is 0 unless the pool is open
 * @bytes: length of the pool with everything
 * @id: tells pools apart
 * @frames: length in frames
 * @slots: how many allocations there can be at a time
 * @allocations: handles that recovery found
 * @pages: pages they own
 * @swept: pages that were allocated but nobody's, now free: of an operation that
 *	a crash interrupted
 * @missing: pages that were owned but not allocated: cannot happen unless
 *	something else wrote to the pool; repaired
 * @moving: moves that a crash interrupted
 * @text: @error in words, as in the kernel's log
 */
struct llfree_ioc_info {
	__u32 state;
	__u32 error;
	__u32 domain;
	__u32 reserved;
	__u64 device_bytes;
	__u64 bytes;
	__u64 id[2];
	__u64 frames;
	__u64 slots;
	__u64 allocations;
	__u64 pages;
	__u64 swept;
	__u64 missing;
	__u64 moving;
	char text[LLFREE_IOC_TEXT_LEN];
};

/**
 * struct llfree_ioc_stats - LLFREE_IOC_STATS: what changes while a pool is open
 * @free_pages: free pages
 * @free_frames: frames of which every page is free
 * @flushes: cache lines written back by the kernel since the pool was opened,
 *	as are all below
 * @fences: waits for them
 * @moves: allocations moved
 * @given_up: moves tried in vain: the pages were in use by the kernel, or freed,
 *	or there was no room
 * @copied: bytes copied by moves, whether they were committed or not
 */
struct llfree_ioc_stats {
	__u64 free_pages;
	__u64 free_frames;
	__u64 flushes;
	__u64 fences;
	__u64 moves;
	__u64 given_up;
	__u64 copied;
};

/* Format even where a pool, or something else, is: it is lost. */
#define LLFREE_IOC_FORMAT_FORCE	0x1u

/**
 * struct llfree_ioc_format - LLFREE_IOC_FORMAT: make an empty pool and open it
 * @frames: length in frames, even; 0: as many as the device has room for
 * @slots: how many allocations there can be at a time; 0: one per page
 * @flags: LLFREE_IOC_FORMAT_FORCE
 * @reserved: 0
 *
 * EEXIST: there is a pool, or what is there was refused, and no
 * LLFREE_IOC_FORMAT_FORCE.  EBUSY: pages are mapped, or in use by the kernel.
 * EINVAL: there can be no such pool.  EFBIG: the device is too short for it.
 * ENOMEM: the machine has no memory for its tables, beside those of the pool that
 * is there.  Nothing was written then.
 */
struct llfree_ioc_format {
	__u64 frames;
	__u64 slots;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct llfree_ioc_alloc - LLFREE_IOC_ALLOC: allocate pages
 * @order: of 2^order pages, 0..LLFREE_IOC_MAX_ORDER
 * @flags: 0
 * @tag: the user's word, of LLFREE_IOC_TAG_BITS bits
 * @handle: out
 * @offset: out: for mmap()
 *
 * The pages are zero; that, the tag and the handle are durable when it returns.
 * A crash before leaves no allocation, or this one.  EINVAL: order or tag out of
 * range.  ENOMEM: no such run is free (COMPACT may help).  ENOSPC: no slot is.
 */
struct llfree_ioc_alloc {
	__u32 order;
	__u32 flags;
	__u64 tag;
	__u64 handle;
	__u64 offset;
};

/**
 * struct llfree_ioc_handle - LLFREE_IOC_FREE: free an allocation
 * @handle: of it
 * @reserved: 0
 *
 * Durable when it returns.  Mappings lose their pages.  EBUSY: the kernel uses
 * pages of it (a pin of io_uring, a direct read or write under way): it is not
 * freed.
 */
struct llfree_ioc_handle {
	__u64 handle;
	__u64 reserved;
};

/**
 * struct llfree_ioc_lookup - LLFREE_IOC_LOOKUP: what is known of a handle
 * @handle: of the allocation
 * @tag: out
 * @offset: out: for mmap()
 * @page: out: index of its first page in the pool now; a move changes it
 * @order: out
 * @reserved: 0
 */
struct llfree_ioc_lookup {
	__u64 handle;
	__u64 tag;
	__u64 offset;
	__u64 page;
	__u32 order;
	__u32 reserved;
};

/**
 * struct llfree_ioc_tag - LLFREE_IOC_SET_TAG: change a tag
 * @handle: of the allocation
 * @tag: of LLFREE_IOC_TAG_BITS bits, else EINVAL; durable when it returns
 */
struct llfree_ioc_tag {
	__u64 handle;
	__u64 tag;
};

/**
 * struct llfree_ioc_root - LLFREE_IOC_GET_ROOT, LLFREE_IOC_SET_ROOT
 * @root: 0..LLFREE_IOC_ROOTS-1, else EINVAL
 * @reserved: 0
 * @value: any, usually a handle by which data is found after a reboot; 0 in a
 *	new pool; durable when SET_ROOT returns
 */
struct llfree_ioc_root {
	__u32 root;
	__u32 reserved;
	__u64 value;
};

/**
 * struct llfree_ioc_next - LLFREE_IOC_NEXT: list the handles
 * @cursor: in: 0 at first, then what the last call returned
 * @handle: out: 0 at the end
 *
 * One that is being allocated may be among them.
 */
struct llfree_ioc_next {
	__u64 cursor;
	__u64 handle;
};

/**
 * struct llfree_ioc_move - LLFREE_IOC_MOVE: move an allocation
 * @handle: of it
 * @frame: where to; -1: anywhere else
 * @page: out: index of its first page now
 *
 * EBUSY: the kernel uses pages of it, or it is being moved by others.  ENOMEM:
 * there is no room.  EINVAL: no such frame.
 */
struct llfree_ioc_move {
	__u64 handle;
	__s64 frame;
	__u64 page;
};

/**
 * struct llfree_ioc_compact - LLFREE_IOC_COMPACT: empty frames
 * @frames: how many at most (of order 10: pairs); 0: as many as can be
 * @order: what is wanted: 9 (frames) or 10 (pairs of them); -1: everything
 *	compact
 * @flags: 0
 * @policy: name, as in /sys/kernel/mm/llfree/compact; empty: the one selected
 *	there; EINVAL if there is none of this name
 * @cleared: out: frames (pairs) emptied
 * @moves: out: as in struct llfree_ioc_stats, here and below, by everybody while
 *	it ran
 * @given_up: out
 * @flushes: out
 * @fences: out
 * @copied: out
 *
 * Fewer than @frames is no error.  A fatal signal ends it early, as does who
 * formats the pool or takes the device away.
 */
struct llfree_ioc_compact {
	__u64 frames;
	__s32 order;
	__u32 flags;
	char policy[LLFREE_IOC_POLICY_LEN];
	__u64 cleared;
	__u64 moves;
	__u64 given_up;
	__u64 flushes;
	__u64 fences;
	__u64 copied;
};

#define LLFREE_IOC_INFO		_IOR('L', 0x60, struct llfree_ioc_info)
#define LLFREE_IOC_STATS	_IOR('L', 0x61, struct llfree_ioc_stats)
#define LLFREE_IOC_FORMAT	_IOW('L', 0x62, struct llfree_ioc_format)
#define LLFREE_IOC_ALLOC	_IOWR('L', 0x63, struct llfree_ioc_alloc)
#define LLFREE_IOC_FREE		_IOW('L', 0x64, struct llfree_ioc_handle)
#define LLFREE_IOC_LOOKUP	_IOWR('L', 0x65, struct llfree_ioc_lookup)
#define LLFREE_IOC_SET_TAG	_IOW('L', 0x66, struct llfree_ioc_tag)
#define LLFREE_IOC_GET_ROOT	_IOWR('L', 0x67, struct llfree_ioc_root)
#define LLFREE_IOC_SET_ROOT	_IOW('L', 0x68, struct llfree_ioc_root)
#define LLFREE_IOC_NEXT		_IOWR('L', 0x69, struct llfree_ioc_next)
#define LLFREE_IOC_MOVE		_IOWR('L', 0x6a, struct llfree_ioc_move)
#define LLFREE_IOC_COMPACT	_IOWR('L', 0x6b, struct llfree_ioc_compact)

#endif /* _UAPI_LINUX_LLFREE_POOL_H */
