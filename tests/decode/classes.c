/* SPDX-License-Identifier: MIT */
/*
 * Known disagreements between our decoder, Zydis and Capstone.  Each was
 * settled by the manuals or on the silicon (docs/decoder-disagreements.md);
 * what fits none of them fails the test.
 */
#include "util/osdep.h"
#include "tests/decode/decode-test.h"

static bool row_is(const Opinion *o, const char *prefix)
{
    return !strncmp(o->in->row->name, prefix, strlen(prefix));
}

/* Instruction sets of Zydis that insn.def has no rows for. */
static bool foreign_set(const ZydisDecodedInstruction *z)
{
    switch (z->meta.isa_set) {
    case ZYDIS_ISA_SET_AMD: case ZYDIS_ISA_SET_AMD3DNOW:
    case ZYDIS_ISA_SET_AMD_INVLPGB: case ZYDIS_ISA_SET_CET:
    case ZYDIS_ISA_SET_ENQCMD: case ZYDIS_ISA_SET_FMA4:
    case ZYDIS_ISA_SET_HRESET: case ZYDIS_ISA_SET_KEYLOCKER:
    case ZYDIS_ISA_SET_KEYLOCKER_WIDE: case ZYDIS_ISA_SET_KNCE:
    case ZYDIS_ISA_SET_KNCJKBR: case ZYDIS_ISA_SET_KNCSTREAM:
    case ZYDIS_ISA_SET_KNCV: case ZYDIS_ISA_SET_KNC_MISC:
    case ZYDIS_ISA_SET_KNC_PF_HINT: case ZYDIS_ISA_SET_LWP:
    case ZYDIS_ISA_SET_MCOMMIT: case ZYDIS_ISA_SET_PADLOCK_ACE:
    case ZYDIS_ISA_SET_PADLOCK_PHE: case ZYDIS_ISA_SET_PADLOCK_PMM:
    case ZYDIS_ISA_SET_PADLOCK_RNG: case ZYDIS_ISA_SET_PCONFIG:
    case ZYDIS_ISA_SET_PT: case ZYDIS_ISA_SET_RDPRU:
    case ZYDIS_ISA_SET_RTM: case ZYDIS_ISA_SET_SGX:
    case ZYDIS_ISA_SET_SGX_ENCLV: case ZYDIS_ISA_SET_SMX:
    case ZYDIS_ISA_SET_SNP: case ZYDIS_ISA_SET_SVM:
    case ZYDIS_ISA_SET_TBM: case ZYDIS_ISA_SET_TDX:
    case ZYDIS_ISA_SET_TSX_LDTRK: case ZYDIS_ISA_SET_UINTR:
    case ZYDIS_ISA_SET_VMFUNC: case ZYDIS_ISA_SET_VTX:
    case ZYDIS_ISA_SET_XOP: case ZYDIS_ISA_SET_XSAVES:
    case ZYDIS_ISA_SET_CLDEMOTE: case ZYDIS_ISA_SET_AMX_BF16:
    case ZYDIS_ISA_SET_AMX_INT8: case ZYDIS_ISA_SET_AMX_TILE:
    case ZYDIS_ISA_SET_AVX512BW_KOP: case ZYDIS_ISA_SET_AVX512DQ_KOP:
    case ZYDIS_ISA_SET_AVX512F_KOP:
        return true;
    default:
        return z->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
               z->encoding != ZYDIS_INSTRUCTION_ENCODING_VEX;
    }
}

/* Sets that this Capstone knows nothing, or little, of. */
static bool unknown_to_capstone(const ZydisDecodedInstruction *z)
{
    switch (z->meta.isa_set) {
    case ZYDIS_ISA_SET_GFNI: case ZYDIS_ISA_SET_AVX_GFNI:
    case ZYDIS_ISA_SET_VAES: case ZYDIS_ISA_SET_VPCLMULQDQ:
    case ZYDIS_ISA_SET_AVX_VNNI: case ZYDIS_ISA_SET_MOVDIR:
    case ZYDIS_ISA_SET_PKU: case ZYDIS_ISA_SET_SERIALIZE:
    case ZYDIS_ISA_SET_WAITPKG: case ZYDIS_ISA_SET_MONITORX:
    case ZYDIS_ISA_SET_CLZERO: case ZYDIS_ISA_SET_INVPCID:
    case ZYDIS_ISA_SET_CET: case ZYDIS_ISA_SET_MPX:
    case ZYDIS_ISA_SET_FAT_NOP: case ZYDIS_ISA_SET_PPRO:
    case ZYDIS_ISA_SET_PREFETCH_NOP: case ZYDIS_ISA_SET_PREFETCHWT1:
    case ZYDIS_ISA_SET_SSE4A: case ZYDIS_ISA_SET_RDPID:
    case ZYDIS_ISA_SET_CLWB:
        return true;
    default:
        return false;
    }
}

/* Legacy prefixes, REX bytes in between passed over. */
static unsigned nb_prefixes(const Opinion *o)
{
    static const char prefixes[] = "\x66\x67\xf2\xf3\xf0\x26\x2e\x36\x3e"
                                   "\x64\x65";
    unsigned n = 0;

    for (unsigned i = 0; i < 14; i++) {
        if (memchr(prefixes, o->bytes[i], sizeof(prefixes) - 1)) {
            n++;
        } else if (o->mode != 64 || (o->bytes[i] & 0xf0) != 0x40) {
            break;
        }
    }
    return n;
}

/* ---- Zydis and we agree -------------------------------------------------- */

static bool capstone_lax(const Opinion *o)
{
    return !o->ours && !o->zydis && o->capstone;
}

static bool capstone_new(const Opinion *o)
{
    return o->ours == o->zydis && o->ours && unknown_to_capstone(o->z);
}

static bool capstone_16(const Opinion *o)
{
    return o->ours == o->zydis && o->ours && o->mode == 16 && !o->capstone;
}

static bool capstone_branch(const Opinion *o)
{
    return o->ours == o->zydis && o->capstone && o->mode == 64 &&
           o->in->p66 && (o->in->row->attr & XA_F64);
}

static bool capstone_prefixes(const Opinion *o)
{
    return o->ours == o->zydis && o->ours && nb_prefixes(o) >= 2;
}

static bool capstone_fence(const Opinion *o)
{
    return o->ours == o->zydis && o->ours && !o->capstone &&
           strstr(o->in->row->name, "FENCE") && (o->in->modrm & 7);
}

static bool capstone_segment(const Opinion *o)
{
    return o->ours == o->zydis && o->ours && !o->capstone &&
           (o->in->opcode & 0xfd) == 0x8c && row_is(o, "MOV") &&
           (o->in->rex & 4);
}

static bool capstone_near(const Opinion *o)
{
    return o->ours == o->zydis && o->mode == 64 && o->capstone &&
           o->bytes[0] == 0x67 && (o->in->rex & 8) &&
           (row_is(o, "RET") || row_is(o, "CALL"));
}

static bool capstone_vex(const Opinion *o)
{
    return o->ours == o->zydis && o->ours && !o->capstone &&
           (row_is(o, "VBROADCASTI128") || row_is(o, "VCMP"));
}

/* ---- we differ ----------------------------------------------------------- */

static bool foreign(const Opinion *o)
{
    return !o->ours && o->zydis && foreign_set(o->z);
}

static bool newer(const Opinion *o)
{
    return o->ours && !o->zydis && !o->capstone &&
           (row_is(o, "VPDP") || row_is(o, "VPMADD52"));
}

static bool segment_register(const Opinion *o)
{
    return o->ours && !o->zydis && !(o->in->row->attr & XA_VEX) &&
           (o->in->opcode & 0xfd) == 0x8c && row_is(o, "MOV");
}

static bool control_register(const Opinion *o)
{
    return o->ours && !o->zydis && !(o->in->row->attr & XA_VEX) &&
           (o->in->opcode & 0xfc) == 0x20 && row_is(o, "MOV");
}

static bool gather_registers(const Opinion *o)
{
    return o->ours && !o->zydis && o->capstone == o->ours &&
           (row_is(o, "VGATHER") || row_is(o, "VPGATHER"));
}

static bool mpx_nop(const Opinion *o)
{
    return o->ours && !o->zydis && row_is(o, "NOP") &&
           (o->in->opcode & 0xfe) == 0x1a;
}

static bool prefetch_register(const Opinion *o)
{
    return !o->ours && o->zydis &&
           o->z->meta.isa_set == ZYDIS_ISA_SET_PREFETCH_NOP;
}

static bool vpinsrd_w1(const Opinion *o)
{
    return !o->ours && o->mode != 64 && o->zydis &&
           (o->z->mnemonic == ZYDIS_MNEMONIC_VPINSRD ||
            o->z->mnemonic == ZYDIS_MNEMONIC_VPEXTRD);
}

const KnownClass known_classes[] = {
    { "foreign-set", foreign },
    { "newer-than-both", newer },
    { "segment-register", segment_register },
    { "control-register", control_register },
    { "gather-registers", gather_registers },
    { "mpx-nop", mpx_nop },
    { "prefetch-register", prefetch_register },
    { "vpinsrd-w1", vpinsrd_w1 },
    { "capstone-lax", capstone_lax },
    { "capstone-branch-66", capstone_branch },
    { "capstone-new", capstone_new },
    { "capstone-16", capstone_16 },
    { "capstone-prefixes", capstone_prefixes },
    { "capstone-fence", capstone_fence },
    { "capstone-segment", capstone_segment },
    { "capstone-near-67", capstone_near },
    { "capstone-vex", capstone_vex },
};
const unsigned nb_known_classes = ARRAY_SIZE(known_classes);

int classify(const Opinion *o)
{
    for (unsigned i = 0; i < nb_known_classes; i++) {
        if (known_classes[i].fits(o)) {
            return i;
        }
    }
    return -1;
}
