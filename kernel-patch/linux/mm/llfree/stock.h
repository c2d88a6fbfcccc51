/* SPDX-License-Identifier: GPL-2.0 */
/* The stock of free frames that a worker keeps. */
#ifndef _MM_LLFREE_STOCK_H
#define _MM_LLFREE_STOCK_H

#include <linux/types.h>

/**
 * llfree_stock_switch() - have the worker look after the stock, or no longer
 * @on: the policy that was selected has something for it
 *
 * Calls come one at a time.  Switching off waits for the worker.
 */
void llfree_stock_switch(bool on);

#endif /* _MM_LLFREE_STOCK_H */
