/* SPDX-License-Identifier: MIT */
/*
 * Compares two results of a case and prints where they part.
 */
#include "util/osdep.h"
#include <capstone/capstone.h>
#include "tcg/backend.h"
#include "tests/isa/isa.h"

static const char *const gpr_name[16] = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
};

static const char *const seg_name[4] = { "es", "ds", "fs", "gs" };

/* Offsets in the FXSAVE image (SDM vol. 1, 10.5.1). */
static uint16_t fx16(const IsaState *s, unsigned at)
{
    return s->fx[at] | s->fx[at + 1] << 8;
}

static uint32_t fx_mxcsr(const IsaState *s)
{
    return fx16(s, 24) | (uint32_t)fx16(s, 26) << 16;
}

/* Units in the last place between two 80-bit values. */
static uint64_t x87_distance(const uint8_t *a, const uint8_t *b)
{
    uint64_t x, y;

    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    x = le64toh(x);
    y = le64toh(y);
    return memcmp(a + 8, b + 8, 2) ? UINT64_MAX : x > y ? x - y : y - x;
}

static bool x87_same(const IsaCase *c, const IsaState *a, const IsaState *b)
{
    bool ulp = c->x87_ulp && !tcg_backend->has_x87;
    uint16_t ignore = c->fsw_ignore | (ulp ? 0x200 : 0);

    if (fx16(a, 0) != fx16(b, 0) || ((fx16(a, 2) ^ fx16(b, 2)) & ~ignore) ||
        a->fx[4] != b->fx[4]) {
        return false;
    }
    for (int i = 0; i < 8; i++) {
        if (x87_distance(a->fx + 32 + 16 * i, b->fx + 32 + 16 * i) > ulp) {
            return false;
        }
    }
    return true;
}

/* Other hosts leave open whether a store that faults on its second page has
 * written to the first. */
static bool torn_store(const IsaResult *a, const IsaResult *b)
{
    uint64_t end = a->cr2 - ISA_DATA;

    if (!isa_replaying || a->vector != 14 || (a->cr2 & 0xfff) || end < 32 ||
        end > ISA_DATA_SIZE) {
        return false;
    }
    return !memcmp(a->mem, b->mem, end - 32) &&
           !memcmp(a->mem + end, b->mem + end, ISA_DATA_SIZE - end);
}

static bool mem_same(const IsaCase *c, const IsaResult *a, const IsaResult *b)
{
    if (!memcmp(a->mem, b->mem, ISA_DATA_SIZE) || torn_store(a, b)) {
        return true;
    }
    if (!c->skip_len[0] && !c->skip_len[1]) {
        return false;
    }
    for (unsigned i = 0; i < ISA_DATA_SIZE; i++) {
        if (a->mem[i] != b->mem[i] &&
            ISA_DATA + i - c->skip_at[0] >= c->skip_len[0] &&
            ISA_DATA + i - c->skip_at[1] >= c->skip_len[1]) {
            return false;
        }
    }
    return true;
}

static uint64_t gpr_mask(const IsaCase *c, unsigned i)
{
    return c->junk >> i & 1 ? 0 : c->low_junk >> i & 1 ? ~0xffffffffull :
           ~0ull;
}

static bool gprs_same(const IsaCase *c, const IsaState *a, const IsaState *b)
{
    if (!(c->junk | c->low_junk)) {
        return !memcmp(a->gpr, b->gpr, sizeof(a->gpr));
    }
    for (unsigned i = 0; i < 16; i++) {
        if ((a->gpr[i] ^ b->gpr[i]) & gpr_mask(c, i)) {
            return false;
        }
    }
    return true;
}

/* FS and GS bases exist in 64-bit mode only. */
static bool segs_same(const IsaCase *c, const IsaState *a, const IsaState *b)
{
    for (int i = 0; i < 4; i++) {
        /* Linux may make 0 of other null selectors. */
        if (a->sel[i] != b->sel[i] && ((a->sel[i] | b->sel[i]) & ~3)) {
            return false;
        }
    }
    return (isa_mode32 || !isa_bases ||
            !memcmp(a->base, b->base, sizeof(a->base)));
}

/* Bits of the page fault's error code that may differ: an instruction that
 * reads and writes its operand faults on the load here, as a write there. */
static uint32_t early_load(const IsaResult *a)
{
    return a->vector != 14 ? 0 : (a->error_code & 2) |
           (isa_mode32 && a->cr2 >= 0xffff0000);    /* no window here */
}

/* The signal frame: error code, signal, its code and address. */
static bool signal_same(const IsaCase *c, const IsaResult *a,
                        const IsaResult *b)
{
    if (isa_replaying || c->frame || (a->vector == 14 && a->cr2 != b->cr2)) {
        return true;            /* cr2_same() let that pass */
    }
    return a->sig == b->sig && a->si_code == b->si_code &&
           (c->no_cr2 || a->sig_addr == b->sig_addr ||
            a->vector == 14) &&
           !((a->error_code ^ b->error_code) & ~early_load(a));
}

/* The arithmetic flags may be stale when a fault interrupts code in which
 * nothing would have read them. */
static uint32_t flag_mask(const IsaCase *c, const IsaResult *w)
{
    bool end = w->vector == ISA_FILL_VECTOR &&
               w->st.pc - (ISA_CODE + c->off) >= c->len;
    bool fault = !end && (w->vector == 0 || c->seq ||
                          (w->vector >= 13 && w->vector < 32));

    return fault ? c->fl_mask & 0x400 : c->fl_mask;
}

/* ---- on another host ----------------------------------------------------- */

/* Its native back end does not see denormal operands (docs/status.md). */
static uint32_t mxcsr_mask(void)
{
    return isa_replaying && strcmp(tcg_backend->name, "tci") ? ~2u : ~0u;
}

/* RCPPS, RSQRTPS: within the architecture's error, 1.5 * 2^-12. */
static bool vec_close(const IsaState *a, const IsaState *b)
{
    for (unsigned i = 0; i < 16 * 32; i += 4) {
        const uint8_t *p = a->vec[0] + i, *q = b->vec[0] + i;
        uint32_t x = p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
        uint32_t y = q[0] | q[1] << 8 | q[2] << 16 | (uint32_t)q[3] << 24;

        if (x > y ? x - y > 0x1800 : y - x > 0x1800) {
            return false;
        }
    }
    return true;
}

/* What a user-mode emulator of the host, or the host, does not tell: where an
 * address that is no address at all leads; the first byte of an operand. */
static bool replay_excuse(const IsaResult *a, const IsaResult *b)
{
    return isa_replaying && a->vector == 13 && b->vector == 14 && !b->cr2 &&
           a->st.pc == b->st.pc;
}

/* An operand that crosses into a second page that faults too, differently: a
 * load and a store may meet them in another order. */
static bool cr2_same(const IsaCase *c, uint64_t a, uint64_t b)
{
#ifdef HOST_S390X
    if ((a & ~0xfffull) == (b & ~0xfffull)) {
        return true;            /* it tells no more */
    }
#endif
    return c->no_cr2 || a == b || (isa_replaying && a - b + 32 <= 64) ||
           (a - b + 64 <= 128 && (a & ~0xfffull) != (b & ~0xfffull));
}

/* Undefined, and not all there: either may come first. */
static bool fetch_or_ud(const IsaResult *a, const IsaResult *b)
{
    return a->vector == 6 && b->vector == 14 && a->st.pc == b->st.pc &&
           b->cr2 == ISA_CODE + ISA_CODE_SIZE;
}

bool isa_same(const IsaCase *c, const IsaResult *a, const IsaResult *b)
{
    IsaCase t;

    /* Two faults of one instruction in another order. */
    if (c->store_late && a->st.pc == b->st.pc &&
        a->vector >= 13 && a->vector < 20 &&
        b->vector >= 13 && b->vector < 20) {
        return true;
    }
    /* A branch to a non-canonical address: known, the emulator raises at the
     * target. */
    if (a->vector == 13 && b->vector == 14 && b->cr2 == b->st.pc &&
        (uint64_t)((int64_t)(b->cr2 << 16) >> 16) != b->cr2) {
        return true;
    }
    if (c->no_cr2 && (a->vector == 13 || a->vector == 14) &&
        b->vector == ISA_FILL_VECTOR) {
        return true;            /* a mask of zeros */
    }
    /* Beyond 4 GiB, by an operand the emulator's tables don't name. */
    if (isa_mode32 && a->vector == 13 && b->vector == 14 &&
        b->cr2 >= 0xfffffff0 && a->st.pc == b->st.pc) {
        return true;
    }
    if (c->stores_same && b->vector == 14 && (b->error_code & 3) == 3 &&
        a->vector == ISA_FILL_VECTOR) {
        return true;
    }
    if (replay_excuse(a, b)) {
        return true;
    }
    if (fetch_or_ud(a, b) || fetch_or_ud(b, a)) {
        return true;
    }
    if (a->vector != b->vector) {
        return false;
    }
    if (a->vector == ISA_HANG) {
        return true;
    }
    if (a->vector != ISA_FILL_VECTOR && c->store_late) {
        t = *c;
        t.store_late = false;
        t.no_x87 = t.no_mxcsr = true;
        return isa_same(&t, a, b);
    }
    return cr2_same(c, a->cr2, b->cr2) && a->st.pc == b->st.pc &&
           !((a->st.flags ^ b->st.flags) & flag_mask(c, a)) &&
           gprs_same(c, &a->st, &b->st) && segs_same(c, &a->st, &b->st) &&
           signal_same(c, a, b) &&
           (c->no_vec || !memcmp(a->st.vec, b->st.vec, sizeof(a->st.vec)) ||
            (isa_replaying && c->approx && vec_close(&a->st, &b->st))) &&
           (c->no_mxcsr ||
            !((fx_mxcsr(&a->st) ^ fx_mxcsr(&b->st)) & mxcsr_mask())) &&
           (c->no_x87 || x87_same(c, &a->st, &b->st)) &&
           mem_same(c, a, b);
}

void isa_disassemble(FILE *f, const IsaCase *c)
{
    cs_insn *in;
    csh h;
    size_t n;

    fprintf(f, "  bytes:");
    for (unsigned i = 0; i < c->len; i++) {
        fprintf(f, " %02x", c->code[i]);
    }
    fprintf(f, "\n");
    if (cs_open(CS_ARCH_X86, isa_mode32 ? CS_MODE_32 : CS_MODE_64, &h)) {
        return;
    }
    n = cs_disasm(h, c->code, c->len, ISA_CODE + c->off, 0, &in);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "  0x%" PRIx64 ": %s %s\n", in[i].address, in[i].mnemonic,
               in[i].op_str);
    }
    if (n) {
        cs_free(in, n);
    }
    cs_close(&h);
}

static void line(FILE *f, const char *name, uint64_t in, uint64_t want, uint64_t got,
                 uint64_t mask)
{
    if (in | want | got) {
        fprintf(f, "  %-8s in %016" PRIx64 "  silicon %016" PRIx64
                "  emulated %016" PRIx64 "%s\n", name, in, want, got,
                (want ^ got) & mask ? "  <--" : "");
    }
}

static void bytes_line(FILE *f, const char *what, const uint8_t *p, unsigned n)
{
    fprintf(f, "    %-9s", what);
    for (unsigned i = n; i--;) {
        fprintf(f, "%02x%s", p[i], i % 4 == 0 && i ? "_" : "");
    }
    fprintf(f, "\n");
}

static void report_vec(FILE *f, const IsaCase *c, const IsaState *w, const IsaState *g)
{
    for (int i = 0; i < 16 && !c->no_vec; i++) {
        if (memcmp(w->vec[i], g->vec[i], 32)) {
            fprintf(f, "  xmm%d  <--\n", i);
            bytes_line(f, "in", c->in.vec[i], 32);
            bytes_line(f, "silicon", w->vec[i], 32);
            bytes_line(f, "emulated", g->vec[i], 32);
        }
    }
}

static void report_x87(FILE *f, const IsaCase *c, const IsaState *w, const IsaState *g)
{
    char name[8];

    line(f, "mxcsr", fx_mxcsr(&c->in), fx_mxcsr(w), fx_mxcsr(g), ~0ull);
    if (c->no_x87 || x87_same(c, w, g)) {
        return;
    }
    line(f, "fcw", fx16(&c->in, 0), fx16(w, 0), fx16(g, 0), ~0ull);
    line(f, "fsw", fx16(&c->in, 2), fx16(w, 2), fx16(g, 2), ~0ull);
    line(f, "ftag", c->in.fx[4], w->fx[4], g->fx[4], ~0ull);
    for (int i = 0; i < 8; i++) {
        const unsigned at = 32 + 16 * i;

        snprintf(name, sizeof(name), "st%d", i);
        fprintf(f, "  %s%s\n", name, memcmp(w->fx + at, g->fx + at, 10) ?
               "  <--" : "");
        bytes_line(f, "in", c->in.fx + at, 10);
        bytes_line(f, "silicon", w->fx + at, 10);
        bytes_line(f, "emulated", g->fx + at, 10);
    }
}

static void report_mem(FILE *f, const IsaCase *c, const IsaResult *w,
                       const IsaResult *g)
{
    for (unsigned i = 0; i < ISA_DATA_SIZE; i++) {
        if (w->mem[i] != g->mem[i]) {
            unsigned at = i & ~15u;

            fprintf(f, "  memory at 0x%" PRIx64 "  <--\n", (uint64_t)ISA_DATA + at);
            bytes_line(f, "in", c->mem + at, 16);
            bytes_line(f, "silicon", w->mem + at, 16);
            bytes_line(f, "emulated", g->mem + at, 16);
            i |= 15;
        }
    }
}

/* XMM registers the disassembly names, for the reader's sake. */
static void operand_vecs(FILE *f, const IsaCase *c)
{
    for (int i = 0; i < 16 && !c->no_vec; i++) {
        char what[12];

        snprintf(what, sizeof(what), "in xmm%d", i);
        bytes_line(f, what, c->in.vec[i], 32);
    }
}

static void report_signal(FILE *f, const IsaResult *w, const IsaResult *g)
{
    line(f, "error", 0, w->error_code, g->error_code, ~0ull);
    line(f, "signal", 0, w->sig, g->sig, ~0ull);
    line(f, "si_code", 0, w->si_code & 0xff, g->si_code & 0xff, ~0ull);
    line(f, "si_addr", 0, w->sig_addr, g->sig_addr, ~0ull);
}

void isa_report(FILE *f, const IsaCase *c, const IsaResult *w, const IsaResult *g)
{
    isa_disassemble(f, c);
    line(f, "vector", 0, w->vector, g->vector, ~0ull);
    line(f, "cr2", 0, w->cr2, g->cr2, ~0ull);
    if (!isa_replaying) {
        report_signal(f, w, g);
    }
    line(f, "rip", ISA_CODE + c->off, w->st.pc, g->st.pc, ~0ull);
    line(f, "eflags", c->in.flags, w->st.flags, g->st.flags,
         flag_mask(c, w));
    for (int i = 0; i < 16; i++) {
        line(f, gpr_name[i], c->in.gpr[i], w->st.gpr[i], g->st.gpr[i],
             gpr_mask(c, i));
    }
    for (int i = 0; i < 4; i++) {
        line(f, seg_name[i], 0, w->st.sel[i], g->st.sel[i], ~0ull);
    }
    for (int i = 0; i < 2; i++) {
        line(f, i ? "gsbase" : "fsbase", c->in.base[i], w->st.base[i],
             g->st.base[i], isa_mode32 ? 0 : ~0ull);
    }
    report_x87(f, c, &w->st, &g->st);
    report_vec(f, c, &w->st, &g->st);
    report_mem(f, c, w, g);
    if (getenv("ISA_VERBOSE")) {
        operand_vecs(f, c);
    }
}
