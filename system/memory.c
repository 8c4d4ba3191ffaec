/* SPDX-License-Identifier: MIT */
/* The tree of memory regions, their attributes, transactions. */
#include "util/osdep.h"
#include "system/memory.h"
#include "system/memory-int.h"
#include "qom/property.h"

GPtrArray *address_spaces;
AddressSpace address_space_memory;
AddressSpace address_space_io;

static unsigned transaction_depth;
static bool update_pending;

void memory_region_transaction_begin(void)
{
    transaction_depth++;
}

void memory_region_transaction_commit(void)
{
    g_assert(transaction_depth > 0);
    if (--transaction_depth) {
        return;
    }
    /* What listeners change meanwhile makes another round. */
    while (update_pending) {
        update_pending = false;
        transaction_depth++;
        for (guint i = 0; address_spaces && i < address_spaces->len; i++) {
            address_space_update(g_ptr_array_index(address_spaces, i));
        }
        transaction_depth--;
    }
}

static void changed(void)
{
    update_pending = true;
    memory_region_transaction_begin();
    memory_region_transaction_commit();
}

static Int128 wide_size(uint64_t size)
{
    return size == MEMORY_SIZE_ALL ? (Int128)1 << 64 : size;
}

void memory_region_init(MemoryRegion *mr, Object *owner, const char *name,
                        uint64_t size)
{
    object_initialize(mr, sizeof(*mr), TYPE_MEMORY_REGION);
    mr->name = g_strdup(name ?: "");
    mr->owner = owner;
    mr->size = wide_size(size);
    if (owner) {
        char *child = g_strdup_printf("%s[*]", mr->name);

        g_strdelimit(child, "/", '-');
        object_property_add_child(owner, child, OBJECT(mr));
        object_unref(mr);
        g_free(child);
    }
}

void memory_region_init_io(MemoryRegion *mr, Object *owner,
                           const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->ops = ops;
    mr->opaque = opaque;
    mr->terminates = true;
}

bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, GError **errp)
{
    memory_region_init(mr, owner, name, size);
    mr->terminates = true;
    mr->ram_block = ram_block_new(mr, size, NULL, errp);
    return mr->ram_block != NULL;
}

bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, GError **errp)
{
    bool ok = memory_region_init_ram(mr, owner, name, size, errp);

    mr->readonly = true;
    return ok;
}

bool memory_region_init_rom_device(MemoryRegion *mr, Object *owner,
                                   const MemoryRegionOps *ops, void *opaque,
                                   const char *name, uint64_t size,
                                   GError **errp)
{
    bool ok = memory_region_init_ram(mr, owner, name, size, errp);

    mr->ops = ops;
    mr->opaque = opaque;
    mr->rom_device = true;
    mr->romd_mode = true;
    return ok;
}

/* Regions of one owner live as long as it does: no reference to itself. */
static void hold(MemoryRegion *mr, MemoryRegion *other)
{
    if (!mr->owner || mr->owner != other->owner) {
        memory_region_ref(other);
    }
}

static void let_go(MemoryRegion *mr, MemoryRegion *other)
{
    if (!mr->owner || mr->owner != other->owner) {
        memory_region_unref(other);
    }
}

void memory_region_init_alias(MemoryRegion *mr, Object *owner,
                              const char *name, MemoryRegion *target,
                              paddr offset, uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->alias = target;
    mr->alias_offset = offset;
    mr->holds_alias = !owner || owner != target->owner;
    hold(mr, target);
}

void memory_region_ref(MemoryRegion *mr)
{
    object_ref(mr->owner ?: OBJECT(mr));
}

void memory_region_unref(MemoryRegion *mr)
{
    object_unref(mr->owner ?: OBJECT(mr));
}

static void link_sub(MemoryRegion *mr, MemoryRegion *sub)
{
    MemoryRegion **at = &mr->subregions;

    /* Among equals the latest comes first. */
    while (*at && (*at)->priority > sub->priority) {
        at = &(*at)->next;
    }
    sub->next = *at;
    *at = sub;
}

static void unlink_sub(MemoryRegion *mr, MemoryRegion *sub)
{
    MemoryRegion **at = &mr->subregions;

    while (*at != sub) {
        at = &(*at)->next;
    }
    *at = sub->next;
    sub->next = NULL;
}

void memory_region_add_subregion_overlap(MemoryRegion *mr, paddr offset,
                                         MemoryRegion *sub, int priority)
{
    g_assert(!sub->container && !mr->alias);
    sub->container = mr;
    sub->addr = offset;
    sub->priority = priority;
    link_sub(mr, sub);
    hold(mr, sub);
    changed();
}

void memory_region_add_subregion(MemoryRegion *mr, paddr offset,
                                 MemoryRegion *sub)
{
    memory_region_add_subregion_overlap(mr, offset, sub, 0);
}

void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *sub)
{
    g_assert(sub->container == mr);
    unlink_sub(mr, sub);
    sub->container = NULL;
    changed();
    let_go(mr, sub);
}

void memory_region_set_enabled(MemoryRegion *mr, bool enabled)
{
    if (mr->enabled != enabled) {
        mr->enabled = enabled;
        changed();
    }
}

void memory_region_set_address(MemoryRegion *mr, paddr addr)
{
    if (mr->addr == addr) {
        return;
    }
    mr->addr = addr;
    if (mr->container) {
        /* The latest placed is in front of its equals. */
        unlink_sub(mr->container, mr);
        link_sub(mr->container, mr);
        changed();
    }
}

void memory_region_set_readonly(MemoryRegion *mr, bool readonly)
{
    if (mr->readonly != readonly) {
        mr->readonly = readonly;
        changed();
    }
}

void memory_region_set_alias_offset(MemoryRegion *mr, paddr offset)
{
    g_assert(mr->alias);
    if (mr->alias_offset != offset) {
        mr->alias_offset = offset;
        changed();
    }
}

void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd)
{
    if (mr->romd_mode != romd) {
        mr->romd_mode = romd;
        changed();
    }
}

void memory_region_set_log(MemoryRegion *mr, bool log, DirtyClient client)
{
    unsigned mask = mr->dirty_log_mask & ~(1u << client);

    mask |= (unsigned)log << client;
    if (mr->dirty_log_mask != mask) {
        mr->dirty_log_mask = mask;
        changed();
    }
}

void memory_global_dirty_log(bool on)
{
    if (memory_global_log != on) {
        memory_global_log = on;
        changed();
    }
}

uint64_t memory_region_size(const MemoryRegion *mr)
{
    return mr->size >> 64 ? MEMORY_SIZE_ALL : (uint64_t)mr->size;
}

void *memory_region_get_ram_ptr(const MemoryRegion *mr)
{
    paddr offset = 0;

    for (; mr->alias; mr = mr->alias) {
        offset += mr->alias_offset;
    }
    return mr->ram_block ? mr->ram_block->host + offset : NULL;
}

static MemoryRegion system_memory, system_io;

void memory_init(void)
{
    if (address_space_memory.root) {
        return;
    }
    memory_region_init(&system_memory, NULL, "system", MEMORY_SIZE_ALL);
    address_space_init(&address_space_memory, &system_memory, "memory");
    memory_region_init(&system_io, NULL, "io", 65536);
    address_space_init(&address_space_io, &system_io, "I/O");
}

MemoryRegion *get_system_memory(void)
{
    return &system_memory;
}

MemoryRegion *get_system_io(void)
{
    return &system_io;
}

static void region_instance_init(Object *obj)
{
    MemoryRegion *mr = (MemoryRegion *)obj;

    mr->enabled = true;
    mr->romd_mode = false;
}

/* Still linked only when no view shows it: views hold references. */
static void region_finalize(Object *obj)
{
    MemoryRegion *mr = (MemoryRegion *)obj;

    memory_region_transaction_begin();
    while (mr->subregions) {
        memory_region_del_subregion(mr, mr->subregions);
    }
    if (mr->container) {
        unlink_sub(mr->container, mr);
        mr->container = NULL;
    }
    memory_region_transaction_commit();
    if (mr->holds_alias) {
        memory_region_unref(mr->alias);
    }
    ram_block_free(mr->ram_block);
    g_free(mr->name);
}

static GVariant *get_size(Object *obj, const Property *p, GError **errp)
{
    return g_variant_ref_sink(
        g_variant_new_uint64(memory_region_size((MemoryRegion *)obj)));
}

static void region_class_init(ObjectClass *oc, const void *data)
{
    object_class_property_add(oc, "size", &property_uint64, get_size, NULL,
                              NULL, NULL);
    object_class_property_add_field(oc, "addr", &property_uint64,
                                    offsetof(MemoryRegion, addr), PROP_READ);
    object_class_property_add_field(oc, "priority", &property_int32,
                                    offsetof(MemoryRegion, priority),
                                    PROP_READ);
    object_class_property_add_link(oc, "container", TYPE_MEMORY_REGION,
                                   offsetof(MemoryRegion, container), NULL,
                                   PROP_READ);
}

static const TypeInfo memory_types[] = {
    {
        .name = TYPE_MEMORY_REGION,
        .instance_size = sizeof(MemoryRegion),
        .class_init = region_class_init,
        .instance_init = region_instance_init,
        .instance_finalize = region_finalize,
    },
};
DEFINE_TYPES(memory_types)
