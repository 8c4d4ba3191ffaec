/* SPDX-License-Identifier: MIT */
/*
 * decode-test [-m 16|32|64] [-n COUNT] [-s SEED] [-j JOBS] [-v] [-t] [ELF...]
 *
 * Compares the decoder's lengths and verdicts (valid or not) with Zydis and
 * Capstone: over COUNT random byte strings in each mode, and over the code
 * sections of the given ELF files.  A disagreement of a kind that is known and
 * settled (classes.c) is counted, any other printed; exit status 1 then.
 * -v prints the counts, -t the time per instruction of decoding the files.
 */
#include "util/osdep.h"
#include <capstone/capstone.h>
#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "tests/decode/decode-test.h"

enum { MAX_CLASSES = 64, CHUNK = 50000, SHOWN = 40 };

/* Added up by the worker processes. */
typedef struct Shared {
    unsigned next, shown, died;
    unsigned long checked, bad, known[MAX_CLASSES];
} Shared;

static Shared *shared;
static unsigned long nb_checked, nb_bad, nb_known[MAX_CLASSES];
static bool verbose, timing;
static unsigned mode_bits;      /* 16, 32, 64 */
static uint64_t mode;
static ZydisDecoder zydis;
static csh capstone;
static cs_insn *cs_buf;

static unsigned capstone_len(const uint8_t *p, size_t n)
{
    uint64_t addr = 0x10000;
    const uint8_t *code = p;

    return cs_disasm_iter(capstone, &code, &n, &addr, cs_buf) ? cs_buf->size :
           0;
}

static void complain(const Opinion *o)
{
    char text[256];
    unsigned n = 0, len = MAX(MAX(o->ours, o->zydis), 8);

    nb_bad++;
    if (__atomic_fetch_add(&shared->shown, 1, __ATOMIC_RELAXED) >= SHOWN) {
        return;
    }
    for (unsigned i = 0; i < len; i++) {
        n += snprintf(text + n, sizeof(text) - n, "%02x ", o->bytes[i]);
    }
    printf("%2u-bit: %sours %s (%u), Zydis %s %s (%u), Capstone %s (%u)\n",
           o->mode, text, o->ours ? o->in->row->name : "invalid", o->ours,
           o->zydis ? ZydisMnemonicGetString(o->z->mnemonic) : "invalid",
           o->zydis ? ZydisISASetGetString(o->z->meta.isa_set) : "",
           o->zydis, o->capstone ? o->cs_name : "invalid", o->capstone);
}

/* Returns the length to step by. */
static unsigned check(const uint8_t *p, size_t n)
{
    ZydisDecodedInstruction z;
    X86Insn in;
    Opinion o = { .bytes = p, .mode = mode_bits, .in = &in, .z = &z };
    int k;

    x86_decode(p, n, 0x1000, mode, NULL, &in);
    o.ours = in.row == &x86_row_ud || in.row == &x86_row_fetch ||
             in.row == &x86_row_long ? 0 : in.len;
    if (ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&zydis, NULL, p, n, &z))) {
        o.zydis = z.length;
    }
    o.capstone = capstone_len(p, n);
    o.cs_name = o.capstone ? cs_buf->mnemonic : "";
    nb_checked++;
    if (o.ours != o.zydis || o.ours != o.capstone) {
        k = classify(&o);
        if (k < 0) {
            complain(&o);
        } else {
            nb_known[k]++;
        }
    }
    return o.zydis ? o.zydis : 1;
}

static void set_mode(unsigned bits)
{
    static const ZydisMachineMode zm[] = {
        ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_MACHINE_MODE_LEGACY_32,
        ZYDIS_MACHINE_MODE_LONG_64,
    };
    static const ZydisStackWidth sw[] = {
        ZYDIS_STACK_WIDTH_16, ZYDIS_STACK_WIDTH_32, ZYDIS_STACK_WIDTH_64,
    };
    unsigned i = bits == 16 ? 0 : bits == 32 ? 1 : 2;

    mode_bits = bits;
    mode = i == 2 ? HF_CS64 : i == 1 ? HF_CS32 | HF_SS32 : 0;
    ZydisDecoderInit(&zydis, zm[i], sw[i]);
    if (capstone) {
        cs_free(cs_buf, 1);
        cs_close(&capstone);
    }
    cs_open(CS_ARCH_X86, i == 0 ? CS_MODE_16 : i == 1 ? CS_MODE_32 :
            CS_MODE_64, &capstone);
    cs_buf = cs_malloc(capstone);
}

/* ---- random bytes -------------------------------------------------------- */

static uint64_t rnd_state;

static uint32_t rnd(void)
{
    rnd_state = rnd_state * 6364136223846793005u + 1442695040888963407u;
    return rnd_state >> 33;
}

static void random_bytes(uint8_t *p, unsigned n)
{
    static const uint8_t prefixes[] = { 0x66, 0xf2, 0xf3, 0x67, 0xf0, 0x64,
                                        0x2e };
    static const uint8_t vex_map[] = { 0xe1, 0xe2, 0xe3 };
    unsigned i = 0;

    for (unsigned k = 0; k < n; k++) {
        p[k] = rnd();
    }
    while (rnd() % 3 == 0 && i < 3) {
        p[i++] = prefixes[rnd() % sizeof(prefixes)];
    }
    if (rnd() % 4 == 0) {
        p[i++] = 0x40 | rnd() % 16;
    }
    switch (rnd() % 8) {
    case 0: case 1:
        p[i++] = 0x0f;
        break;
    case 2:
        p[i++] = 0x0f;
        p[i++] = 0x38;
        break;
    case 3:
        p[i++] = 0x0f;
        p[i++] = 0x3a;
        break;
    case 4:
        i = 0;
        p[i++] = 0xc4;
        p[i++] = vex_map[rnd() % 3];
        p[i] = (rnd() & 0x84) | (rnd() % 2 ? 0x78 : rnd() & 0x78) |
               (rnd() & 3);
        i++;
        break;
    case 5:
        i = 0;
        p[i++] = 0xc5;
        p[i] = 0x80 | (rnd() % 2 ? 0x78 : rnd() & 0x78) | (rnd() & 7);
        i++;
        break;
    }
}

/* ---- files --------------------------------------------------------------- */

static void time_code(const uint8_t *p, size_t n)
{
    struct timespec a, b;
    unsigned long count = 0;
    X86Insn in;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (size_t i = 0; i + 16 < n; count++) {
        x86_decode(p + i, n - i, i, mode, NULL, &in);
        i += in.len && in.row != &x86_row_ud ? in.len : 1;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    printf("%lu instructions, %.1f ns each\n", count,
           ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / count);
}

static void check_file(const char *name)
{
    int fd = open(name, O_RDONLY);
    struct stat st;
    uint8_t *p;

    if (fd < 0 || fstat(fd, &st) ||
        (p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) ==
        MAP_FAILED) {
        fprintf(stderr, "decode-test: %s: %s\n", name, strerror(errno));
        exit(2);
    }
    close(fd);
    const Elf64_Ehdr *eh = (void *)p;
    if (st.st_size > (off_t)sizeof(*eh) && !memcmp(eh, ELFMAG, SELFMAG) &&
        eh->e_machine == EM_X86_64) {
        const Elf64_Shdr *sh = (void *)(p + eh->e_shoff);
        for (int i = 0; i < eh->e_shnum; i++) {
            if (sh[i].sh_type != SHT_PROGBITS ||
                !(sh[i].sh_flags & SHF_EXECINSTR)) {
                continue;
            }
            const uint8_t *code = p + sh[i].sh_offset;
            size_t n = sh[i].sh_size;
            if (timing) {
                time_code(code, n);
            }
            for (size_t k = 0; k < n && !timing;) {
                k += check(code + k, n - k);
            }
        }
    }
    munmap(p, st.st_size);
}

/* ---- workers ------------------------------------------------------------- */

static struct {
    unsigned long count;
    unsigned only, jobs;
    uint64_t seed;
    char **files;
    unsigned nb_files;
} opt = { .count = 10000000, .seed = 1 };

/* The work, piece by piece: files first, then chunks of each mode. */
static bool do_piece(unsigned piece)
{
    unsigned chunks = (opt.count + CHUNK - 1) / CHUNK, bits, chunk;
    uint8_t p[16];

    if (piece < opt.nb_files) {
        set_mode(64);
        check_file(opt.files[piece]);
        return true;
    }
    piece -= opt.nb_files;
    if (piece >= 3 * chunks || timing) {
        return false;
    }
    bits = 16 << piece / chunks;
    chunk = piece % chunks;
    if (opt.only && opt.only != bits) {
        return true;
    }
    set_mode(bits);
    rnd_state = opt.seed * 0x9e3779b97f4a7c15u + piece;
    for (unsigned long i = chunk * (unsigned long)CHUNK;
         i < opt.count && i < (chunk + 1) * (unsigned long)CHUNK; i++) {
        random_bytes(p, sizeof(p));
        check(p, 15);
    }
    return true;
}

static void worker(void)
{
    while (do_piece(__atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED))) {
        ;
    }
    __atomic_fetch_add(&shared->checked, nb_checked, __ATOMIC_RELAXED);
    __atomic_fetch_add(&shared->bad, nb_bad, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < nb_known_classes; i++) {
        __atomic_fetch_add(&shared->known[i], nb_known[i], __ATOMIC_RELAXED);
    }
    fflush(stdout);
    _exit(0);
}

static void parse_args(int argc, char **argv)
{
    int o;

    opt.jobs = sysconf(_SC_NPROCESSORS_ONLN);
    while ((o = getopt(argc, argv, "m:n:s:j:vt")) != -1) {
        switch (o) {
        case 'm': opt.only = atoi(optarg); break;
        case 'n': opt.count = strtoul(optarg, NULL, 0); break;
        case 's': opt.seed = strtoull(optarg, NULL, 0); break;
        case 'j': opt.jobs = atoi(optarg); break;
        case 'v': verbose = true; break;
        case 't': timing = true; break;
        default: exit(2);
        }
    }
    opt.files = argv + optind;
    opt.nb_files = argc - optind;
}

int main(int argc, char **argv)
{
    unsigned long known = 0;
    int status;

    parse_args(argc, argv);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || nb_known_classes > MAX_CLASSES) {
        return 2;
    }
    for (unsigned i = 0; i < opt.jobs; i++) {
        if (fork() == 0) {
            worker();
        }
    }
    while (wait(&status) > 0) {
        shared->died += status != 0;
    }
    for (unsigned i = 0; i < nb_known_classes; i++) {
        known += shared->known[i];
        if (verbose) {
            printf("%-20s %9lu\n", known_classes[i].name, shared->known[i]);
        }
    }
    printf("%lu instructions compared, %lu known disagreements, %lu new\n",
           shared->checked, known, shared->bad);
    return shared->bad || shared->died;
}
