/* SPDX-License-Identifier: MIT */
/*
 * fw_cfg over ports: selector 510h, data 511h, DMA address 514h.  See fw_cfg.h
 * for where the interface is described.
 */
#include "util/osdep.h"
#include "hw/core/bootorder.h"
#include "hw/nvram/fw_cfg.h"
#include "system/memory.h"
#include "util/bytes.h"

enum { NAME_SIZE = FW_CFG_NAME_MAX + 1, DIR_ENTRY = 64, KEY_WRITE = 0x4000 };
enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8,
       DMA_WRITE = 16 };
enum { VERSION_TRADITIONAL = 1, VERSION_DMA = 2 };
#define DMA_SIGNATURE 0x51454d5520434647ull     /* "QEMU CFG" */

typedef struct Item {
    uint8_t *data;
    uint32_t len;
} Item;

struct FWCfgState {
    DeviceState parent;
    MemoryRegion select_io, dma_io;
    Item items[FW_CFG_FILE_FIRST + FW_CFG_FILES];
    Item arch_items[16];
    char *names[FW_CFG_FILES];
    uint32_t n_files;
    uint16_t key;
    uint32_t offset;
    uint64_t dma_addr;
};

static Item *item_of(FWCfgState *s, uint16_t key)
{
    key &= ~KEY_WRITE;
    if (key >= FW_CFG_ARCH_LOCAL) {
        key -= FW_CFG_ARCH_LOCAL;
        return key < ARRAY_SIZE(s->arch_items) ? &s->arch_items[key] : NULL;
    }
    return key < ARRAY_SIZE(s->items) ? &s->items[key] : NULL;
}

void fw_cfg_give_bytes(FWCfgState *s, uint16_t key, void *data, size_t len)
{
    Item *item = item_of(s, key);

    g_assert(item && len <= UINT32_MAX);
    g_free(item->data);
    item->data = data;
    item->len = len;
}

void fw_cfg_add_bytes(FWCfgState *s, uint16_t key, const void *data,
                      size_t len)
{
    fw_cfg_give_bytes(s, key, g_memdup2(data, len), len);
}

void fw_cfg_add_string(FWCfgState *s, uint16_t key, const char *text)
{
    fw_cfg_add_bytes(s, key, text, strlen(text) + 1);
}

static void add_number(FWCfgState *s, uint16_t key, uint64_t v, unsigned n)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < n; i++) {
        bytes[i] = v >> (8 * i);
    }
    fw_cfg_add_bytes(s, key, bytes, n);
}

void fw_cfg_add_i16(FWCfgState *s, uint16_t key, uint16_t v)
{
    add_number(s, key, v, 2);
}

void fw_cfg_add_i32(FWCfgState *s, uint16_t key, uint32_t v)
{
    add_number(s, key, v, 4);
}

void fw_cfg_add_i64(FWCfgState *s, uint16_t key, uint64_t v)
{
    add_number(s, key, v, 8);
}

static void make_directory(FWCfgState *s)
{
    size_t len = 4 + (size_t)s->n_files * DIR_ENTRY;
    uint8_t *dir = g_malloc0(len);

    put_be(dir, s->n_files, 4);
    for (uint32_t i = 0; i < s->n_files; i++) {
        uint8_t *e = dir + 4 + i * DIR_ENTRY;

        put_be(e, s->items[FW_CFG_FILE_FIRST + i].len, 4);
        put_be(e + 4, FW_CFG_FILE_FIRST + i, 2);
        g_strlcpy((char *)e + 8, s->names[i], NAME_SIZE);
    }
    fw_cfg_give_bytes(s, FW_CFG_FILE_DIR, dir, len);
}

/* n_files: there is none of that name. */
static uint32_t find_file(const FWCfgState *s, const char *name)
{
    uint32_t i = 0;

    while (i < s->n_files && strcmp(s->names[i], name) != 0) {
        i++;
    }
    return i;
}

bool fw_cfg_has_file(const FWCfgState *s, const char *name)
{
    return find_file(s, name) < s->n_files;
}

bool fw_cfg_add_file(FWCfgState *s, const char *name, const void *data,
                     size_t len)
{
    uint32_t i = find_file(s, name);

    if (i == FW_CFG_FILES || strlen(name) >= NAME_SIZE) {
        return false;
    }
    if (i == s->n_files) {
        s->names[s->n_files++] = g_strdup(name);
    }
    fw_cfg_add_bytes(s, FW_CFG_FILE_FIRST + i, data, len);
    make_directory(s);
    return true;
}

/* The guest's side */

static void select_item(FWCfgState *s, uint16_t key)
{
    s->key = key;
    s->offset = 0;
}

static uint8_t next_byte(FWCfgState *s)
{
    const Item *item = item_of(s, s->key);

    return item && s->offset < item->len ? item->data[s->offset++] : 0;
}

static void select_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    if (at == 0 && size == 2) {
        select_item(opaque, v);
    }
}

static uint64_t select_read(void *opaque, paddr at, unsigned size)
{
    return at == 1 ? next_byte(opaque) : 0;
}

static const MemoryRegionOps select_ops = {
    .read = select_read,
    .write = select_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 2, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 2, .unaligned = true },
};

/* Device memory takes a call for every word: so much of it at once, no more. */
enum { DMA_PIECE = 4096, DMA_DEVICE_MAX = 65536 };

static bool is_device(uint64_t addr)
{
    uint64_t len = 1;
    bool readonly, device;
    paddr offset;
    MemoryRegion *mr = address_space_translate(&address_space_memory, addr,
                                               &offset, &len, &readonly);

    device = mr && !memory_region_is_ram(mr);
    if (mr) {
        memory_region_unref(mr);
    }
    return device;
}

/* Beyond the item's end there are zeroes. */
static bool dma_copy_out(FWCfgState *s, uint64_t addr, uint32_t len)
{
    static const uint8_t zeroes[DMA_PIECE];
    const Item *item = item_of(s, s->key);
    uint32_t to_devices = 0;

    while (len) {
        uint32_t left = item && s->offset < item->len ? item->len - s->offset
                                                      : 0;
        uint32_t n = MIN(len, MIN(left ?: DMA_PIECE, DMA_PIECE));

        if (is_device(addr) && (to_devices += n) > DMA_DEVICE_MAX) {
            return false;
        }
        address_space_write(&address_space_memory, addr,
                            MEMTXATTRS_UNSPECIFIED,
                            left ? item->data + s->offset : zeroes, n);
        s->offset += left ? n : 0;
        addr += n;
        len -= n;
    }
    return true;
}

static void run_dma(FWCfgState *s)
{
    AddressSpace *as = &address_space_memory;
    MemTxAttrs attrs = MEMTXATTRS_UNSPECIFIED;
    MemTxResult r = MEMTX_OK, r2 = MEMTX_OK, r3 = MEMTX_OK;
    uint64_t at = s->dma_addr, addr;
    uint32_t control, len, result = 0;

    s->dma_addr = 0;
    control = address_space_ldl_be(as, at, attrs, &r);
    len = address_space_ldl_be(as, at + 4, attrs, &r2);
    addr = address_space_ldq_be(as, at + 8, attrs, &r3);
    if (r | r2 | r3) {
        return;
    }
    if (control & DMA_SELECT) {
        select_item(s, control >> 16);
    }
    if (control & DMA_READ) {
        result = dma_copy_out(s, addr, len) ? 0 : DMA_ERROR;
    } else if (control & DMA_WRITE) {
        result = DMA_ERROR;             /* nothing here can be written */
    } else if (control & DMA_SKIP) {
        s->offset = s->offset + len < s->offset ? UINT32_MAX
                                                : s->offset + len;
    }
    address_space_stl_be(as, at, result, attrs, NULL);
}

static void dma_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    FWCfgState *s = opaque;

    if (size == 8 && at == 0) {
        s->dma_addr = v;
        run_dma(s);
    } else if (size == 4 && at == 0) {
        s->dma_addr = v << 32;
    } else if (size == 4 && at == 4) {
        s->dma_addr = (s->dma_addr & ~0xffffffffull) | v;
        run_dma(s);
    }
}

static uint64_t dma_read(void *opaque, paddr at, unsigned size)
{
    return at + size <= 8 ? DMA_SIGNATURE >> (8 * (8 - at - size)) : 0;
}

static const MemoryRegionOps dma_ops = {
    .read = dma_read,
    .write = dma_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static FWCfgState *the_one;     /* the machine has one at most */

FWCfgState *fw_cfg_find(void)
{
    return the_one;
}

FWCfgState *fw_cfg_create(Object *owner, GError **errp)
{
    DeviceState *dev = qdev_new(TYPE_FW_CFG);
    FWCfgState *s = (FWCfgState *)dev;

    object_property_add_child(owner, "fw_cfg", OBJECT(dev));
    if (!qdev_realize_and_unref(dev, NULL, errp)) {
        return NULL;
    }
    fw_cfg_add_bytes(s, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_i32(s, FW_CFG_ID, VERSION_TRADITIONAL | VERSION_DMA);
    make_directory(s);
    the_one = s;
    return s;
}

static void fw_cfg_reset_enter(Object *obj, ResetType type)
{
    FWCfgState *s = (FWCfgState *)obj;
    char *order = bootorder_list();     /* all devices are there now */

    if (order) {
        fw_cfg_add_file(s, "bootorder", order, strlen(order) + 1);
        g_free(order);
    }
    select_item(s, FW_CFG_SIGNATURE);
    s->dma_addr = 0;
}

static void fw_cfg_init(Object *obj)
{
    FWCfgState *s = (FWCfgState *)obj;

    memory_region_init_io(&s->select_io, obj, &select_ops, s, "fwcfg", 2);
    memory_region_init_io(&s->dma_io, obj, &dma_ops, s, "fwcfg.dma", 8);
}

static bool fw_cfg_realize(DeviceState *dev, GError **errp)
{
    FWCfgState *s = (FWCfgState *)dev;

    memory_region_add_subregion(get_system_io(), 0x510, &s->select_io);
    memory_region_add_subregion(get_system_io(), 0x514, &s->dma_io);
    return true;
}

static void fw_cfg_unrealize(DeviceState *dev)
{
    FWCfgState *s = (FWCfgState *)dev;

    memory_region_del_subregion(get_system_io(), &s->select_io);
    memory_region_del_subregion(get_system_io(), &s->dma_io);
    the_one = the_one == s ? NULL : the_one;
}

static void fw_cfg_finalize(Object *obj)
{
    FWCfgState *s = (FWCfgState *)obj;

    for (size_t i = 0; i < ARRAY_SIZE(s->items); i++) {
        g_free(s->items[i].data);
    }
    for (size_t i = 0; i < ARRAY_SIZE(s->arch_items); i++) {
        g_free(s->arch_items[i].data);
    }
    for (uint32_t i = 0; i < s->n_files; i++) {
        g_free(s->names[i]);
    }
}

static const VMStateDescription vmstate_fw_cfg = {
    .name = "fw_cfg",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT16(key, FWCfgState),
        VMSTATE_UINT32(offset, FWCfgState),
        VMSTATE_UINT64(dma_addr, FWCfgState),
        VMSTATE_END
    },
};

static void fw_cfg_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = fw_cfg_realize;
    dc->unrealize = fw_cfg_unrealize;
    dc->vmsd = &vmstate_fw_cfg;
    dc->user_creatable = false;
    RESETTABLE_CLASS(oc)->phases.enter = fw_cfg_reset_enter;
}

static const TypeInfo fw_cfg_types[] = {
    {
        .name = TYPE_FW_CFG,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(FWCfgState),
        .class_init = fw_cfg_class_init,
        .instance_init = fw_cfg_init,
        .instance_finalize = fw_cfg_finalize,
    },
};
DEFINE_TYPES(fw_cfg_types)
