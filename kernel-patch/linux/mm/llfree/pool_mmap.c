// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of a pool's pages, and moves of pages that are mapped.
 *
 * A mapping knows its handle; a fault asks the slot where the pages are, with
 * the slot's gate held until the page is mapped.  Who moves or frees them closes
 * the gate, so that no fault maps them, and unmaps what is mapped.  Then only
 * references are left that the kernel took before, for itself or a device: these
 * may write at any time, and the move is given up.
 *
 * What get_user_pages_fast() is about to take, without a lock, is no danger: it
 * takes its reference first and looks at the page table once more then.  The
 * page table was cleared before the references are counted here, so either it
 * sees that and lets go, or its reference is seen.
 */
#include <linux/pagemap.h>
#include <linux/pfn_t.h>
#include <linux/sched/signal.h>
#include <trace/events/llfree.h>
#include "pool_dev.h"

/*
 * Page offset of a mapping: a page of the allocation, the slot, and as much of the
 * generation as a file's offset, of 63 bits, has room for.
 */
#define OFFSET_PAGES		LLFREE_ALIGN_PAGES
#define OFFSET_SLOT_SHIFT	LLFREE_MAX_ORDER
#define OFFSET_BITS		(63 - PAGE_SHIFT)

static unsigned int generation_shift(const struct llfree_pool_device *p)
{
	return OFFSET_SLOT_SHIFT + order_base_2(p->pool.nr_slots);
}

static pgoff_t offset_of(const struct llfree_pool_device *p, u64 handle)
{
	BUILD_BUG_ON(LLFREE_POOL_MAX_SLOTS > 1ull << 31);
	return ((handle >> 32) << generation_shift(p) |
		(u64)(u32)handle << OFFSET_SLOT_SHIFT) &
	       GENMASK_ULL(OFFSET_BITS - 1, 0);
}

u64 llfree_pool_offset(const struct llfree_pool_device *p, u64 handle)
{
	return (u64)offset_of(p, handle) << PAGE_SHIFT;
}

/* What a mapping keeps: the handle, which has 48 bits, and the epoch. */
static void *mapping_key(const struct llfree_pool_device *p, u64 handle)
{
	return (void *)((u64)p->epoch << 48 | handle);
}

static u64 key_handle(const struct llfree_pool_device *p, const void *key)
{
	u64 word = (u64)key;

	return word >> 48 == p->epoch ? word & GENMASK_ULL(47, 0) : 0;
}

bool llfree_pool_in_use(struct llfree_pool_device *p, u64 page, u64 nr)
{
	unsigned long pfn = llfree_pool_pfn(p, page);

	/* Cleared page tables come before the counts. */
	smp_mb();
	for (; nr; nr--, pfn++) {
		if (page_ref_count(pfn_to_page(pfn)) != 1)
			return true;
		if (!(nr % LLFREE_ALIGN_PAGES))
			cond_resched();
	}
	return false;
}

/*
 * Futexes and the handling of memory errors ask a page whose it is.  What they
 * learn is of the handle, and so the same when the page has moved.
 */
static void tell_pages(struct llfree_pool_device *p, unsigned long pfn,
		       pgoff_t index, unsigned int nr)
{
	struct page *page = pfn_to_page(pfn);

	for (; nr; nr--, page++, index++) {
		page->index = index;
		page->mapping = p->region.mapping;
	}
}

/*
 * Nobody's, until somebody maps them again: at an offset that no handle has.
 * Their mapping stays, as memory_failure() follows it meanwhile.
 */
static void forget_pages(struct llfree_pool_device *p, u64 page,
			 unsigned int nr)
{
	struct page *first = pfn_to_page(llfree_pool_pfn(p, page));

	for (; nr; nr--)
		first++->index = ULONG_MAX;
}

int llfree_pool_close_gate(struct llfree_pool_device *p, unsigned int cpu,
			   u64 handle)
{
	struct llfree_pool_gate *gate = llfree_pool_gate(p, handle);
	unsigned int order;
	s64 page;
	int err;

	if (down_write_killable(&gate->lock))
		return -EINTR;
	page = llfree_pool_lookup(&p->pool, cpu, handle, &order, NULL);
	if (page < 0) {
		err = page;
		goto undo;
	}
	unmap_mapping_pages(p->region.mapping, offset_of(p, handle),
			    1u << order, false);
	if (llfree_pool_in_use(p, page, 1u << order)) {
		err = -EBUSY;
		goto undo;
	}
	forget_pages(p, page, 1u << order);
	return 0;
undo:
	up_write(&gate->lock);
	return err;
}

void llfree_pool_open_gate(struct llfree_pool_device *p, u64 handle)
{
	up_write(&llfree_pool_gate(p, handle)->lock);
}

static int freeze(struct llfree_pool *pool, u64 handle, u64 page,
		  unsigned int order)
{
	struct llfree_pool_device *p = pool->private;

	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	return llfree_pool_close_gate(p, smp_processor_id(), handle);
}

static void thaw(struct llfree_pool *pool, u64 handle, s64 page,
		 unsigned int order)
{
	llfree_pool_open_gate(pool->private, handle);
}

static void moved(struct llfree_pool *pool, u64 handle, unsigned int order,
		  u64 from, s64 to)
{
	const struct llfree_pool_device *p = pool->private;

	trace_llfree_pool_move(p->number, handle, order, from, to);
}

static bool leave(struct llfree_pool *pool)
{
	const struct llfree_pool_device *p = pool->private;

	return atomic_read(&p->waiting);
}

const struct llfree_pool_ops llfree_pool_ops = {
	.freeze = freeze,
	.thaw = thaw,
	.moved = moved,
	.leave = leave,
};

const struct address_space_operations llfree_pool_aops = {
	.dirty_folio = noop_dirty_folio,
};

/*
 * Map a page, or all of a frame; the gate is held.  Of a frame a page and a huge
 * page may be asked for at once: whoever finds the other's does nothing.
 */
static vm_fault_t map(struct llfree_pool_device *p, struct vm_fault *vmf,
		      bool huge, u64 page, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address, pfn;
	pgoff_t index, offset;
	pmd_t pmd;

	if (huge) {
		addr &= PMD_MASK;
		if (order < LLFREE_FRAME_ORDER || addr < vma->vm_start ||
		    addr + PMD_SIZE > vma->vm_end)
			return VM_FAULT_FALLBACK;
	}
	index = linear_page_index(vma, addr);
	offset = index % OFFSET_PAGES;
	if (offset >> order)
		return VM_FAULT_SIGBUS;
	pfn = llfree_pool_pfn(p, page + offset);
	if (!huge) {
		if (pmd_devmap(pmdp_get_lockless(vmf->pmd)))
			return VM_FAULT_NOPAGE;
		tell_pages(p, pfn, index, 1);
		return vmf_insert_mixed(vma, addr & PAGE_MASK,
					__pfn_to_pfn_t(pfn, PFN_DEV | PFN_MAP));
	}
	/* The namespace, or the address, need not be aligned. */
	if (offset % PTRS_PER_PMD || pfn % PTRS_PER_PMD)
		return VM_FAULT_FALLBACK;
	pmd = pmdp_get_lockless(vmf->pmd);
	if (!pmd_none(pmd) && !pmd_devmap(pmd))
		return VM_FAULT_NOPAGE;
	tell_pages(p, pfn, index, PTRS_PER_PMD);
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV | PFN_MAP),
				  vmf->flags & FAULT_FLAG_WRITE);
}

static vm_fault_t fault_handle(struct llfree_pool_device *p,
			       struct vm_fault *vmf, bool huge)
{
	u64 handle = key_handle(p, vmf->vma->vm_private_data);
	struct llfree_pool_gate *gate = llfree_pool_gate(p, handle);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	unsigned int order;
	bool frame;
	s64 page;

	down_read(&gate->lock);
	migrate_disable();
	page = llfree_pool_lookup(&p->pool, smp_processor_id(), handle, &order,
				  NULL);
	migrate_enable();
	frame = page >= 0 && order >= LLFREE_FRAME_ORDER;
	if (frame)
		mutex_lock(&gate->frame);
	if (page >= 0)
		ret = map(p, vmf, huge, page, order);
	if (frame)
		mutex_unlock(&gate->frame);
	up_read(&gate->lock);
	return ret;
}

static vm_fault_t huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct llfree_pool_device *p = vmf->vma->vm_file->private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (order && order != PMD_ORDER)
		return VM_FAULT_FALLBACK;
	percpu_down_read(&p->lock);
	if (!p->error)
		ret = fault_handle(p, vmf, order);
	percpu_up_read(&p->lock);
	return ret;
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	return huge_fault(vmf, 0);
}

static const struct vm_operations_struct vm_ops = {
	.fault = fault,
	.huge_fault = huge_fault,
};

/* The handle that an offset stands for, or an error; fills in its order. */
static s64 find_handle(struct llfree_pool_device *p, pgoff_t offset,
		       unsigned int *order)
{
	u64 slot = (offset & (BIT_ULL(generation_shift(p)) - 1)) >>
		   OFFSET_SLOT_SHIFT;
	u64 handle;
	s64 page;

	if (offset >> generation_shift(p) > POOL_GENERATIONS ||
	    slot >= p->pool.nr_slots)
		return -EINVAL;
	handle = pool_handle(slot,
			     pool_generation(READ_ONCE(p->pool.slot[slot])));
	if (offset_of(p, handle) != (offset & ~(pgoff_t)(OFFSET_PAGES - 1)))
		return -ESTALE;
	migrate_disable();
	page = llfree_pool_lookup(&p->pool, smp_processor_id(), handle, order,
				  NULL);
	migrate_enable();
	return page < 0 ? page : handle;
}

static int check_mapping(struct llfree_pool_device *p,
			 struct vm_area_struct *vma)
{
	unsigned int order;
	s64 handle;

	handle = find_handle(p, vma->vm_pgoff, &order);
	if (handle < 0)
		return handle;
	if (vma->vm_pgoff % OFFSET_PAGES + vma_pages(vma) > 1u << order)
		return -EINVAL;
	vma->vm_private_data = mapping_key(p, handle);
	return 0;
}

int llfree_pool_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct llfree_pool_device *p = file->private_data;
	int err;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	percpu_down_read(&p->lock);
	err = p->error == -ENODEV ? -ENODEV : p->error ? -ENXIO :
	      check_mapping(p, vma);
	percpu_up_read(&p->lock);
	if (err)
		return err;
	vma->vm_ops = &vm_ops;
	/*
	 * It does not grow, nor is it merged with the mapping of another handle.
	 * And munmap() flushes TLBs before unmap_mapping_pages() fails to find
	 * it, see tlb_end_vma(): nobody else keeps the pages from being reused.
	 */
	vm_flags_set(vma, VM_DONTEXPAND | VM_MIXEDMAP);
	return 0;
}
