/* SPDX-License-Identifier: MIT */
/*
 * isa-test --record FILE: cases of each row and some sequences, with what the
 * silicon made of them.  --replay FILE: the same through a back end, on any
 * host.  The file, all numbers little-endian or varint (7 bits a byte, low
 * first, top bit: more follows):
 *
 *   "ISAR2\n", byte: 32-bit code, byte: bases were set
 *   'R' name, encoding (each NUL-ended)          the cases that follow are its
 *   'C' seed, code, what is compared, input, result
 *   'E' the end
 *
 * The input is what differs from the state and the memory that the random
 * generator makes of the seed; the result, what differs from the input.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

static const char magic[6] = "ISAR2\n";

/* A state as bytes: control words, ST registers, vectors, the rest. */
enum { ST_BYTES = 9 + 80 + 512 + 128 + 16 + 16 + 8 };

typedef struct Image {
    uint8_t st[ST_BYTES];
    uint8_t mem[ISA_DATA_SIZE];
} Image;

static FILE *file;

/* ---- numbers and differences --------------------------------------------- */

static void put_num(uint64_t v)
{
    for (; v > 0x7f; v >>= 7) {
        putc((v & 0x7f) | 0x80, file);
    }
    putc(v, file);
}

static uint64_t get_num(void)
{
    uint64_t v = 0;
    int c;

    for (unsigned sh = 0; sh < 70; sh += 7) {
        c = getc(file);
        if (c == EOF) {
            break;
        }
        v |= (uint64_t)(c & 0x7f) << sh;
        if (c < 0x80) {
            return v;
        }
    }
    fprintf(stderr, "isa-test: the record is cut short\n");
    exit(2);
}

/* Runs of bytes of b that differ from a: distance, length, bytes; length 0
 * ends. */
static void put_diff(const uint8_t *a, const uint8_t *b, unsigned n)
{
    unsigned at = 0;

    for (unsigned i = 0; i < n;) {
        unsigned end, same = 0;

        if (a[i] == b[i]) {
            i++;
            continue;
        }
        for (end = i; end < n && same < 3; end++) {
            same = a[end] == b[end] ? same + 1 : 0;
        }
        end -= same;
        put_num(end - i);
        put_num(i - at);
        fwrite(b + i, 1, end - i, file);
        at = i = end;
    }
    put_num(0);
}

static void get_diff(uint8_t *b, unsigned n)
{
    unsigned at = 0, len;

    while ((len = get_num())) {
        at += get_num();
        if (at > n || len > n - at || fread(b + at, 1, len, file) != len) {
            fprintf(stderr, "isa-test: the record is damaged\n");
            exit(2);
        }
        at += len;
    }
}

/* ---- states as bytes ----------------------------------------------------- */

static uint8_t *store(uint8_t *p, unsigned n, uint64_t v)
{
    for (unsigned i = 0; i < n; i++) {
        *p++ = v >> 8 * i;
    }
    return p;
}

static uint64_t load(const uint8_t **p, unsigned n)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < n; i++) {
        v |= (uint64_t)*(*p)++ << 8 * i;
    }
    return v;
}

static void state_to_bytes(const IsaState *s, uint8_t *p)
{
    memcpy(p, s->fx, 5);
    memcpy(p + 5, s->fx + 24, 4);
    p += 9;
    for (int i = 0; i < 8; i++, p += 10) {
        memcpy(p, s->fx + 32 + 16 * i, 10);
    }
    memcpy(p, s->vec, 512);
    p += 512;
    for (int i = 0; i < 16; i++) {
        p = store(p, 8, s->gpr[i]);
    }
    p = store(p, 8, s->flags & 0xffffff);
    p = store(p, 8, s->pc);
    p = store(p, 8, s->base[0]);
    p = store(p, 8, s->base[1]);
    for (int i = 0; i < 4; i++) {
        p = store(p, 2, s->sel[i]);
    }
}

static void state_from_bytes(IsaState *s, const uint8_t *p)
{
    memset(s->fx, 0, sizeof(s->fx));
    memcpy(s->fx, p, 5);
    memcpy(s->fx + 24, p + 5, 4);
    p += 9;
    for (int i = 0; i < 8; i++, p += 10) {
        memcpy(s->fx + 32 + 16 * i, p, 10);
    }
    memcpy(s->vec, p, 512);
    p += 512;
    for (int i = 0; i < 16; i++) {
        s->gpr[i] = load(&p, 8);
    }
    s->flags = load(&p, 8);
    s->pc = load(&p, 8);
    s->base[0] = load(&p, 8);
    s->base[1] = load(&p, 8);
    for (int i = 0; i < 4; i++) {
        s->sel[i] = load(&p, 2);
    }
}

/* What the seed gives, on every host. */
static void base_image(uint64_t seed, Image *m)
{
    static IsaState st;

    isa_srnd(~seed);
    isa_rnd_memory(m->mem);
    isa_srnd(seed);
    isa_rnd_state(&st);
    if (isa_mode32) {
        isa_state32(&st);
    }
    memset(st.sel, 0, sizeof(st.sel));
    st.pc = 0;
    state_to_bytes(&st, m->st);
}

/* ---- what is compared ---------------------------------------------------- */

static void put_masks(const IsaCase *c)
{
    put_num(c->no_vec | c->no_x87 << 1 | c->no_mxcsr << 2 | c->no_cr2 << 3 |
            c->store_late << 4 | c->segs << 5 | c->frame << 6 |
            c->x87_ulp << 7 | c->stores_same << 8 | c->seq << 9 | c->approx << 10);
    put_num(c->fl_mask);
    put_num(c->low_junk);
    put_num(c->junk);
    put_num(c->fsw_ignore);
    for (int i = 0; i < 2; i++) {
        put_num(c->skip_len[i]);
        put_num(c->skip_len[i] ? c->skip_at[i] : 0);
    }
}

static void get_masks(IsaCase *c)
{
    unsigned b = get_num();

    c->no_vec = b & 1;
    c->no_x87 = b >> 1 & 1;
    c->no_mxcsr = b >> 2 & 1;
    c->no_cr2 = b >> 3 & 1;
    c->store_late = b >> 4 & 1;
    c->segs = b >> 5 & 1;
    c->frame = b >> 6 & 1;
    c->x87_ulp = b >> 7 & 1;
    c->stores_same = b >> 8 & 1;
    c->seq = b >> 9 & 1;
    c->approx = b >> 10 & 1;
    c->fl_mask = get_num();
    c->low_junk = get_num();
    c->junk = get_num();
    c->fsw_ignore = get_num();
    for (int i = 0; i < 2; i++) {
        c->skip_len[i] = get_num();
        c->skip_at[i] = get_num();
    }
}

/* ---- recording ----------------------------------------------------------- */

static void put_case(const IsaCase *c, uint64_t seed)
{
    static Image base, in, out;
    const IsaResult *w = &isa_want;

    base_image(seed, &base);
    state_to_bytes(&c->in, in.st);
    memcpy(in.mem, c->mem, ISA_DATA_SIZE);
    state_to_bytes(&w->st, out.st);
    memcpy(out.mem, w->mem, ISA_DATA_SIZE);
    putc('C', file);
    put_num(seed);
    put_num(c->off);
    put_num(c->len);
    fwrite(c->code, 1, c->len, file);
    put_masks(c);
    put_diff(base.st, in.st, ST_BYTES);
    put_diff(base.mem, in.mem, ISA_DATA_SIZE);
    put_num(w->vector);
    put_num(w->cr2);
    put_diff(in.st, out.st, ST_BYTES);
    put_diff(in.mem, out.mem, ISA_DATA_SIZE);
}

static void run_native(const IsaCase *c)
{
    isa_place_data(c);
    isa_native_code(c);
    isa_native_run(c, &isa_want);
    memcpy(isa_want.mem, (void *)(uintptr_t)ISA_DATA, ISA_DATA_SIZE);
}

static void record_row(const IsaRow *r, unsigned count, uint64_t seed)
{
    static IsaCase c;
    static Image base;
    Enc e;

    fprintf(file, "R%s%c%s%c", r->name, 0, r->enc, 0);
    memset(&c, 0, sizeof(c));
    c.mem = isa_memory;
    for (unsigned i = 0; i < count; i++, seed++) {
        base_image(seed, &base);
        memcpy(isa_memory, base.mem, ISA_DATA_SIZE);
        isa_srnd(seed + (1ull << 40));
        isa_gen_code(r, &e, &c);
        isa_srnd(seed);
        isa_gen_state(&e, &c, true);
        memset(c.in.sel, 0, sizeof(c.in.sel));
        c.in.pc = 0;
        run_native(&c);
        if (isa_want.vector != ISA_HANG) {
            put_case(&c, seed);
        }
    }
}

int isa_record(const char *name, const IsaRow *rows, unsigned n,
               unsigned count, unsigned sequences, uint64_t seed,
               bool (*selected)(const IsaRow *))
{
    const IsaRow **set = g_new(const IsaRow *, n);
    unsigned nset = 0;

    file = fopen(name, "wb");
    if (!file) {
        fprintf(stderr, "isa-test: %s: %s\n", name, strerror(errno));
        return 2;
    }
    fwrite(magic, 1, sizeof(magic), file);
    putc(isa_mode32, file);
    putc(isa_bases, file);
    for (unsigned i = 0; i < n; i++) {
        if (selected(&rows[i]) && isa_row_testable(&rows[i])) {
            record_row(&rows[i], count, seed + (uint64_t)i * count);
            if (isa_row_in_sequence(&rows[i]) &&
                !isa_row_approximate(&rows[i]) &&
                !strstr(rows[i].name, "STMXCSR")) {  /* the denormal flag */
                set[nset++] = &rows[i];
            }
        }
    }
    fprintf(file, "Rsequence%c%c", 0, 0);
    for (unsigned i = 0; nset && i < sequences; i++) {
        const IsaCase *c = isa_make_sequence(set, nset, seed + i);

        if (c) {
            run_native(c);
            put_case(c, seed + i);
        }
    }
    g_free(set);
    putc('E', file);
    return fclose(file) ? 2 : 0;
}

/* ---- replaying ----------------------------------------------------------- */

static void get_text(char *p, unsigned n)
{
    int c;

    while ((c = getc(file)) > 0) {
        if (n > 1) {
            *p++ = c;
            n--;
        }
    }
    *p = 0;
}

static void get_case(IsaCase *c)
{
    static Image m;
    IsaResult *w = &isa_want;

    base_image(get_num(), &m);
    c->off = get_num();
    c->len = get_num();
    if (c->len > ISA_CODE_MAX || c->off >= ISA_CODE_SIZE ||
        fread(c->code, 1, c->len, file) != c->len) {
        fprintf(stderr, "isa-test: the record is damaged\n");
        exit(2);
    }
    get_masks(c);
    get_diff(m.st, ST_BYTES);
    get_diff(m.mem, ISA_DATA_SIZE);
    state_from_bytes(&c->in, m.st);
    memcpy(c->mem, m.mem, ISA_DATA_SIZE);
    w->vector = get_num();
    w->cr2 = get_num();
    get_diff(m.st, ST_BYTES);
    get_diff(m.mem, ISA_DATA_SIZE);
    state_from_bytes(&w->st, m.st);
    memcpy(w->mem, m.mem, ISA_DATA_SIZE);
}

static void open_record(const char *name)
{
    char head[sizeof(magic)];

    file = fopen(name, "rb");
    if (!file || fread(head, 1, sizeof(head), file) != sizeof(head) ||
        memcmp(head, magic, sizeof(magic))) {
        fprintf(stderr, "isa-test: %s: %s\n", name,
                file ? "not a record of isa-test" : strerror(errno));
        exit(2);
    }
    isa_mode32 = getc(file) == 1;
    isa_bases = getc(file) == 1;
}

void isa_replay_mode(const char *name)
{
    open_record(name);
    isa_replaying = true;
}

static bool replay_case(IsaCase *c, const char *title)
{
    get_case(c);
    isa_emu_code(c);
    isa_place_data(c);
    isa_emu_run(c, &isa_got);
    memcpy(isa_got.mem, (void *)(uintptr_t)ISA_DATA, ISA_DATA_SIZE);
    if (isa_same(c, &isa_want, &isa_got)) {
        return true;
    }
    if (title) {
        printf("FAIL %s\n", title);
        isa_report(stdout, c, &isa_want, &isa_got);
    }
    return false;
}

int isa_replay(bool (*selected)(const char *name))
{
    unsigned rows = 0, bad_rows = 0;
    unsigned long cases = 0, bad = 0;
    char name[32] = "", enc[64] = "", title[128];
    static IsaCase c;
    bool want = false, row_bad = false;
    int k;

    c.mem = isa_memory;
    while ((k = getc(file)) == 'R' || k == 'C') {
        if (k == 'R') {
            get_text(name, sizeof(name));
            get_text(enc, sizeof(enc));
            want = selected(name);
            rows += want;
            row_bad = false;
        } else if (!want) {
            get_case(&c);
        } else {
            snprintf(title, sizeof(title), "%s  \"%s\"", name, enc);
            cases++;
            if (!replay_case(&c, row_bad ? NULL : title)) {
                bad++;
                bad_rows += !row_bad;
                row_bad = true;
            }
        }
    }
    if (k != 'E') {
        fprintf(stderr, "isa-test: the record is damaged\n");
        return 2;
    }
    printf("%s%s, replayed: %u rows, %lu cases; %lu of %u rows differ\n",
           isa_emu_backend(), isa_mode32 ? ", 32-bit" : "", rows, cases, bad,
           bad_rows);
    return bad != 0;
}
