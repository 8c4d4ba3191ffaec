/* SPDX-License-Identifier: MIT */
/*
 * Readable text of IR ops, for -d op and op_opt:
 *
 *    opcode.size outs = ins, [address], extras   {flags def/use/live} dead
 *
 * Flags are letters C P A Z S O; `d:` defined, `u:` used, `l:` live after.
 */
#include "util/osdep.h"

#include "tcg/tcg-int.h"

static const char cc_names[16][4] = {
    "o", "no", "c", "nc", "z", "nz", "be", "a",
    "s", "ns", "p", "np", "l", "ge", "le", "g",
};

static const char cond_names[10][4] = {
    "eq", "ne", "lt", "ge", "le", "gt", "ltu", "geu", "leu", "gtu",
};

static const char rmw_names[14][4] = {
    "add", "or", "adc", "sbb", "and", "sub", "xor", "inc", "dec", "neg",
    "not", "bts", "btr", "btc",
};

static const struct { uint16_t bit; const char *name; } attr_names[] = {
    { OPA_ZU, "zu" }, { OPA_ALIGN, "align" }, { OPA_LOCK, "lock" },
    { OPA_SCALAR, "scalar" }, { OPA_NT, "nt" }, { OPA_SIG, "sig" },
    { OPA_TRUNC, "trunc" }, { OPA_EXPL, "expl" }, { OPA_W, "w" },
    { OPA_FUSED, "fused" },
};

static void dump_ref(TCGContext *s, FILE *f, TCGRef r)
{
    const TCGTemp *t = &s->temps[r];

    if (r == TCG_NONE) {
        fputs("-", f);
        return;
    }
    switch (t->kind) {
    case TEMP_GLOBAL:
        fputs(t->name, f);
        break;
    case TEMP_CONST:
        fprintf(f, "$0x%" PRIx64, t->val);
        break;
    case TEMP_EBB:
        fprintf(f, "%s%u", t->type == TCG_I64 ? "t" : "v",
                r - s->nb_globals);
        break;
    case TEMP_LOCAL:
        fprintf(f, "loc%u", r - s->nb_globals);
        break;
    }
}

static void dump_mem(TCGContext *s, FILE *f, const TCGMem *m)
{
    const char *sep = "";

    fputc('[', f);
    if (m->base != TCG_NONE) {
        dump_ref(s, f, m->base);
        sep = " + ";
    }
    if (m->index != TCG_NONE) {
        fputs(sep, f);
        dump_ref(s, f, m->index);
        fprintf(f, "*%d", 1 << (m->scale & 3));
        sep = " + ";
    }
    if (m->disp || !*sep) {
        int64_t d = m->disp;

        fprintf(f, "%s0x%" PRIx64, !*sep ? "" : d < 0 ? " - " : sep,
                (uint64_t)(d < 0 && *sep ? -d : d));
    }
    fputc(']', f);
}

static void dump_flags(FILE *f, const char *what, unsigned fl)
{
    static const char letters[] = "CPAZSO";
    unsigned i;

    if (fl) {
        fprintf(f, " %s:", what);
        for (i = 0; i < 6; i++) {
            if (fl & (1u << i)) {
                fputc(letters[i], f);
            }
        }
    }
}

static void dump_name(const TCGOp *op, const TCGOpDef *d, FILE *f)
{
    GString *n = g_string_new(d->name);

    if (op->opc == TCG_rmw && op->imm < ARRAY_SIZE(rmw_names)) {
        g_string_append_printf(n, "_%s", rmw_names[op->imm]);
    }
    if (d->props & P_VEC) {
        g_string_append_printf(n, ".%s.%u",
                               op->vt == TCG_V256 ? "256" : "128",
                               8u << op->sz);
    } else if (*d->outs || *d->ins) {
        g_string_append_printf(n, ".%u", 8u << op->sz);
    }
    if (d->props & P_CC) {
        g_string_append_printf(n, ".%s", cc_names[op->cond & 15]);
    } else if ((d->props & P_COND) && op->cond < ARRAY_SIZE(cond_names)) {
        g_string_append_printf(n, ".%s", cond_names[op->cond]);
    }
    fprintf(f, "    %-14s ", n->str);
    g_string_free(n, TRUE);
}

static void dump_operands(TCGContext *s, const TCGOp *op, const TCGOpDef *d,
                          FILE *f)
{
    unsigned i, nb_out = d->nb_out, nb_in = d->nb_in;
    const char *sep = "";

    if (op->opc == TCG_call) {
        nb_out = op->out[0] != TCG_NONE;
        nb_in = op->helper->nb_args;
    }
    for (i = 0; i < nb_out; i++, sep = ", ") {
        fputs(sep, f);
        dump_ref(s, f, op->out[i]);
    }
    sep = nb_out ? " = " : "";
    if (op->opc == TCG_call) {
        fprintf(f, "%s%s", sep, op->helper->name);
        sep = " ";
    }
    for (i = 0; i < nb_in; i++, sep = ", ") {
        fputs(sep, f);
        dump_ref(s, f, op->in[i]);
    }
    if (d->props & P_MEM) {
        fputs(sep, f);
        dump_mem(s, f, &op->mem);
        sep = ", ";
    }
    if ((d->props & P_IMM) && op->opc != TCG_rmw) {
        fprintf(f, "%s#0x%" PRIx64, sep, op->imm);
        sep = ", ";
    }
    if (op->opc == TCG_call_pc || op->opc == TCG_call_ind ||
        op->opc == TCG_exit) {
        fprintf(f, "%s#0x%" PRIx64, sep, op->imm2);
    }
    if (d->props & P_LABEL) {
        fprintf(f, "%sL%u", sep, op->label->id);
    }
}

static void dump_op(TCGContext *s, const TCGOp *op, FILE *f)
{
    const TCGOpDef *d = &tcg_op_defs[op->opc];
    unsigned i;

    if (op->opc == TCG_insn_start) {
        fprintf(f, "\n  ---- %016" PRIx64 "\n", op->imm);
        return;
    }
    if (op->opc == TCG_label) {
        fprintf(f, "  L%u:\n", op->label->id);
        return;
    }
    dump_name(op, d, f);
    dump_operands(s, op, d, f);
    for (i = 0; i < ARRAY_SIZE(attr_names); i++) {
        if (op->attr & attr_names[i].bit) {
            fprintf(f, " .%s", attr_names[i].name);
        }
    }
    if (op->fl_def | op->fl_use | op->fl_live) {
        fputs("  {", f);
        dump_flags(f, "d", op->fl_def);
        dump_flags(f, "u", op->fl_use);
        dump_flags(f, "l", op->fl_live);
        fputs(" }", f);
    }
    if (op->dead) {
        fputs("  dead:", f);
        for (i = 0; i < 11; i++) {
            if (op->dead & (1u << i)) {
                fprintf(f, " %s%u", i < 6 ? "in" : i < 8 ? "mem" : "out",
                        i < 6 ? i : i < 8 ? i - 6 : i - 8);
            }
        }
    }
    fputc('\n', f);
}

void tcg_dump_ops(TCGContext *s, FILE *f)
{
    unsigned i;

    for (i = 0; i < s->nb_ops; i++) {
        dump_op(s, &s->ops[i], f);
    }
    fputc('\n', f);
}
