/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that a program makes: thread-local storage in three GDT entries
 * (32-bit guests), and the LDT, which both kinds of guest have.
 * Source: set_thread_area(2), modify_ldt(2), asm/ldt.h.
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/handlers.h"
#include "linux-user/signal.h"
#include "linux-user/mm.h"
#include "target-i386/seg.h"

#define TLS_FIRST       12
#define TLS_NB          3

typedef struct UserDesc {
    uint32_t entry, base, limit;
    uint32_t flags;     /* seg_32bit 0, contents 1-2, read_exec_only 3,
                           limit_in_pages 4, seg_not_present 5, useable 6 */
} UserDesc;

enum { UD_32BIT = 1, UD_CONTENTS_SHIFT = 1, UD_RX_ONLY = 8, UD_PAGES = 16,
       UD_ABSENT = 32, UD_USEABLE = 64 };

static bool ldt_empty(const UserDesc *d)
{
    return !d->base && !d->limit &&
           (d->flags & 0x7f) == (UD_RX_ONLY | UD_ABSENT);
}

static bool desc_empty(const UserDesc *d)
{
    return (!d->base && !d->limit && !d->flags) || ldt_empty(d);
}

static bool desc_ok(const UserDesc *d)
{
    unsigned contents = d->flags >> UD_CONTENTS_SHIFT & 3;

    /* 32-bit data segments; the kernel refuses code and 16-bit ones. */
    return desc_empty(d) ||
           ((d->flags & UD_32BIT) && contents <= 1 && !(d->flags & UD_ABSENT));
}

/* The kernel makes only segments of the user's, never 64-bit code. */
static void desc_fill(SegmentCache *s, const UserDesc *d)
{
    uint32_t limit = d->limit & 0xfffff;

    *s = (SegmentCache) {
        .base = d->base,
        .limit = d->flags & UD_PAGES ? limit << 12 | 0xfff : limit,
        .flags = DESC_A | DESC_S | 3 << DESC_DPL_SHIFT |
                 (d->flags & UD_RX_ONLY ? 0 : DESC_RW) |
                 (d->flags >> UD_CONTENTS_SHIFT & 3) * DESC_CE |
                 (d->flags & UD_ABSENT ? 0 : DESC_P) |
                 (d->flags & UD_32BIT ? DESC_DB : 0) |
                 (d->flags & UD_PAGES ? DESC_G : 0) |
                 (d->flags & UD_USEABLE ? DESC_AVL : 0) |
                 (limit & 0xf0000),
    };
}

static void desc_put(SegmentCache *s, const UserDesc *d)
{
    if (desc_empty(d)) {
        *s = (SegmentCache) { 0 };
        return;
    }
    desc_fill(s, d);
}

/* Segment registers that hold what may have changed see it at once, as at the
 * next return from the kernel.  0, or what that return raises. */
static unsigned reload_segments(CPUX86State *env)
{
    uint64_t ip = x86_eip(env);

    for (unsigned i = 0; i < 6; i++) {
        unsigned sel = env->segs[i].selector;
        if (i != R_CS && i != R_SS && (sel >> 3 >= TLS_FIRST || (sel & 4)) &&
            x86_user_segment(env, i, sel, &env->segs[i])) {
            env->segs[i] = (SegmentCache) { 0 };
        }
    }
    return x86_user_return(env, env->segs[R_CS].selector,
                           env->segs[R_SS].selector, ip);
}

int64_t sys32_set_thread_area(CPUX86State *env, const uint64_t a[6])
{
    UserDesc d;

    if (copy_from_guest(&d, a[0], sizeof(d))) {
        return -EFAULT;
    }
    if (!desc_ok(&d)) {
        return -EINVAL;
    }
    if (d.entry == UINT32_MAX) {
        uint32_t i = 0;
        while (i < TLS_NB && env->tls[i].flags) {
            i++;
        }
        if (i == TLS_NB) {
            return -ESRCH;
        }
        d.entry = TLS_FIRST + i;
        if (copy_to_guest(a[0], &d.entry, 4)) {
            return -EFAULT;
        }
    }
    if (d.entry - TLS_FIRST >= TLS_NB) {
        return -EINVAL;
    }
    desc_put(&env->tls[d.entry - TLS_FIRST], &d);
    reload_segments(env);
    return 0;
}

int64_t sys32_get_thread_area(CPUX86State *env, const uint64_t a[6])
{
    const SegmentCache *s;
    UserDesc d = { 0 };

    if (copy_from_guest(&d.entry, a[0], 4)) {
        return -EFAULT;
    }
    if (d.entry - TLS_FIRST >= TLS_NB) {
        return -EINVAL;
    }
    s = &env->tls[d.entry - TLS_FIRST];
    d.base = s->base;
    d.limit = s->flags & 0x00800000 ? s->limit >> 12 : s->limit;
    d.flags = !s->flags ? UD_RX_ONLY | UD_ABSENT
            : (s->flags & 0x00400000 ? UD_32BIT : 0) |
              (s->flags & 0x400 ? 1 << UD_CONTENTS_SHIFT : 0) |
              (s->flags & 0x200 ? 0 : UD_RX_ONLY) |
              (s->flags & 0x00800000 ? UD_PAGES : 0) |
              (s->flags & 0x00100000 ? UD_USEABLE : 0);
    return copy_to_guest(a[0], &d, sizeof(d));
}

int clone32_check_tls(uint64_t tls)
{
    UserDesc d;

    if (copy_from_guest(&d, tls, sizeof(d))) {
        return -EFAULT;
    }
    return desc_ok(&d) && d.entry - TLS_FIRST < TLS_NB ? 0 : -EINVAL;
}

void clone32_set_tls(CPUX86State *env, uint64_t tls)
{
    UserDesc d;

    if (copy_from_guest(&d, tls, sizeof(d)) == 0 &&
        d.entry - TLS_FIRST < TLS_NB && desc_ok(&d)) {
        desc_put(&env->tls[d.entry - TLS_FIRST], &d);
        reload_segments(env);
    }
}

/* ---- LDT ----------------------------------------------------------------- */

static void ldt_write(unsigned index, uint64_t desc)
{
    unsigned n = __atomic_load_n(&x86_user_ldt_count, __ATOMIC_RELAXED);

    __atomic_store_n(&x86_user_ldt[index], desc, __ATOMIC_RELAXED);
    while (n <= index &&
           !__atomic_compare_exchange_n(&x86_user_ldt_count, &n, index + 1,
                                        false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {
        /* another thread made it longer */
    }
}

static int64_t ldt_get(uint64_t to, uint64_t size)
{
    uint64_t have = x86_user_ldt_count * 8;

    if (!have) {
        return 0;
    }
    size = MIN(size, sizeof(x86_user_ldt));
    return copy_to_guest(to, x86_user_ldt, size) ? -EFAULT : (int64_t)size;
}

/* The table a process starts with: empty. */
static int64_t ldt_get_default(uint64_t to, uint64_t size)
{
    static const uint8_t zero[128];

    size = MIN(size, sizeof(zero));
    return copy_to_guest(to, zero, size) ? -EFAULT : (int64_t)size;
}

static int64_t ldt_set(CPUX86State *env, uint64_t from, uint64_t size,
                       bool old)
{
    SegmentCache s;
    UserDesc d;
    unsigned vector;
    uint64_t desc = 0;

    if (size != sizeof(d)) {
        return -EINVAL;
    }
    if (copy_from_guest(&d, from, sizeof(d))) {
        return -EFAULT;
    }
    if (d.entry >= X86_LDT_MAX ||
        ((d.flags >> UD_CONTENTS_SHIFT & 3) == 3 &&
         (old || !(d.flags & UD_ABSENT)))) {
        return -EINVAL;
    }
    if (!(old && !d.base && !d.limit) && !ldt_empty(&d)) {
        desc_fill(&s, &d);
        s.flags &= old ? ~(uint32_t)DESC_AVL : ~0u;
        desc = x86_seg_pack(&s);
    }
    ldt_write(d.entry, desc);
    vector = reload_segments(env);
    if (vector) {
        env->regs[R_EAX] = 0;
        signal_exception(env, vector);
        return -QEMU_ESIGRETURN;
    }
    return 0;
}

static int64_t modify_ldt(CPUX86State *env, const uint64_t a[6])
{
    switch ((int)a[0]) {
    case 0:
        return ldt_get(a[1], a[2]);
    case 1:
        return ldt_set(env, a[1], a[2], true);
    case 2:
        return ldt_get_default(a[1], a[2]);
    case 0x11:
        return ldt_set(env, a[1], a[2], false);
    default:
        return -ENOSYS;
    }
}

/* The kernel's result is an int that is not sign-extended. */
int64_t sys_modify_ldt(CPUX86State *env, const uint64_t a[6])
{
    int64_t ret = modify_ldt(env, a);

    return ret == -QEMU_ESIGRETURN ? ret : (uint32_t)ret;
}
