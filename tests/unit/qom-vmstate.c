/* SPDX-License-Identifier: MIT */
/* State descriptions: round trips, versions, streams that lie. */
#include "util/osdep.h"
#include "hw/core/vmstate.h"
#include "system/timer.h"

#include <criterion/criterion.h>

typedef struct Inner {
    uint16_t a;
    bool b;
} Inner;

typedef struct Outer {
    uint8_t u8;
    uint32_t u32;
    int64_t i64;
    uint32_t count;
    uint16_t list[8];
    uint8_t raw[5];
    Inner inner;
    Inner several[3];
    uint32_t late;              /* since version 2 */
    uint32_t extra;             /* in a subsection */
    bool has_extra;
    Timer timer;
    int loads;
} Outer;

static const VMStateDescription vmstate_inner = {
    .name = "inner",
    .fields = (const VMStateField[]){
        VMSTATE_UINT16(a, Inner),
        VMSTATE_BOOL(b, Inner),
        VMSTATE_END
    },
};

static bool extra_needed(void *opaque)
{
    return ((Outer *)opaque)->has_extra;
}

static const VMStateDescription vmstate_extra = {
    .name = "outer/extra",
    .version_id = 1,
    .needed = extra_needed,
    .fields = (const VMStateField[]){
        VMSTATE_UINT32(extra, Outer),
        VMSTATE_END
    },
};

static bool outer_post_load(void *opaque, int version, GError **errp)
{
    ((Outer *)opaque)->loads += version;
    return true;
}

#define OUTER_FIELDS                                                  \
        VMSTATE_UINT8(u8, Outer),                                     \
        VMSTATE_UINT32(u32, Outer),                                   \
        VMSTATE_INT64(i64, Outer),                                    \
        VMSTATE_UINT32(count, Outer),                                 \
        VMSTATE_UINT_VARRAY(list, Outer, count, 8),                   \
        VMSTATE_BUFFER(raw, Outer),                                   \
        VMSTATE_STRUCT(inner, Outer, vmstate_inner, Inner),           \
        VMSTATE_STRUCT_ARRAY(several, Outer, 3, vmstate_inner, Inner), \
        VMSTATE_TIMER(timer, Outer)

static const VMStateDescription vmstate_outer = {
    .name = "outer",
    .version_id = 2,
    .minimum_version_id = 1,
    .post_load = outer_post_load,
    .fields = (const VMStateField[]){
        OUTER_FIELDS,
        VMSTATE_UINT32_V(late, Outer, 2),
        VMSTATE_END
    },
    .subsections =
        (const VMStateDescription *const[]){ &vmstate_extra, NULL },
};

static const VMStateDescription vmstate_old = {
    .name = "outer",
    .version_id = 1,
    .fields = (const VMStateField[]){ OUTER_FIELDS, VMSTATE_END },
};

static Outer from, to;
static GByteArray *out;

static void setup(void)
{
    virtual_clock_set_manual(true);
    timer_init_ns(&from.timer, CLOCK_TYPE_VIRTUAL, NULL, NULL);
    timer_init_ns(&to.timer, CLOCK_TYPE_VIRTUAL, NULL, NULL);
    from.u8 = 1;
    from.u32 = 0x12345678;
    from.i64 = -2;
    from.count = 3;
    from.list[2] = 77;
    from.raw[4] = 9;
    from.inner = (Inner){ 5, true };
    from.several[2].a = 6;
    from.late = 10;
    from.extra = 11;
    timer_mod_ns(&from.timer, INT64_MAX - 1);
    to.late = 99;
    to.extra = 98;
    out = g_byte_array_new();
}

TestSuite(qom_vmstate, .init = setup);

static bool load(size_t len)
{
    VMReader in = { out->data, len, 0 };
    GError *err = NULL;
    bool ok = vmstate_load(&in, &vmstate_outer, &to, &err);

    cr_assert_neq(ok, err != NULL);
    g_clear_error(&err);
    return ok && in.at == len;
}

Test(qom_vmstate, round_trip)
{
    cr_assert(vmstate_save(out, &vmstate_outer, &from, NULL));
    cr_assert(load(out->len));
    cr_assert_eq(to.u32, 0x12345678);
    cr_assert_eq(to.i64, -2);
    cr_assert_eq(to.list[2], 77);
    cr_assert_eq(to.raw[4], 9);
    cr_assert(to.inner.b);
    cr_assert_eq(to.several[2].a, 6);
    cr_assert_eq(to.late, 10);
    cr_assert_eq(to.extra, 98);
    cr_assert_eq(to.loads, 2);
    cr_assert_eq(timer_expire_time_ns(&to.timer), INT64_MAX - 1);
    from.has_extra = true;
    g_byte_array_set_size(out, 0);
    cr_assert(vmstate_save(out, &vmstate_outer, &from, NULL));
    cr_assert(load(out->len));
    cr_assert_eq(to.extra, 11);
}

Test(qom_vmstate, older_version)
{
    cr_assert(vmstate_save(out, &vmstate_old, &from, NULL));
    cr_assert(load(out->len));
    cr_assert_eq(to.late, 99);
    cr_assert_eq(to.loads, 1);
}

Test(qom_vmstate, damaged_streams)
{
    from.has_extra = true;
    cr_assert(vmstate_save(out, &vmstate_outer, &from, NULL));
    for (size_t len = 0; len < out->len; len++) {
        cr_assert_not(load(len), "cut to %zu", len);
    }
    for (size_t i = 0; i < out->len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            out->data[i] ^= 1 << bit;
            load(out->len);         /* any answer, but no crash */
            out->data[i] ^= 1 << bit;
        }
    }
    from.count = 9;
    g_byte_array_set_size(out, 0);
    cr_assert_not(vmstate_save(out, &vmstate_outer, &from, NULL));
}

Test(qom_vmstate, whole_machine)
{
    Outer second = { .u8 = 42 };
    GError *err = NULL;

    timer_init_ns(&second.timer, CLOCK_TYPE_VIRTUAL, NULL, NULL);
    vmstate_register("/a", &vmstate_outer, &from);
    vmstate_register("/b", &vmstate_outer, &second);
    cr_assert(vmstate_save_all(out, &err));
    from.u8 = second.u8 = 0;
    cr_assert(vmstate_load_all(out->data, out->len, &err));
    cr_assert_eq(from.u8, 1);
    cr_assert_eq(second.u8, 42);
    vmstate_unregister(&vmstate_outer, &second);
    cr_assert_not(vmstate_load_all(out->data, out->len, &err));
    cr_assert_not_null(strstr(err->message, "/b"));
    g_clear_error(&err);
    cr_assert_not(vmstate_load_all(out->data, 3, NULL));
    vmstate_unregister(&vmstate_outer, &from);
}
