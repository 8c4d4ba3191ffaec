/* SPDX-License-Identifier: MIT */
/* Machines as objects: see machine.h. */
#include "util/osdep.h"
#include "hw/core/machine.h"

static const char *const data_dirs[] = {
    "/usr/share/seabios", "/usr/share/qemu", "/usr/share/vgabios",
    "/usr/local/share/qemu",
};

static MachineState *current;
static char *first_data_dir;

static MachineClass *class_of(const char *name)
{
    GSList *list = object_class_get_list(TYPE_MACHINE, false);
    MachineClass *found = NULL;

    for (GSList *l = list; l; l = l->next) {
        MachineClass *mc = MACHINE_CLASS(l->data);
        const char *type = object_class_get_name(l->data);
        size_t n = strlen(type) - strlen(MACHINE_TYPE_SUFFIX);

        if ((strlen(name) == n && strncmp(type, name, n) == 0) ||
            g_strcmp0(mc->alias, name) == 0) {
            found = mc;
        }
    }
    g_slist_free(list);
    return found;
}

void machine_print_help(GString *out)
{
    GSList *list = object_class_get_list(TYPE_MACHINE, false);

    g_string_append(out, "Supported machines are:\n");
    for (GSList *l = list; l; l = l->next) {
        MachineClass *mc = MACHINE_CLASS(l->data);
        const char *type = object_class_get_name(l->data);
        int n = strlen(type) - strlen(MACHINE_TYPE_SUFFIX);

        if (mc->alias) {
            g_string_append_printf(out, "%-20s %s (alias of %.*s)\n",
                                   mc->alias, mc->desc ?: "", n, type);
        }
        g_string_append_printf(out, "%-20.*s %s%s\n", n, type, mc->desc ?: "",
                               mc->is_default ? " (default)" : "");
    }
    g_slist_free(list);
}

MachineState *machine_new(const char *name, GError **errp)
{
    MachineClass *mc = class_of(name);
    MachineState *m;

    if (!mc) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "unsupported machine type '%s'; -machine help lists them",
                    name);
        return NULL;
    }
    m = MACHINE(object_new_with_class(OBJECT_CLASS(mc)));
    if (!object_property_try_add_child(object_get_root(), "machine",
                                       OBJECT(m), errp)) {
        object_unref(m);
        return NULL;
    }
    object_unref(m);            /* the tree has it */
    current = m;
    return m;
}

MachineState *machine_current(void)
{
    return current;
}

bool machine_smp_complete(MachineSMP *smp, unsigned max_cpus, GError **errp)
{
    uint64_t product;

    if (!smp->cpus) {
        smp->cpus = 1;
        if (smp->sockets || smp->cores || smp->threads) {
            product = (uint64_t)(smp->sockets ?: 1) * (smp->cores ?: 1) *
                      (smp->threads ?: 1);
            smp->cpus = MIN(product, UINT32_MAX);
        }
    }
    if (smp->cpus > max_cpus) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "invalid SMP CPUs %u: the machine takes at most %u",
                    smp->cpus, max_cpus);
        return false;
    }
    smp->threads = smp->threads ?: 1;
    if (!smp->cores) {
        smp->cores = smp->sockets
            ? MAX(smp->cpus / ((uint64_t)smp->sockets * smp->threads), 1)
            : MAX(smp->cpus / smp->threads, 1);
    }
    if (!smp->sockets) {
        smp->sockets = MAX(smp->cpus / ((uint64_t)smp->cores * smp->threads),
                           1);
    }
    product = (uint64_t)smp->sockets * smp->cores * smp->threads;
    if (product != smp->cpus) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "invalid CPU topology: sockets (%u) * cores (%u) * "
                    "threads (%u) are not the %u CPUs", smp->sockets,
                    smp->cores, smp->threads, smp->cpus);
        return false;
    }
    return true;
}

bool machine_build(MachineState *m, GError **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(m);

    if (!m->ram_size) {
        m->ram_size = mc->default_ram_size;
    }
    if (!machine_smp_complete(&m->smp, mc->max_cpus, errp) ||
        !mc->init(m, errp)) {
        return false;
    }
    m->initialized = true;
    return true;
}

void machine_set_data_dir(const char *dir)
{
    g_free(first_data_dir);
    first_data_dir = g_strdup(dir);
}

char *machine_find_file(const char *name)
{
    if (g_file_test(name, G_FILE_TEST_EXISTS)) {
        return g_strdup(name);
    }
    if (first_data_dir) {
        char *path = g_build_filename(first_data_dir, name, NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            return path;
        }
        g_free(path);
    }
    for (size_t i = 0; i < ARRAY_SIZE(data_dirs); i++) {
        char *path = g_build_filename(data_dirs[i], name, NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            return path;
        }
        g_free(path);
    }
    return NULL;
}

/* Properties: a row each. */
typedef struct MachineProperty {
    const char *name;
    const PropertyKind *kind;
    size_t offset;
    const char *desc;
} MachineProperty;

#define ROW(n, k, f, d) \
    { n, &property_##k, offsetof(MachineState, f), d }
static const MachineProperty rows[] = {
    ROW("memory-size", size, ram_size, "RAM in bytes"),
    ROW("firmware", string, firmware, "firmware image"),
    ROW("kernel", string, kernel, "kernel to start"),
    ROW("initrd", string, initrd, "its initial RAM disk"),
    ROW("append", string, append, "its command line"),
    ROW("cpu-type", string, cpu_type, "model of the CPUs"),
    ROW("boot-order", string, boot_order, "drives to boot from"),
    ROW("boot-once", string, boot_once, "the same, for the first boot"),
    ROW("boot-menu", bool, boot_menu, "firmware shows its boot menu"),
    ROW("boot-menu-timeout", uint32, boot_menu_timeout, "milliseconds"),
    ROW("boot-fail-timeout", int32, boot_fail_timeout, "milliseconds; -1: never"),
    ROW("boot-splash", string, boot_splash, "picture that firmware shows"),
    ROW("boot-strict", bool, boot_strict, "boot from nothing else"),
    ROW("vga", string, vga, "display adapter: std or none"),
    ROW("usb", bool, usb, "USB controller"),
    ROW("smm", bool, smm, "system management mode"),
    ROW("hpet", bool, hpet, "high precision event timer"),
    ROW("x2apic", bool, x2apic, "local APICs have MSR access"),
    ROW("graphics", bool, graphics, "a display is there"),
    ROW("uuid", string, uuid, "the machine's UUID"),
    ROW("name", string, name, "the machine's name"),
};

static void machine_instance_init(Object *obj)
{
    MachineState *m = (MachineState *)obj;

    m->graphics = m->smm = m->hpet = m->x2apic = true;
    m->boot_fail_timeout = DEFAULT_BOOT_FAIL_TIMEOUT;
}

static void machine_finalize(Object *obj)
{
    MachineState *m = (MachineState *)obj;

    for (size_t i = 0; i < ARRAY_SIZE(m->serials); i++) {
        g_free(m->serials[i]);
    }
    g_free(m->rtc_base);
    g_free(m->rtc_clock);
    if (current == m) {
        current = NULL;
    }
}

static void machine_class_init(ObjectClass *oc, const void *data)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        Property *p = object_class_property_add_field(
            oc, rows[i].name, rows[i].kind, rows[i].offset, PROP_READWRITE);

        p->description = g_strdup(rows[i].desc);
    }
}

static const TypeInfo machine_types[] = {
    {
        .name = TYPE_MACHINE,
        .instance_size = sizeof(MachineState),
        .class_size = sizeof(MachineClass),
        .abstract = true,
        .class_init = machine_class_init,
        .instance_init = machine_instance_init,
        .instance_finalize = machine_finalize,
    },
};
DEFINE_TYPES(machine_types)
