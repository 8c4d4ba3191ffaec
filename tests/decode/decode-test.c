/* SPDX-License-Identifier: MIT */
/*
 * decode-test [-m 16|32|64] [-n COUNT] [-s SEED] [-v] [-t] [ELF...]
 *
 * Compares the decoder's lengths and verdicts (valid or not) with Zydis and
 * Capstone: over COUNT random byte strings in each mode, and over the code
 * sections of the given ELF files.  A disagreement counts only where Zydis and
 * Capstone do not side with us and the instruction is of a set that we have.
 * -t prints the time per instruction of decoding the files.
 */
#include "util/osdep.h"
#include <capstone/capstone.h>
#include <Zydis/Zydis.h>
#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "target-i386/decode.h"



static bool verbose, timing;
static unsigned mode_bits;      /* 16, 32, 64 */
static uint64_t mode;
static ZydisDecoder zydis;
static csh capstone;
static cs_insn *cs_buf;
static unsigned long nb_checked, nb_bad;
static GHashTable *seen;

/* Instruction sets of Zydis that insn.def has no rows for. */
static bool foreign_set(const ZydisDecodedInstruction *z)
{
    switch (z->meta.isa_set) {
    case ZYDIS_ISA_SET_AMD: case ZYDIS_ISA_SET_AMD3DNOW:
    case ZYDIS_ISA_SET_AMD_INVLPGB: case ZYDIS_ISA_SET_AVX_GFNI:
    case ZYDIS_ISA_SET_AVX_VNNI: case ZYDIS_ISA_SET_CET:
    case ZYDIS_ISA_SET_CLZERO: case ZYDIS_ISA_SET_ENQCMD:
    case ZYDIS_ISA_SET_FMA4: case ZYDIS_ISA_SET_GFNI:
    case ZYDIS_ISA_SET_HRESET: case ZYDIS_ISA_SET_INVPCID:
    case ZYDIS_ISA_SET_KEYLOCKER: case ZYDIS_ISA_SET_KEYLOCKER_WIDE:
    case ZYDIS_ISA_SET_LWP: case ZYDIS_ISA_SET_MCOMMIT:
    case ZYDIS_ISA_SET_MONITORX: case ZYDIS_ISA_SET_MOVDIR:
    case ZYDIS_ISA_SET_PADLOCK_ACE: case ZYDIS_ISA_SET_PADLOCK_PHE:
    case ZYDIS_ISA_SET_PADLOCK_PMM: case ZYDIS_ISA_SET_PADLOCK_RNG:
    case ZYDIS_ISA_SET_PCONFIG: case ZYDIS_ISA_SET_PKU:
    case ZYDIS_ISA_SET_PT: case ZYDIS_ISA_SET_RDPRU:
    case ZYDIS_ISA_SET_RTM: case ZYDIS_ISA_SET_SERIALIZE:
    case ZYDIS_ISA_SET_SGX: case ZYDIS_ISA_SET_SGX_ENCLV:
    case ZYDIS_ISA_SET_SMAP: case ZYDIS_ISA_SET_SMX:
    case ZYDIS_ISA_SET_SNP: case ZYDIS_ISA_SET_SSE4A:
    case ZYDIS_ISA_SET_SVM: case ZYDIS_ISA_SET_TBM:
    case ZYDIS_ISA_SET_TDX: case ZYDIS_ISA_SET_TSX_LDTRK:
    case ZYDIS_ISA_SET_UINTR: case ZYDIS_ISA_SET_VMFUNC:
    case ZYDIS_ISA_SET_VTX: case ZYDIS_ISA_SET_WAITPKG:
    case ZYDIS_ISA_SET_XOP: case ZYDIS_ISA_SET_XSAVES:
    case ZYDIS_ISA_SET_MPX: case ZYDIS_ISA_SET_CLDEMOTE:
        return true;
    case ZYDIS_ISA_SET_AVX512BW_KOP: case ZYDIS_ISA_SET_AVX512DQ_KOP:
    case ZYDIS_ISA_SET_AVX512F_KOP:
        return true;
    default:
        return z->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
               z->encoding != ZYDIS_INSTRUCTION_ENCODING_VEX;
    }
}

/* Where all three manuals and the silicon were asked, and we stand by ours. */
static bool settled(const X86Insn *in, const uint8_t *p)
{
    /* 66 on a near branch: ignored as Intel does (AMD truncates rIP). */
    if (in->row->attr & XA_F64 && in->p66) {
        return true;
    }
    /* SYSENTER in 64-bit mode: #UD on AMD, valid on Intel. */
    if (in->mode64 && in->opcode == 0x34 && in->row == &x86_row_ud) {
        return true;
    }
    /* A bad segment register: the generator raises. */
    if ((in->opcode & 0xfd) == 0x8c && !strcmp(in->row->name, "MOV")) {
        return true;
    }
    /* VPEXTRD, VPINSRD with W1 outside 64-bit mode: the silicon says #UD. */
    if (!in->mode64 && (in->opcode == 0x16 || in->opcode == 0x22) &&
        in->row == &x86_row_ud) {
        return true;
    }
    /* Sets younger than Debian 12's Zydis and Capstone (SDM, 2024). */
    if (in->row->feat == X86_FEAT_AVXIFMA ||
        in->row->feat == X86_FEAT_VNNIINT8 ||
        in->row->feat == X86_FEAT_VNNIINT16) {
        return true;
    }
    /* LOCK MOV CR0 is MOV CR8 on AMD (CPUID CR8_LEGACY): so the silicon. */
    if (p[0] == 0xf0 || in->reg == 8) {
        if ((in->opcode & 0xfd) == 0x20 && in->row->attr & XA_PRIV) {
            return true;
        }
    }
    /* Without MPX, its opcodes are NOPs in every form. */
    return (in->opcode & 0xfe) == 0x1a && !strcmp(in->row->name, "NOP");
}

static unsigned capstone_len(const uint8_t *p, size_t n)
{
    uint64_t addr = 0x10000;
    const uint8_t *code = p;

    return cs_disasm_iter(capstone, &code, &n, &addr, cs_buf) ? cs_buf->size :
           0;
}

static void complain(const uint8_t *p, const X86Insn *in, unsigned ours,
                     unsigned theirs, unsigned cs,
                     const ZydisDecodedInstruction *z)
{
    char key[128];

    snprintf(key, sizeof(key), "%u:%s:%s:%d", mode_bits, in->row->name,
             theirs ? ZydisMnemonicGetString(z->mnemonic) : "invalid",
             ours && theirs);
    nb_bad++;
    if (!g_hash_table_add(seen, g_strdup(key)) && !verbose) {
        return;
    }
    printf("%2u-bit: ", mode_bits);
    for (unsigned i = 0; i < MAX(MAX(ours, theirs), 8); i++) {
        printf("%02x ", p[i]);
    }
    printf(" ours %s (%u), Zydis %s (%u), Capstone %s (%u)\n",
           in->row->name, ours,
           theirs ? ZydisMnemonicGetString(z->mnemonic) : "invalid", theirs,
           cs ? cs_buf->mnemonic : "invalid", cs);
}

/* Returns the length to step by. */
static unsigned check(const uint8_t *p, size_t n)
{
    ZydisDecodedInstruction z = { 0 };
    X86Insn in;
    unsigned ours, theirs = 0, cs;

    x86_decode(p, n, 0x10000, mode, NULL, &in);
    ours = in.row == &x86_row_ud || in.row == &x86_row_fetch ||
           in.row == &x86_row_long ? 0 : in.len;
    if (ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&zydis, NULL, p, n, &z))) {
        theirs = z.length;
    }
    nb_checked++;
    if (ours == theirs || (theirs && foreign_set(&z)) || settled(&in, p)) {
        return theirs ? theirs : 1;
    }
    cs = capstone_len(p, n);
    if (cs != ours) {
        complain(p, &in, ours, theirs, cs, &z);
    } else if (verbose) {
        complain(p, &in, ours, theirs, cs, &z);
        nb_bad--;
    }
    return theirs ? theirs : 1;
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

int main(int argc, char **argv)
{
    unsigned long count = 200000;
    unsigned only = 0;
    int o;

    rnd_state = 1;
    while ((o = getopt(argc, argv, "m:n:s:vt")) != -1) {
        switch (o) {
        case 'm': only = atoi(optarg); break;
        case 'n': count = strtoul(optarg, NULL, 0); break;
        case 's': rnd_state = strtoull(optarg, NULL, 0); break;
        case 'v': verbose = true; break;
        case 't': timing = true; break;
        default: return 2;
        }
    }
    seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned bits = 16; bits <= 64; bits *= 2) {
        if (only && only != bits) {
            continue;
        }
        set_mode(bits);
        for (unsigned long i = 0; i < count; i++) {
            uint8_t p[16];
            random_bytes(p, sizeof(p));
            check(p, 15);
        }
    }
    set_mode(64);
    for (int i = optind; i < argc; i++) {
        check_file(argv[i]);
    }
    printf("%lu instructions compared, %lu differ\n", nb_checked, nb_bad);
    return nb_bad != 0;
}
