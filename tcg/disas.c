/* SPDX-License-Identifier: MIT */
/*
 * Disassembly for -d in_asm and out_asm.  Bytes Capstone does not know are
 * printed as data, one at a time (guest: the whole instruction, whose length
 * the decoder knows).
 */
#include "util/osdep.h"

#include <capstone/capstone.h>

#include "tcg/backend.h"
#include "tcg/disas.h"

static void print_bytes(FILE *f, const uint8_t *b, unsigned len,
                        unsigned width)
{
    unsigned i;

    for (i = 0; i < len; i++) {
        fprintf(f, "%02x ", b[i]);
    }
    fprintf(f, "%*s", (int)(i < width ? 3 * (width - i) : 0), "");
}

static bool open_capstone(int arch, int mode, csh *h)
{
    if (arch < 0 || cs_open(arch, mode, h) != CS_ERR_OK) {
        return false;
    }
    if (arch == CS_ARCH_X86) {
        cs_option(*h, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    }
    return true;
}

void disas_guest(FILE *f, TCGContext *s, uint64_t pc, unsigned len)
{
    size_t avail = 0;
    const uint8_t *code = tcg_code_hooks.fetch(s, pc, &avail);
    cs_insn *insn;
    csh h;

    fprintf(f, "0x%08" PRIx64 ":  ", pc);
    if (!code || avail < len || !len) {
        fputs("(not readable)\n", f);
        return;
    }
    if (tcg_frontend->disas) {
        tcg_frontend->disas(f, pc, code, len);
        return;
    }
    print_bytes(f, code, len, 8);
    if (!open_capstone(tcg_frontend->cs_arch, tcg_frontend->cs_mode ?
                       tcg_frontend->cs_mode(s->mode) : 0, &h)) {
        fputc('\n', f);
        return;
    }
    if (cs_disasm(h, code, len, pc, 1, &insn)) {
        fprintf(f, " %-8s %s\n", insn->mnemonic, insn->op_str);
        cs_free(insn, 1);
    } else {
        fputs(" .byte\n", f);
    }
    cs_close(&h);
}

void disas_host(FILE *f, const uint8_t *code, size_t size)
{
    uint64_t addr = (uintptr_t)code;
    cs_insn *insn;
    csh h;

    if (!open_capstone(tcg_backend->cs_arch, tcg_backend->cs_mode, &h)) {
        fputs("(no disassembler for this back end)\n", f);
        return;
    }
    insn = cs_malloc(h);
    while (size) {
        if (cs_disasm_iter(h, &code, &size, &addr, insn)) {
            fprintf(f, "0x%08" PRIx64 ":  ", insn->address);
            print_bytes(f, insn->bytes, insn->size, 8);
            fprintf(f, " %-8s %s\n", insn->mnemonic, insn->op_str);
        } else {
            fprintf(f, "0x%08" PRIx64 ":  .byte 0x%02x\n", addr, *code);
            code++;
            addr++;
            size--;
        }
    }
    cs_free(insn, 1);
    cs_close(&h);
}
