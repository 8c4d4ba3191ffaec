/* SPDX-License-Identifier: MIT */
/* A window of pages whose tables the tests of paging write by hand. */
#ifndef TEST64_PAGING_H
#define TEST64_PAGING_H

#include "test64.h"

#define PG_P    0x001ull
#define PG_W    0x002ull
#define PG_U    0x004ull
#define PG_A    0x020ull
#define PG_D    0x040ull
#define PG_PS   0x080ull
#define PG_G    0x100ull
#define PG_NX   (1ull << 63)
#define WINDOW  ((uint8_t *)0x10000000000)      /* PML4 entry 2 */
enum { OK = 0xff };

/* From the last level up: page table, directory, pointers. */
extern uint64_t window_table[3][512];
extern uint8_t pages[4][4096];

/* The window's first page, by INVLPG. */
void set_window(uint64_t entry);
uint64_t phys(unsigned page);
void open_window(void);

#endif
