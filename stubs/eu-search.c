/* SPDX-License-Identifier: MIT */
/*
 * Search trees of elfutils' internal library, which some distributions'
 * static libelf and libdw call but do not contain.  A tree is its root behind
 * one pointer; the callers here have one thread.  Weak: a complete library's
 * own come first.
 */
#include "util/osdep.h"

#include <search.h>

typedef struct SearchTree {
    void *root;
} SearchTree;
typedef int Compare(const void *, const void *);

#define WEAK __attribute__((weak))
WEAK void eu_search_tree_init(SearchTree *t);
WEAK void eu_search_tree_fini(SearchTree *t, void (*node)(void *));
WEAK void *eu_tsearch(const void *key, SearchTree *t, Compare *cmp);
WEAK void *eu_tfind(const void *key, SearchTree *t, Compare *cmp);
WEAK void *eu_tdelete(const void *key, SearchTree *t, Compare *cmp);
WEAK void eu_tdestroy(SearchTree *t, void (*node)(void *));

void eu_search_tree_init(SearchTree *t)
{
    t->root = NULL;
}

void eu_tdestroy(SearchTree *t, void (*node)(void *))
{
    tdestroy(t->root, node);
    t->root = NULL;
}

void eu_search_tree_fini(SearchTree *t, void (*node)(void *))
{
    eu_tdestroy(t, node);
}

void *eu_tsearch(const void *key, SearchTree *t, Compare *cmp)
{
    return tsearch(key, &t->root, cmp);
}

void *eu_tfind(const void *key, SearchTree *t, Compare *cmp)
{
    return tfind(key, &t->root, cmp);
}

void *eu_tdelete(const void *key, SearchTree *t, Compare *cmp)
{
    return tdelete(key, &t->root, cmp);
}
