/* SPDX-License-Identifier: MIT */
/*
 * softmmu: from guest virtual to host addresses through a TLB per vCPU and
 * mode.  Generated code looks into the table of the current mode (TCGEnv's
 * tlb_mask and tlb_table); what it does not find comes here, where the front's
 * page walk and the system's memory fill the entry in, or where an access that
 * is not plain memory is made piece by piece.
 *
 * An entry is hit if addr - tag is below the page size less the access: one
 * subtraction gives the offset and checks the page, and a crossing access
 * never hits.
 */
#ifndef TCG_SOFTMMU_H
#define TCG_SOFTMMU_H

#include <pthread.h>

#include "tcg/tcg.h"

enum { MMU_READ, MMU_WRITE, MMU_FETCH };

enum { MMU_PAGE_BITS = 12, MMU_PAGE = 1 << MMU_PAGE_BITS };

/* The mmu op's imm: bytes, and how. */
enum {
    MMU_SIZE_MASK = 0xffff,
    MMU_ACC_LD = 1 << 16,
    MMU_ACC_ST = 1 << 17,
    MMU_ACC_GROUP = 1 << 18,    /* of several instructions: one page or none */
    MMU_ACC_LD_FIRST = 1 << 19, /* of loads, then stores: may fault as a load */
    MMU_FIRST_SHIFT = 20,       /* 12 bits: where the group's first access is,
                                   whose address a fault tells */
};

/* A tag is the page's address or, for never, one that is away from all pages of
 * the slot and their neighbours.  ORDER: host between the tags, so that back
 * ends can load it with either as a pair. */
typedef struct TLBEntry {
    uint64_t read;
    uintptr_t host;         /* host address of the page */
    uint64_t write;
    uint64_t unused;
} TLBEntry;
enum { TLB_ENTRY_BITS = 5 };
_Static_assert(sizeof(TLBEntry) == 1 << TLB_ENTRY_BITS, "indexed by shift");

enum { MMU_PROT_R = 1, MMU_PROT_W = 2, MMU_PROT_X = 4 };

/* What is known of the entry's page, hit or not. */
typedef struct TLBFull {
    uint64_t page;          /* virtual; odd: none */
    uint64_t phys;
    uintptr_t host;         /* 0: not memory */
    uint8_t prot;
    bool global;
    bool io;                /* reads and writes go to the device */
    bool io_write;          /* writes do: ROM, ROM devices, logged memory */
    bool watched;           /* a data breakpoint is in it */
    uint8_t bits;           /* of the page's size as it was walked */
    uint8_t listed;         /* bit i: in SoftTLB.slots[i] */
} TLBFull;

enum { TLB_VICTIMS = 8, TLB_MIN_BITS = 8, TLB_MAX_BITS = 14, MMU_MODES = 3 };

typedef struct SoftTLB {
    TLBEntry *table;
    TLBFull *full;
    unsigned bits;
    /* Those filled since they were last cleared, and how many: with pages of
     * one address space, with global ones. */
    uint16_t *slots[2];
    unsigned used[2];
    unsigned evicted;       /* of living entries, since the last flush */
    unsigned next_victim;
    TLBFull victim_full[TLB_VICTIMS];
    /* By the top bit of addresses: what covers all large pages; mask 0: there
     * is none. */
    struct { uint64_t page, mask; } large[2];
} SoftTLB;

typedef struct SoftMMU SoftMMU;
struct SoftMMU {
    TCGEnv *env;
    SoftMMU *next;
    pthread_mutex_t lock;   /* tags: other threads clear those of writes */
    SoftTLB tlb[MMU_MODES];
    unsigned mode;
    uint64_t addr_mask;     /* addresses beyond wrap; they miss the table */
    /* An access that is no plain one is made here. */
    QEMU_ALIGNED(64) uint8_t bounce[4096 + 64];
    uint64_t commit_addr;
    unsigned commit_size;   /* bytes to be written back */
    bool crossed;           /* the last miss was a change of two pages */
    uintptr_t stored;       /* where the access goes itself: to be told */
    unsigned stored_size;
};

/* A page as walked. */
typedef struct MMUWalk {
    uint64_t phys;          /* of the address's page */
    uint64_t size;          /* 4096 or a large page's */
    uint8_t prot;
    bool global, watched;
} MMUWalk;

typedef struct MMUHooks {
    /* access: MMU_*.  False (probe only): no; else it raises. */
    bool (*walk)(TCGEnv *env, uint64_t addr, unsigned access, unsigned mode,
                 bool probe, MMUWalk *out);
    /* Host address of a page of memory; 0: none.  io_write: writes must go
     * through write(). */
    uintptr_t (*host)(TCGEnv *env, uint64_t phys, bool *io_write);
    /* Accesses that are not plain; any size up to 8. */
    uint64_t (*read)(TCGEnv *env, uint64_t phys, unsigned size);
    void (*write)(TCGEnv *env, uint64_t phys, uint64_t val, unsigned size);
    /* Each access to a page that is watched; may raise. */
    void (*check)(TCGEnv *env, uint64_t addr, unsigned size, unsigned acc);
    /* From tcg_run() or a helper: the next instruction must run in slow mode;
     * does not return. */
    void (*slow)(TCGEnv *env) QEMU_NORETURN;
    /* The line that `who` waits for was written; from any thread. */
    void (*line_written)(unsigned who);
} MMUHooks;
extern MMUHooks mmu_hooks;

void softmmu_init(TCGEnv *env);
void softmmu_exit(TCGEnv *env);
/* Takes the data TLB of mode into use. */
void softmmu_set_mode(TCGEnv *env, unsigned mode);
/* Where addresses of generated code end: all ones of as many bits. */
void softmmu_set_addr_mask(TCGEnv *env, uint64_t mask);
/* By the vCPU's own thread; also forgets pcs. */
void softmmu_flush(TCGEnv *env, bool keep_global);
void softmmu_flush_page(TCGEnv *env, uint64_t addr);
/* From any thread: writes to the host page are to be seen. */
void softmmu_guard_page(uintptr_t page);

/* ---- lines of host memory that somebody waits for (softmmu-line.c) ---- */
enum { MMU_LINE_SIZE = 64, MMU_LINES = 256 };
/* who: below MMU_LINES; line: aligned, 0: none any more. */
void softmmu_await_line(unsigned who, uintptr_t line);
extern unsigned softmmu_nb_lines;           /* atomic: how many there are */
bool softmmu_page_has_line(uintptr_t page);
/* Does the range meet a line?  tell: then who waits for it is told. */
bool softmmu_meets_line(uintptr_t host, uint64_t len, bool tell);
/* Host memory is going to be written: must it be told behind that? */
static inline bool softmmu_line_hit(uintptr_t host, uint64_t len)
{
    return unlikely(__atomic_load_n(&softmmu_nb_lines, __ATOMIC_SEQ_CST)) &&
           softmmu_meets_line(host, len, false);
}
/* Host memory was written. */
static inline void softmmu_line_written(uintptr_t host, uint64_t len)
{
    if (unlikely(__atomic_load_n(&softmmu_nb_lines, __ATOMIC_SEQ_CST))) {
        softmmu_meets_line(host, len, true);
    }
}

/* C code's accesses, in a mode of the caller's; raise what the guest's own
 * would. */
void softmmu_read(TCGEnv *env, uint64_t addr, void *buf, unsigned len,
                  unsigned mode);
void softmmu_write(TCGEnv *env, uint64_t addr, const void *buf, unsigned len,
                   unsigned mode);
/* Was it a read and write across pages that EXCP_SLOW's instruction is to be
 * run again for?  Asked once. */
bool softmmu_crossed(TCGEnv *env);
/* Raises if a write could not be done. */
void softmmu_probe(TCGEnv *env, uint64_t addr, unsigned len, unsigned access,
                   unsigned mode);
/* Host address if [addr, addr + len) is plain memory of one page, else NULL;
 * raises if the page may not be accessed.  Code on it is dropped for a write. */
void *softmmu_host(TCGEnv *env, uint64_t addr, unsigned len, unsigned access,
                   unsigned mode);
/* Groups over the end of a page (softmmu-split.c): one was met by the helper
 * that runs; is that which begins at the code at this host address given up? */
void softmmu_group_split(TCGEnv *env);
bool softmmu_group_given_up(uint64_t place);
/* Code: see TCGCodeHooks.locate. */
bool softmmu_locate(TCGEnv *env, uint64_t addr, unsigned mode, bool probe,
                    uint64_t *host);

/* The access of an x87 memory form: first byte << 8 | modrm. */
uint64_t softmmu_x87_access(unsigned opcode);

/* The op's slow path. */
uint64_t softmmu_miss(TCGEnv *env, uint64_t addr, uint64_t acc);
extern const TCGHelper softmmu_miss_info;   /* for back ends without the op */
/* Slow mode: always gives an address; commit writes back. */
extern const TCGHelper softmmu_slow_info, softmmu_commit_info;

#endif
