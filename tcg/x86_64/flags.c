/* SPDX-License-Identifier: MIT */
/*
 * Where the guest's arithmetic flags are: in EFLAGS (fl_h), at their home in
 * the env (fl_m), or both.  Saving is LAHF, SETO, store; none of them changes
 * EFLAGS.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

/* Live flags are spread over both places: merge into the home. */
static void save_merged(X86Jit *j, unsigned host)
{
    uint32_t mask = tcg_flags_home(host);

    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    o8(j, 0x9f);                                    /* lahf */
    out_op(j, 0x90 | CC_O | X_0F | X_BM, 0, R(RAX)); /* seto al */
    out_op(j, 0x81, 4, R(RAX));                     /* and eax, mask */
    o32(j, mask);
    out_op(j, 0x81, 4, ENV(flags));
    o32(j, ~mask);
    out_op(j, 0x09, RAX, ENV(flags));               /* or [flags], eax */
    ra_untmp(&j->ra, RC_INT, RAX);
    j->fl_m |= host;
    j->fl_h = 0;
}

void fl_save(X86Jit *j, unsigned live)
{
    fl_save_for(j, live, live);
}

void fl_save_for(X86Jit *j, unsigned want, unsigned live)
{
    unsigned host = j->fl_h & ~j->fl_m;

    live |= want;
    if (!(want & host)) {
        return;
    }
    if (live & ~j->fl_h & j->fl_m) {
        save_merged(j, host);
        return;
    }
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    o8(j, 0x9f);                                    /* lahf */
    /* Even if OF is not wanted: bits 1 to 7 of the home must stay zero. */
    out_op(j, 0x90 | CC_O | X_0F | X_BM, 0, R(RAX)); /* seto al */
    out_op(j, 0x89, RAX, ENV(flags));
    ra_untmp(&j->ra, RC_INT, RAX);
    j->fl_m = j->fl_h;
}

void fl_load(X86Jit *j, unsigned mask)
{
    if (!(mask & ~j->fl_h)) {
        return;
    }
    /* What only EFLAGS has must not be lost. */
    fl_save(j, FL_ALL);
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    out_op(j, 0x8b, RAX, ENV(flags));
    if ((j->fl_m & FL_O) && (mask & FL_O)) {
        o8(j, 0x04);                                /* add al, 0x7f */
        o8(j, 0x7f);
        o8(j, 0x9e);                                /* sahf */
        j->fl_h = j->fl_m;
    } else {
        o8(j, 0x9e);
        j->fl_h = j->fl_m & ~FL_O;
    }
    ra_untmp(&j->ra, RC_INT, RAX);
}

void fl_begin(X86Jit *j, const TCGOp *op, unsigned clob)
{
    unsigned keep = op->fl_live & ~op->fl_def;
    unsigned need = op->fl_use;

    if (op->fl_def) {
        need |= keep & ~clob;
    }
    if (need & ~j->fl_h) {
        /* Those only at home come in; those the op destroys go out first. */
        fl_save(j, op->fl_live | op->fl_use);
        fl_load(j, need | (keep & ~clob));
    }
    if (keep & clob & j->fl_h & ~j->fl_m) {
        fl_save(j, op->fl_live | op->fl_use);
        fl_load(j, need);       /* merging costs EFLAGS */
    }
}

void fl_end(X86Jit *j, const TCGOp *op, unsigned clob)
{
    j->fl_h = (j->fl_h & ~clob) | op->fl_def;
    j->fl_m &= ~op->fl_def;
}
