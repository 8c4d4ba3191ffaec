/* SPDX-License-Identifier: MIT */
/*
 * Accesses through the TLB against the reference: random operations on two
 * pages that are memory, a device, watched, not there..., with and without
 * entries in the TLB.  Where one faults, the state must be that of the
 * operations before it.
 */
#include "util/osdep.h"

#include <criterion/criterion.h>

#include "tcg/softmmu.h"
#include "tests/unit/ops-gen.h"

extern const TCGBackend tcg_backend_native __attribute__((weak));

typedef enum Kind {
    PLAIN,
    DEVICE,
    LOGGED,         /* writes go to the device */
    CODE,           /* code was translated from it */
    WATCHED,
    READ_ONLY,
    ABSENT,
    NB_KINDS,
} Kind;

enum { PAGE = 4096, PHYS = 0x40000000, PROGRAMS = 4000, VALUES = 4, MAX_OPS = 12 };

/* Neighbours for the guest, not for the host. */
static QEMU_ALIGNED(4096) uint8_t pages[3][PAGE];
static uint8_t *const page_at[2] = { pages[0], pages[2] };
static const OpsMem memory = {
    .addr = 0x123456789000, .half = { &pages[0][PAGE / 2], &pages[2][0] },
};
static Kind kinds[2];
/* Where the last fault said that it was. */
static uint64_t fault_addr;
/* By page. */
static unsigned nb_reads[2], nb_writes[2], nb_checks[2];

/* ---- the system ---------------------------------------------------------- */

static unsigned page_of(uint64_t addr)
{
    uint64_t n = (addr - memory.addr + PAGE) / PAGE;

    g_assert(n < 2);
    return n;
}

static bool hook_walk(TCGEnv *env, uint64_t addr, unsigned access,
                      unsigned mode, bool probe, MMUWalk *out)
{
    unsigned n = page_of(addr);

    if (kinds[n] == ABSENT || (kinds[n] == READ_ONLY && access == MMU_WRITE)) {
        if (!probe) {
            fault_addr = addr;
            tcg_exit_helper(env, OPS_FAULT, true);
        }
        return false;
    }
    *out = (MMUWalk){ .phys = PHYS + n * PAGE, .size = PAGE,
                      .prot = MMU_PROT_R | MMU_PROT_W,
                      .watched = kinds[n] == WATCHED };
    if (kinds[n] == READ_ONLY) {
        out->prot = MMU_PROT_R;
    }
    return true;
}

static uintptr_t hook_host(TCGEnv *env, uint64_t phys, bool *io_write)
{
    unsigned n = (phys - PHYS) / PAGE;

    *io_write = kinds[n] == LOGGED;
    return kinds[n] == DEVICE ? 0 : (uintptr_t)page_at[n];
}

static uint64_t hook_read(TCGEnv *env, uint64_t phys, unsigned size)
{
    unsigned n = (phys - PHYS) / PAGE;
    uint64_t val = 0;

    nb_reads[n]++;
    for (unsigned i = 0; i < size; i++) {
        val |= (uint64_t)page_at[n][(phys + i) % PAGE] << 8 * i;
    }
    return val;
}

static void hook_write(TCGEnv *env, uint64_t phys, uint64_t val,
                       unsigned size)
{
    unsigned n = (phys - PHYS) / PAGE;

    nb_writes[n]++;
    for (unsigned i = 0; i < size; i++) {
        page_at[n][(phys + i) % PAGE] = val >> 8 * i;
    }
}

static void hook_check(TCGEnv *env, uint64_t addr, unsigned size,
                       unsigned acc)
{
    nb_checks[page_of(addr)]++;
    nb_checks[page_of(addr + size - 1)]++;
}

static void QEMU_NORETURN hook_slow(TCGEnv *env)
{
    tcg_exit_helper(env, OPS_SLOW, true);
}

static bool hook_locate(TCGEnv *env, uint64_t pc, bool probe, uint64_t *host)
{
    *host = pc;
    return true;
}

static bool start(const char *backend)
{
    if (!ops_start(backend)) {
        return false;
    }
    mmu_hooks = (MMUHooks){
        .walk = hook_walk, .host = hook_host, .read = hook_read,
        .write = hook_write, .check = hook_check, .slow = hook_slow,
    };
    tcg_code_hooks.locate = hook_locate;
    softmmu_init(ops_env());
    ops_use_memory(&memory);
    return true;
}

/* Other pages than before, or the same again. */
static void change_pages(void)
{
    TCGEnv *env = ops_env();

    if (ops_random() % 2) {
        for (unsigned n = 0; n < 2; n++) {
            kinds[n] = ops_random() % 2 ? ops_random() % NB_KINDS : PLAIN;
        }
        softmmu_flush(env, false);
    } else if (ops_random() % 4 == 0) {
        softmmu_flush(env, false);
    }
    softmmu_set_mode(env, ops_random() % MMU_MODES);
    for (unsigned n = 0; n < 2; n++) {
        nb_reads[n] = nb_writes[n] = nb_checks[n] = 0;
        if (kinds[n] == CODE && tcg_page_guard((uintptr_t)page_at[n] / PAGE)) {
            softmmu_guard_page((uintptr_t)page_at[n]);
        }
    }
}

/* ---- what is to be expected ---------------------------------------------- */

/* The bytes that i touches; 0: none. */
static unsigned accessed(const OpsInsn *i, const OpsValues *v, uint64_t *addr)
{
    if (i->op.opc == TCG_lea || !(tcg_op_defs[i->op.opc].props & P_MEM)) {
        return 0;
    }
    *addr = memory.addr + i->disp;
    if (i->index.kind) {
        *addr += v->q[NQ - 2] << i->scale;
    }
    return i->op.opc == TCG_ldv || i->op.opc == TCG_stv
           ? (i->op.vt == TCG_V256 ? 32 : 16) : 1 << i->op.sz;
}

/* The pages that i touches, as a mask. */
static unsigned touched(const OpsInsn *i, const OpsValues *v)
{
    uint64_t addr;
    unsigned size = accessed(i, v, &addr);

    return size ? 1 << page_of(addr) | 1 << page_of(addr + size - 1) : 0;
}

/* Did the fault say that it was where i accesses? */
static bool fault_is_at(const OpsInsn *i, const OpsValues *v)
{
    uint64_t addr = 0;
    unsigned size = accessed(i, v, &addr);

    if (fault_addr - addr < size) {
        return true;
    }
    fprintf(stderr, "    fault at 0x%" PRIx64 ", should be at 0x%" PRIx64 "\n",
            fault_addr, addr);
    return false;
}

static bool faults(const OpsInsn *i, unsigned mask)
{
    for (unsigned n = 0; n < 2; n++) {
        if ((mask >> n & 1) &&
            (kinds[n] == ABSENT ||
             (kinds[n] == READ_ONLY &&
              (tcg_op_defs[i->op.opc].props & P_ST)))) {
            return true;
        }
    }
    return false;
}

static unsigned done_before_fault(const OpsProg *p, const OpsValues *v)
{
    unsigned k = 0;

    while (k < p->n && !faults(&p->insn[k], touched(&p->insn[k], v))) {
        k++;
    }
    return k;
}

/* Flags that the operations from k on, or the end, read. */
static uint32_t live_flags(const OpsProg *p, unsigned k)
{
    unsigned live = FL_ALL;

    for (unsigned i = p->n; i-- > k;) {
        live = (live & ~p->insn[i].op.fl_def) | p->insn[i].op.fl_use;
    }
    return tcg_flags_home(live);
}

/* Did who has to hear of accesses to page n? */
static bool told(unsigned n, bool touched, bool stored)
{
    switch (kinds[n]) {
    case DEVICE:
        return !touched || nb_reads[n] || nb_writes[n];
    case LOGGED:
        return !stored || nb_writes[n];
    case WATCHED:
        return !touched || nb_checks[n];
    case CODE:
        return !stored || !tcg_page_guarded((uintptr_t)page_at[n] / PAGE);
    default:
        return true;
    }
}

static bool all_told(const OpsProg *p, const OpsValues *v)
{
    unsigned touch = 0, store = 0;

    for (unsigned k = 0; k < p->n; k++) {
        unsigned mask = touched(&p->insn[k], v);

        touch |= mask;
        if (tcg_op_defs[p->insn[k].op.opc].props & P_ST) {
            store |= mask;
        }
    }
    for (unsigned n = 0; n < 2; n++) {
        if (!told(n, touch >> n & 1, store >> n & 1)) {
            fprintf(stderr, "    page %u: accesses were not told\n", n);
            return false;
        }
    }
    return true;
}

/* ---- tests --------------------------------------------------------------- */

static void random_prog(OpsProg *p)
{
    unsigned opc;

    p->n = 1 + ops_random() % MAX_OPS;
    for (unsigned k = 0; k < p->n; k++) {
        bool access = ops_random() % 4;

        do {
            opc = ops_random() % TCG_NB_OPS;
        } while (!ops_known(opc) || opc == TCG_brcc || opc == TCG_brcond ||
                 (access && !(tcg_op_defs[opc].props & P_MEM)));
        ops_random_insn(&p->insn[k], opc, NULL);
    }
}

static bool check(const OpsProg *p)
{
    static OpsValues want, got;
    OpsProg before = *p;
    uint32_t live;
    unsigned done;
    bool good;

    ops_random_values(&want, p);
    /* What no back end need notice is set already. */
    want.fpcr = 0x1f80 | 0x12;
    got = want;
    before.n = done_before_fault(p, &want);
    ops_oracle(&before, &want);
    done = ops_run(&got);
    live = live_flags(p, before.n);
    want.flags &= live;
    got.flags &= live;
    good = ops_compare(stderr, &want, &got);
    if (done != before.n) {
        fprintf(stderr, "    %u done, should be %u\n", done, before.n);
        good = false;
    } else if (done < p->n) {
        good &= fault_is_at(&p->insn[done], &want);
    }
    if (!all_told(&before, &want) || !good) {
        fprintf(stderr, "  pages of kinds %u, %u:\n", kinds[0], kinds[1]);
        ops_print(stderr, p);
        return false;
    }
    return true;
}

static void soft(const char *backend)
{
    static OpsProg p;
    const char *only = getenv("OPS_SEED");
    unsigned bad = 0;

    cr_assert(start(backend));
    for (unsigned i = 0; i < PROGRAMS && bad < 5; i++) {
        ops_seed(only ? atoi(only) : 300000 + i);
        random_prog(&p);
        ops_translate(&p);
        for (unsigned k = 0; k < VALUES; k++) {
            change_pages();
            if (!check(&p)) {
                fprintf(stderr, "  in program %u\n", i);
                bad++;
                break;
            }
        }
    }
    cr_assert_eq(bad, 0, "accesses differ from the reference");
}

Test(ops, tci_soft)
{
    soft("tci");
}

Test(ops, native_soft)
{
    if (&tcg_backend_native) {
        soft("native");
    }
}
