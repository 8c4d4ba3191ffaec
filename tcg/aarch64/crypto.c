/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of the AES, carry-less multiplication, SHA and CRC ops.  The Arm
 * instructions cut AES rounds elsewhere (the key is added first) and keep SHA
 * words in the opposite order.  Without the extension an op takes the
 * reference.  Sources: Arm ARM C7.2, Intel SDM vol. 2, FIPS 180-4.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- AES ----------------------------------------------------------------------- */

/* With a key of zero AESE is ShiftRows and SubBytes; x86's key comes last. */
static void lanes_aes(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                      unsigned a, unsigned b)
{
    bool dec = op->opc == TCG_vaesdec || op->opc == TCG_vaesdeclast;

    out_vzero(j, V5);
    out_vmov(j, V4, a);
    out_vv(j, dec ? 0x4e285800 : 0x4e284800, V4, V5);   /* aesd, aese */
    if (op->opc == TCG_vaesenc || op->opc == TCG_vaesdec) {
        out_vv(j, dec ? 0x4e287800 : 0x4e286800, V4, V4);
    }
    out_vvv(j, 0x6e201c00, d, V4, b);                   /* eor */
}

void lower_aes(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_aes);
}

static void lanes_aesimc(A64Jit *j, const TCGOp *op, const A64Op *x,
                         unsigned d, unsigned a, unsigned b)
{
    out_vv(j, 0x4e287800, d, a);
}

void lower_aesimc(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_aesimc);
}

/* Byte 4 * word + row of SubBytes stands here behind ShiftRows. */
static unsigned shifted(unsigned word, unsigned row)
{
    return row + 4 * ((word - row) & 3);
}

static void lanes_aeskeygen(A64Jit *j, const TCGOp *op, const A64Op *x,
                            unsigned d, unsigned a, unsigned b)
{
    A64Table t, rcon = { { 0 } };

    for (unsigned i = 0; i < 16; i++) {
        unsigned word = i < 8 ? 1 : 3, row = i & 3;

        t.b[i] = shifted(word, i & 4 ? (row + 1) & 3 : row);
    }
    rcon.b[4] = rcon.b[12] = op->imm;
    out_vzero(j, V5);
    out_vmov(j, V4, a);
    out_vv(j, 0x4e284800, V4, V5);
    out_table(j, V5, &t);
    out_vvv(j, 0x4e000000, d, V4, V5);                  /* tbl */
    if (op->imm & 0xff) {
        out_table(j, V5, &rcon);
        out_vvv(j, 0x6e201c00, d, d, V5);
    }
}

void lower_aeskeygen(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_aeskeygen);
}

/* PMULL takes both low halves, PMULL2 both high ones. */
static void lanes_pclmul(A64Jit *j, const TCGOp *op, const A64Op *x,
                         unsigned d, unsigned a, unsigned b)
{
    bool ha = op->imm & 1, hb = op->imm & 16;

    if (ha != hb) {
        if (ha) {
            out_ext(j, V4, a, a, 8);
            a = V4;
        } else {
            out_ext(j, V4, b, b, 8);
            b = V4;
        }
    }
    out_vvv(j, ha && hb ? 0x4ee0e000 : 0x0ee0e000, d, a, b);
}

void lower_pclmul(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_pclmul);
}

/* ---- SHA-1; 128 bits only, so that V6 and V7 are free, too --------------------- */

/* d = the words of a in the opposite order. */
static void out_rev_words(A64Jit *j, unsigned d, unsigned a)
{
    out_vv(j, 0x4ea00800, d, a);                        /* rev64 4s */
    out_ext(j, d, d, d, 8);
}

/* d = each word of a rotated left by n. */
static void out_rol_words(A64Jit *j, unsigned d, unsigned a, unsigned n)
{
    out_vv(j, 0x4f005400 | (32 + n) << 16, d, a);       /* shl 4s */
    out_vv(j, 0x6f004400 | (32 + n) << 16, d, a);       /* sri 4s */
}

static void lanes_sha1rnds4(A64Jit *j, const TCGOp *op, const A64Op *x,
                            unsigned d, unsigned a, unsigned b)
{
    static const uint32_t k[4] = {
        0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6,
    };
    unsigned f = op->imm & 3;

    out_rev_words(j, V4, a);
    out_rev_words(j, V5, b);
    out_movi(j, T0, k[f]);
    out_vv(j, 0x4e040c00, V6, T0);                      /* dup 4s */
    out_vvv(j, 0x4ea08400, V5, V5, V6);
    out_vzero(j, V6);           /* the first word has E added already */
    out_vvv(j, f == 0 ? 0x5e000000 : f == 2 ? 0x5e002000 : 0x5e001000,
            V4, V6, V5);                                /* sha1c, m, p */
    out_rev_words(j, d, V4);
}

void lower_sha1rnds4(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sha1rnds4);
}

static void lanes_sha1nexte(A64Jit *j, const TCGOp *op, const A64Op *x,
                            unsigned d, unsigned a, unsigned b)
{
    out_rol_words(j, V4, a, 30);
    out_vzero(j, V5);
    out_ins(j, MO_32, V5, 3, V4, 3);
    out_vvv(j, 0x4ea08400, d, b, V5);
}

void lower_sha1nexte(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sha1nexte);
}

static void lanes_sha1msg1(A64Jit *j, const TCGOp *op, const A64Op *x,
                           unsigned d, unsigned a, unsigned b)
{
    out_ext(j, V4, b, a, 8);
    out_vvv(j, 0x6e201c00, d, a, V4);
}

void lower_sha1msg1(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sha1msg1);
}

/* The lowest word depends on the highest of the result. */
static void lanes_sha1msg2(A64Jit *j, const TCGOp *op, const A64Op *x,
                           unsigned d, unsigned a, unsigned b)
{
    out_vzero(j, V6);
    out_ext(j, V4, V6, b, 12);                          /* 0 b0 b1 b2 */
    out_vvv(j, 0x6e201c00, V4, V4, a);
    out_rol_words(j, V5, V4, 1);
    out_rol_words(j, V4, V5, 1);
    out_ext(j, V4, V4, V6, 12);                         /* v3 0 0 0 */
    out_vvv(j, 0x6e201c00, d, V5, V4);
}

void lower_sha1msg2(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sha1msg2);
}

/* ---- SHA-256 --------------------------------------------------------------------- */

/* Arm does four rounds: those behind the second find anything as their words,
 * and what the first two made is in the upper halves then. */
void lower_sha256rnds2(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned c = vin(j, op->in[2]), d = vout(j, op->out[0]);

    out_vv(j, 0x4ea00800, V4, b);                       /* rev64 4s: fe, ba */
    out_vv(j, 0x4ea00800, V5, a);                       /* hg, dc */
    out_vvv(j, 0x4ec07800, V6, V4, V5);                 /* zip2 2d: abcd */
    out_vvv(j, 0x4ec03800, V7, V4, V5);                 /* zip1 2d: efgh */
    out_vmov(j, V4, V6);
    out_vvv(j, 0x5e004000, V6, V7, c);                  /* sha256h */
    out_vvv(j, 0x5e005000, V7, V4, c);                  /* sha256h2 */
    out_vvv(j, 0x4ec07800, V4, V7, V6);
    out_vv(j, 0x4ea00800, d, V4);
    vout_done(j, op, op->out[0], d);
}

static void lanes_sha256msg1(A64Jit *j, const TCGOp *op, const A64Op *x,
                             unsigned d, unsigned a, unsigned b)
{
    out_vmov(j, V4, a);
    out_vv(j, 0x5e282800, V4, b);                       /* sha256su0 */
    out_vmov(j, d, V4);
}

void lower_sha256msg1(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sha256msg1);
}

/* SHA256SU1 adds words 1 to 4 of V5:V6 as well: let them be zero. */
static void lanes_sha256msg2(A64Jit *j, const TCGOp *op, const A64Op *x,
                             unsigned d, unsigned a, unsigned b)
{
    out_vzero(j, V6);
    out_vmov(j, V5, b);
    out_ins(j, MO_32, V5, 0, V6, 0);
    out_vmov(j, V4, a);
    out_vvv(j, 0x5e006000, V4, V6, V5);
    out_vmov(j, d, V4);
}

void lower_sha256msg2(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sha256msg2);
}

/* ---- CRC-32C ---------------------------------------------------------------------- */

void lower_crc32(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = inz(j, op->in[0]), b = inz(j, op->in[1]);
    unsigned rd = out_reg(j, op->out[0]);

    out_rrr(j, 0x1ac05000 | op->sz << 10, op->sz == MO_64, rd, a, b);
    out_done(j, op->out[0], rd);
}
