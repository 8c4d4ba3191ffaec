/* SPDX-License-Identifier: MIT */
/* Region trees, flat views, accesses, listeners, dirty logs. */
#include "util/osdep.h"
#include "system/memory.h"

#include <criterion/criterion.h>

#define ANY MEMTXATTRS_UNSPECIFIED

static AddressSpace as;
static MemoryRegion root, ram, io, window;
static uint64_t last_value;
static paddr last_at;
static unsigned calls, last_size;

static uint64_t dev_read(void *opaque, paddr at, unsigned size)
{
    uint64_t v = 0;

    calls++;
    last_at = at;
    last_size = size;
    for (unsigned i = 0; i < size; i++) {
        v |= (uint64_t)(0x10 + at + i) << (8 * i);
    }
    return v;
}

static void dev_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    calls++;
    last_at = at;
    last_value = v;
    last_size = size;
}

static MemoryRegionOps ops;

static void setup(void)
{
    module_call_init(MODULE_INIT_QOM);
    ops = (MemoryRegionOps){ .read = dev_read, .write = dev_write };
    memory_region_init(&root, NULL, "root", MEMORY_SIZE_ALL);
    address_space_init(&as, &root, "test");
    cr_assert(memory_region_init_ram(&ram, NULL, "ram", 0x4000, NULL));
    memory_region_init_io(&io, NULL, &ops, NULL, "io", 0x1000);
}

TestSuite(memory, .init = setup);

static const char *flat(void)
{
    static char text[4096];
    GString *s = g_string_new(NULL);

    memory_print_tree(s, true);
    g_strlcpy(text, s->str, sizeof(text));
    g_string_free(s, true);
    return text;
}

Test(memory, ram_and_holes)
{
    MemTxResult r;
    uint8_t buf[8];

    memory_region_add_subregion(&root, 0x1000, &ram);
    address_space_stl_le(&as, 0x1ffc, 0x11223344, ANY, &r);
    cr_assert_eq(r, MEMTX_OK);
    cr_assert_eq(address_space_ldl_le(&as, 0x1ffc, ANY, &r), 0x11223344);
    cr_assert_eq(address_space_ldl_be(&as, 0x1ffc, ANY, &r), 0x44332211);
    cr_assert_eq(address_space_ldub(&as, 0x1ffd, ANY, &r), 0x33);
    cr_assert_eq(address_space_ldq_le(&as, 0x9000, ANY, &r), UINT64_MAX);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
    memset(buf, 0, 8);
    cr_assert_eq(address_space_read(&as, 0xffc, ANY, buf, 8),
                 MEMTX_DECODE_ERROR);
    cr_assert_eq(buf[3], 0xff);
    cr_assert_eq(buf[4], 0);
    address_space_ldq_le(&as, UINT64_MAX - 3, ANY, &r);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
    cr_assert(address_space_access_valid(&as, 0x1000, 0x4000, true, ANY));
    cr_assert_not(address_space_access_valid(&as, 0x1000, 0x4001, true, ANY));
}

Test(memory, priority_overlap_and_alias)
{
    MemTxResult r;

    memory_region_add_subregion(&root, 0, &ram);
    memory_region_add_subregion_overlap(&root, 0x1000, &io, 1);
    memory_region_init_alias(&window, NULL, "window", &ram, 0x1000, 0x1000);
    memory_region_add_subregion(&root, 0x10000, &window);
    cr_assert_not_null(strstr(flat(),
        "  0000000000000000-0000000000000fff (prio 0, ram): ram\n"
        "  0000000000001000-0000000000001fff (prio 1, i/o): io\n"
        "  0000000000002000-0000000000003fff (prio 0, ram): ram "
        "@0000000000002000\n"
        "  0000000000010000-0000000000010fff (prio 0, ram): ram "
        "@0000000000001000\n"), "%s", flat());
    address_space_stl_le(&as, 0x10010, 77, ANY, &r);
    cr_assert_eq(((uint8_t *)memory_region_get_ram_ptr(&ram))[0x1010], 77);
    cr_assert_eq(address_space_ldl_le(&as, 0x1010, ANY, &r), 0x23222120);
    memory_region_set_enabled(&io, false);
    cr_assert_eq(address_space_ldl_le(&as, 0x1010, ANY, &r), 77);
    memory_region_set_alias_offset(&window, 0x2000);
    cr_assert_eq(address_space_ldl_le(&as, 0x10010, ANY, &r), 0);
    memory_region_del_subregion(&root, &window);
    address_space_ldl_le(&as, 0x10010, ANY, &r);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
}

Test(memory, access_sizes)
{
    MemTxResult r;

    memory_region_add_subregion(&root, 0, &io);
    cr_assert_eq(address_space_ldq_le(&as, 0x20, ANY, &r),
                 0x3736353433323130);
    cr_assert_eq(calls, 2, "no access wider than 4 unless it says so");
    ops.valid.max_access_size = 8;
    ops.impl.max_access_size = 8;
    calls = 0;
    address_space_ldq_le(&as, 0x20, ANY, &r);
    cr_assert_eq(calls, 1);
    ops.impl.max_access_size = 1;
    calls = 0;
    cr_assert_eq(address_space_ldl_le(&as, 0x20, ANY, &r), 0x33323130);
    cr_assert_eq(calls, 4);
    ops.impl.max_access_size = ops.impl.min_access_size = 4;
    cr_assert_eq(address_space_ldub(&as, 0x22, ANY, &r), 0x32);
    cr_assert_eq(last_at, 0x20);
    address_space_stb(&as, 0x22, 0xab, ANY, &r);
    cr_assert_eq(last_value, 0xab0000);
    ops.valid.min_access_size = 4;
    cr_assert_eq(address_space_ldub(&as, 0x20, ANY, &r), 0xff);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
    cr_assert_not(address_space_access_valid(&as, 0x20, 1, false, ANY));
}

Test(memory, big_endian_device)
{
    MemTxResult r;

    memory_region_add_subregion(&root, 0, &io);
    ops.endianness = DEVICE_BIG_ENDIAN;
    cr_assert_eq(address_space_ldl_le(&as, 0, ANY, &r), 0x10111213);
    address_space_stl_le(&as, 0, 0x11223344, ANY, &r);
    cr_assert_eq(last_value, 0x44332211);
    ops.impl.max_access_size = 2;
    cr_assert_eq(address_space_ldl_le(&as, 0, ANY, &r), 0x12131011);
}

Test(memory, unaligned_is_split)
{
    MemTxResult r;

    memory_region_add_subregion(&root, 0, &io);
    cr_assert_eq(address_space_ldl_le(&as, 1, ANY, &r), 0x14131211);
    cr_assert_eq(r, MEMTX_OK);
    cr_assert_eq(calls, 3);
    ops.valid.unaligned = true;
    ops.impl.unaligned = true;
    calls = 0;
    address_space_ldl_le(&as, 1, ANY, &r);
    cr_assert_eq(calls, 1);
    cr_assert_eq(last_at, 1);
}

Test(memory, rom_and_rom_device)
{
    static MemoryRegion rom, romd;
    MemTxResult r;

    cr_assert(memory_region_init_rom(&rom, NULL, "rom", 0x1000, NULL));
    cr_assert(memory_region_init_rom_device(&romd, NULL, &ops, NULL, "flash",
                                            0x1000, NULL));
    memory_region_add_subregion(&root, 0, &rom);
    memory_region_add_subregion(&root, 0x1000, &romd);
    address_space_stl_le(&as, 0, 5, ANY, &r);
    cr_assert_eq(r, MEMTX_OK);
    cr_assert_eq(address_space_ldl_le(&as, 0, ANY, &r), 0);
    address_space_write_rom(&as, 0, ANY, "abcd", 4);
    cr_assert_eq(address_space_ldub(&as, 0, ANY, &r), 'a');
    address_space_stl_le(&as, 0x1000, 5, ANY, &r);
    cr_assert_eq(last_value, 5);
    cr_assert_eq(address_space_ldl_le(&as, 0x1000, ANY, &r), 0);
    memory_region_rom_device_set_romd(&romd, false);
    cr_assert_eq(address_space_ldl_le(&as, 0x1000, ANY, &r), 0x13121110);
    memory_region_rom_device_set_romd(&romd, true);
    cr_assert_eq(address_space_ldl_le(&as, 0x1000, ANY, &r), 0);
}

static GString *events;

static void on_add(MemoryListener *l, const MemoryRegionSection *s)
{
    g_string_append_printf(events, "+%s@%x ", s->mr->name,
                           (unsigned)s->offset_within_address_space);
}

static void on_del(MemoryListener *l, const MemoryRegionSection *s)
{
    g_string_append_printf(events, "-%s@%x ", s->mr->name,
                           (unsigned)s->offset_within_address_space);
}

static void on_nop(MemoryListener *l, const MemoryRegionSection *s)
{
    g_string_append_printf(events, "=%s ", s->mr->name);
}

static void on_commit(MemoryListener *l)
{
    g_string_append_c(events, '.');
}

static void on_log(MemoryListener *l, const MemoryRegionSection *s,
                   unsigned old_mask, unsigned new_mask)
{
    g_string_append_printf(events, "log%u>%u ", old_mask, new_mask);
}

Test(memory, transactions_and_listeners)
{
    MemoryListener l = {
        .region_add = on_add, .region_del = on_del, .region_nop = on_nop,
        .commit = on_commit, .log_start = on_log, .log_stop = on_log,
    };

    events = g_string_new(NULL);
    memory_region_add_subregion(&root, 0, &ram);
    memory_listener_register(&l, &as);
    cr_assert_str_eq(events->str, "+ram@0 .");
    g_string_truncate(events, 0);
    memory_region_transaction_begin();
    memory_region_transaction_begin();
    memory_region_add_subregion(&root, 0x8000, &io);
    memory_region_set_address(&io, 0x9000);
    memory_region_transaction_commit();
    cr_assert_str_eq(events->str, "");
    memory_region_transaction_commit();
    cr_assert_str_eq(events->str, "=ram +io@9000 .");
    g_string_truncate(events, 0);
    memory_region_set_address(&io, 0x2000);
    cr_assert_str_eq(events->str,
                     "-ram@0 -io@9000 +ram@0 +io@2000 +ram@3000 .");
    g_string_truncate(events, 0);
    memory_region_del_subregion(&root, &io);
    g_string_truncate(events, 0);
    memory_region_set_log(&ram, true, DIRTY_VGA);
    memory_region_set_log(&ram, false, DIRTY_VGA);
    cr_assert_str_eq(events->str, "=ram log0>1 .=ram log1>0 .");
    memory_listener_unregister(&l);
}

static void on_add_move(MemoryListener *l, const MemoryRegionSection *s)
{
    if (s->mr == &ram) {
        memory_region_set_enabled(&io, false);
    }
}

Test(memory, listener_changes_the_tree)
{
    MemoryListener l = { .region_add = on_add_move };
    MemTxResult r;

    memory_region_add_subregion(&root, 0x8000, &io);
    memory_listener_register(&l, &as);
    memory_region_add_subregion(&root, 0, &ram);
    address_space_ldub(&as, 0x8000, ANY, &r);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
    address_space_ldub(&as, 0, ANY, &r);
    cr_assert_eq(r, MEMTX_OK);
    memory_global_dirty_log(true);
    cr_assert_eq(memory_region_get_log_mask(&ram), 1 << DIRTY_MIGRATION);
    memory_listener_unregister(&l);
}

Test(memory, dirty_bitmaps)
{
    DirtySnapshot *snap;

    memory_region_add_subregion(&root, 0, &ram);
    cr_assert(memory_region_get_dirty(&ram, 0, 0x4000, DIRTY_VGA));
    for (int c = 0; c < DIRTY_CLIENTS; c++) {
        memory_region_reset_dirty(&ram, 0, UINT64_MAX, c);
    }
    cr_assert_not(memory_region_get_dirty(&ram, 0, 0x4000, DIRTY_VGA));
    address_space_write(&as, 0x1fff, ANY, "ab", 2);
    cr_assert_not(memory_region_get_dirty(&ram, 0, 0x1000, DIRTY_VGA));
    cr_assert(memory_region_get_dirty(&ram, 0x1000, 1, DIRTY_VGA));
    cr_assert(memory_region_get_dirty(&ram, 0x2fff, 1, DIRTY_MIGRATION));
    snap = memory_region_snapshot_and_clear_dirty(&ram, 0, 0x4000, DIRTY_VGA);
    cr_assert(dirty_snapshot_get(snap, 0x1800, 4));
    cr_assert_not(dirty_snapshot_get(snap, 0x3000, 0x1000));
    cr_assert_not(dirty_snapshot_get(snap, 0x10000, 1));
    g_free(snap);
    cr_assert_not(memory_region_get_dirty(&ram, 0, 0x4000, DIRTY_VGA));
    cr_assert(memory_region_get_dirty(&ram, 0, 0x4000, DIRTY_CODE));
}

Test(memory, map_for_dma)
{
    uint64_t len = 0x10000;
    uint8_t *p;

    memory_region_add_subregion(&root, 0, &ram);
    memory_region_add_subregion(&root, 0x4000, &io);
    p = address_space_map(&as, 0x1000, &len, true, ANY);
    cr_assert_eq(len, 0x3000);
    cr_assert_eq(p, (uint8_t *)memory_region_get_ram_ptr(&ram) + 0x1000);
    address_space_unmap(&as, p, len, true, len);
    len = 4;
    p = address_space_map(&as, 0x4000, &len, true, ANY);
    memcpy(p, "\1\2\3\4", 4);
    address_space_unmap(&as, p, len, true, 4);
    cr_assert_eq(last_value, 0x04030201);
    cr_assert_null(address_space_map(&as, 0x9000, &len, false, ANY));
    cr_assert_eq(len, 0);
}

Test(memory, ports_and_owner)
{
    Object *owner = object_new(TYPE_CONTAINER);
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    MemTxResult r;

    memory_init();
    memory_init();
    memory_region_init_io(mr, owner, &ops, NULL, "port", 4);
    memory_region_add_subregion(get_system_io(), 0x70, mr);
    address_space_stb(&address_space_io, 0x71, 9, ANY, &r);
    cr_assert_eq(last_at, 1);
    address_space_ldub(&address_space_io, 0x74, ANY, &r);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
    cr_assert_eq(address_space_ldub(&address_space_io, 0x10071, ANY, &r),
                 0xff);
    object_unref(owner);            /* the container keeps it */
    address_space_stb(&address_space_io, 0x72, 9, ANY, &r);
    cr_assert_eq(last_at, 2);
    memory_region_del_subregion(get_system_io(), mr);
    address_space_stb(&address_space_io, 0x72, 9, ANY, &r);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
    g_free(mr);
}

Test(memory, too_much_ram_fails_softly)
{
    static MemoryRegion big;
    GError *err = NULL;

    cr_assert_not(memory_region_init_ram(&big, NULL, "big", UINT64_MAX - 5,
                                         &err));
    cr_assert_not_null(err);
    g_clear_error(&err);
    memory_region_add_subregion(&root, 0, &big);
    address_space_ldub(&as, 0, ANY, NULL);
}

static bool only_reads(void *opaque, paddr at, unsigned size, bool is_write,
                       MemTxAttrs attrs)
{
    return !is_write;
}

Test(memory, devices_refuse_accesses)
{
    MemTxResult r;

    ops.valid.accepts = only_reads;
    memory_region_add_subregion(&root, 0x1000, &io);
    cr_assert_eq(address_space_ldub(&as, 0x1004, ANY, &r), 0x14);
    cr_assert_eq(r, MEMTX_OK);
    cr_assert_eq(calls, 1);
    address_space_stb(&as, 0x1004, 1, ANY, &r);
    cr_assert_eq(r, MEMTX_DECODE_ERROR);
    cr_assert_eq(calls, 1);
}
