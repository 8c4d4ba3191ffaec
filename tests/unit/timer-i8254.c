/* SPDX-License-Identifier: MIT */
/* The 8254 through its ports, with the virtual clock stepped by hand. */
#include "util/osdep.h"
#include "hw/timer/i8254.h"
#include "system/memory.h"
#include "system/timer.h"

#include <criterion/criterion.h>

static DeviceState *pit;
static int level, rises;
static int64_t edges;

static void out(unsigned port, unsigned v)
{
    address_space_stb(&address_space_io, port, v, MEMTXATTRS_UNSPECIFIED,
                      NULL);
}

static unsigned in(unsigned port)
{
    return address_space_ldub(&address_space_io, port, MEMTXATTRS_UNSPECIFIED,
                              NULL);
}

static unsigned in16(unsigned port)
{
    unsigned low = in(port);

    return low | in(port) << 8;
}

/* N ticks; the excess of a nanosecond never adds up to one more here. */
static void step(int64_t n)
{
    virtual_clock_step((n * NANOSECONDS_PER_SECOND + PIT_FREQUENCY - 1) /
                       PIT_FREQUENCY);
}

static void on_irq(void *opaque, int n, int new_level)
{
    edges++;
    rises += new_level && !level;
    level = new_level;
}

static void setup(void)
{
    module_call_init(MODULE_INIT_QOM);
    virtual_clock_set_manual(true);
    memory_init();
    pit = qdev_new(TYPE_I8254);
    cr_assert(qdev_realize(pit, NULL, NULL));
    qdev_connect_gpio_out(pit, 0, qemu_allocate_irq(on_irq, NULL, 0));
    system_reset(RESET_TYPE_COLD);
    level = pit_get_out(pit, 0);
    edges = rises = 0;
}

TestSuite(timer_i8254, .init = setup);

Test(timer_i8254, mode0_interrupts_once)
{
    out(0x43, 0x30);
    cr_assert_eq(level, 0);
    out(0x40, 100);
    out(0x40, 0);
    step(99);
    cr_assert_eq(level, 0);
    cr_assert_eq(in16(0x40), 1);
    step(1);
    cr_assert_eq(level, 1);
    step(1);
    cr_assert_eq(in16(0x40), 0xffff);
    step(100000);
    cr_assert_eq(rises, 1);
}

Test(timer_i8254, mode2_is_periodic)
{
    out(0x43, 0x34);
    out(0x40, 10);
    out(0x40, 0);
    step(3);
    cr_assert_eq(in16(0x40), 7);
    step(6);
    cr_assert_eq(level, 0);
    step(1);
    cr_assert_eq(level, 1);
    step(90);
    cr_assert_eq(rises, 10);
    cr_assert_eq(edges, 20);
}

Test(timer_i8254, mode3_is_square)
{
    out(0x43, 0x36);
    out(0x40, 0);
    out(0x40, 0);               /* 65536 */
    step(32768);
    cr_assert_eq(level, 0);
    step(32768);
    cr_assert_eq(level, 1);
    out(0x43, 0x16);            /* low byte only, 5: 3 high, 2 low */
    out(0x40, 5);
    step(2);
    cr_assert_eq(level, 1);
    step(1);
    cr_assert_eq(level, 0);
    step(2);
    cr_assert_eq(level, 1);
}

Test(timer_i8254, latch_and_read_back)
{
    out(0x43, 0x34);
    out(0x40, 0x34);
    out(0x40, 0x12);
    out(0x43, 0x00);            /* latch counter 0 */
    step(0x20);
    out(0x43, 0x00);            /* ignored until it is read */
    cr_assert_eq(in16(0x40), 0x1234);
    cr_assert_eq(in16(0x40), 0x1214);
    out(0x43, 0xc2);            /* status, then count */
    cr_assert_eq(in(0x40), 0xb4);
    cr_assert_eq(in16(0x40), 0x1214);
    out(0x43, 0x74);
    out(0x43, 0xe4);            /* status of counter 1: null count */
    cr_assert_eq(in(0x41), 0xf4);
    cr_assert_eq(in(0x43), 0xff);
}

Test(timer_i8254, bcd_and_mode4)
{
    out(0x43, 0x39);            /* counter 0, mode 4, BCD */
    out(0x40, 0x00);
    out(0x40, 0x01);            /* 100 */
    step(1);
    cr_assert_eq(in16(0x40), 0x0099);
    step(98);
    cr_assert_eq(level, 1);
    step(1);
    cr_assert_eq(level, 0);
    step(1);
    cr_assert_eq(level, 1);
    cr_assert_eq(in16(0x40), 0x9999);
}

Test(timer_i8254, gates)
{
    qemu_irq gate = qdev_get_gpio_in(pit, 2);

    out(0x43, 0xb0);            /* counter 2, mode 0 */
    out(0x42, 50);
    out(0x42, 0);
    step(100);
    cr_assert_eq(in16(0x42), 50);
    qemu_irq_raise(gate);
    step(20);
    qemu_irq_lower(gate);
    step(1000);
    cr_assert_eq(in16(0x42), 30);
    qemu_irq_raise(gate);
    step(29);
    cr_assert_not(pit_get_out(pit, 2));
    step(1);
    cr_assert(pit_get_out(pit, 2));
    out(0x43, 0xb2);            /* mode 1: one-shot */
    out(0x42, 10);
    out(0x42, 0);
    cr_assert(pit_get_out(pit, 2));
    qemu_irq_lower(gate);
    qemu_irq_raise(gate);
    cr_assert_not(pit_get_out(pit, 2));
    step(10);
    cr_assert(pit_get_out(pit, 2));
}

Test(timer_i8254, state_goes_on)
{
    GByteArray *state = g_byte_array_new();

    out(0x43, 0x30);
    out(0x40, 100);
    out(0x40, 0);
    step(40);
    cr_assert(vmstate_save_all(state, NULL));
    device_cold_reset(pit);
    cr_assert_eq(level, 1);
    level = 0;
    rises = 0;
    cr_assert(vmstate_load_all(state->data, state->len, NULL));
    cr_assert_eq(in16(0x40), 60);
    step(60);
    cr_assert_eq(rises, 1);
    g_byte_array_free(state, true);
}

Test(timer_i8254, any_writes_are_harmless)
{
    GRand *r = g_rand_new_with_seed(8254);

    for (int i = 0; i < 20000; i++) {
        unsigned port = 0x40 + g_rand_int_range(r, 0, 4);

        out(port, g_rand_int_range(r, 0, 256));
        in(port);
        if (i % 16 == 0) {
            step(g_rand_int_range(r, 0, 50));
            qemu_set_irq(qdev_get_gpio_in(pit, i / 16 % 3), i & 32);
        }
    }
    g_rand_free(r);
    object_unparent(OBJECT(pit));
    object_unref(pit);
}
