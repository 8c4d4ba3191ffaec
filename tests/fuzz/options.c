/* SPDX-License-Identifier: MIT */
/*
 * Texts of the command line.  The first byte says which option; what an input
 * makes stays, as it would, until the process ends.
 */
#include "tests/fuzz/fuzz.h"

#include "block/block.h"
#include "chardev/char.h"
#include "hw/core/machine.h"
#include "net/net.h"
#include "qom/user-creatable.h"
#include "target-i386/cpu.h"
#include "ui/console.h"
#include "util/log.h"

static MachineState *machine;
static GPtrArray *models;       /* they live as long as the process */

static bool try_chardev(const char *text, GError **errp)
{
    bool ok = !strstr(text, "stdio") && chardev_new(text, errp);

    chardev_cleanup();
    return ok;
}

static bool try_serial(const char *text, GError **errp)
{
    bool ok = !strstr(text, "stdio") &&
              chardev_new_legacy("fuzz", text, errp);

    chardev_cleanup();
    return ok;
}

static bool try_drive(const char *text, GError **errp)
{
    BlockBackend *blk = block_open_drive(text, IF_IDE, errp);

    if (blk) {
        block_close(blk);
    }
    return blk != NULL;
}

static bool try_netdev(const char *text, GError **errp)
{
    bool ok = net_new(text, errp) != NULL;

    net_cleanup();
    return ok;
}

static bool try_nic(const char *text, GError **errp)
{
    bool ok = net_add_nic(text, errp);

    net_cleanup();
    return ok;
}

static bool try_device(const char *text, GError **errp)
{
    DeviceState *dev = qdev_device_add_str(text, errp);

    if (dev) {
        object_unparent(OBJECT(dev));
    }
    return dev != NULL;
}

static bool try_object(const char *text, GError **errp)
{
    Object *obj = user_creatable_add_str(text, errp);

    if (obj) {
        object_unparent(obj);
    }
    return obj != NULL;
}

static bool try_global(const char *text, GError **errp)
{
    bool ok = qdev_global_parse(text, errp);

    qdev_global_clear();
    return ok;
}

static bool try_machine(const char *text, GError **errp)
{
    g_auto(GStrv) pair = g_strsplit(text, "=", 2);

    return g_strv_length(pair) == 2 &&
           object_property_parse(OBJECT(machine), pair[0], pair[1], errp);
}

static bool try_cpu(const char *text, GError **errp)
{
    const struct X86CPUModel *model = x86_cpu_model(text, errp);

    g_ptr_array_add(models, (void *)model);
    return model != NULL;
}

static bool try_keys(const char *text, GError **errp)
{
    return input_send_keys(text, 1, errp);
}

static bool try_log(const char *text, GError **errp)
{
    return qemu_str_to_log_mask(text) != 0;
}

static bool (*const parsers[])(const char *text, GError **errp) = {
    try_chardev, try_serial, try_drive, try_netdev, try_nic, try_device,
    try_object, try_global, try_machine, try_cpu, try_keys, try_log,
};

/* What can wait for ever by the user's own wish. */
static bool is_about_waiting(const char *text)
{
    return strstr(text, "server") && !strstr(text, "wait=off") &&
           !strstr(text, "nowait");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const words[] = {
        "null", "pty", "file", "pipe", "socket", "serial", "user", "raw",
        "virtio", "ide", "path=", "host=", "port=", "server=on", "wait=off",
        "mux=on", "id=", "file=disk", "if=", "index=", "media=cdrom",
        "snapshot=on", "hostfwd=tcp::", "guestfwd=", "net=10.0.0.0/8",
        "unix:", "tcp:", "mon:", "model=", "mac=", "driver=", "bus=", "addr=",
        "drive=", "chardev=", "netdev=", "ctrl-alt-", "0x", ",+", ",-", "=on",
        NULL
    };

    module_call_init(MODULE_INIT_QOM);
    if (fuzz_wants_words(*argc, *argv)) {
        fuzz_print_words(words);
    }
    fuzz_isolate(*argc, *argv);
    machine = machine_new("pc", NULL);
    models = g_ptr_array_new();
    g_free(fuzz_file("disk", "", 0));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = { data, size };
    unsigned which = fuzz_take(&in, 1) % G_N_ELEMENTS(parsers);
    g_autofree char *text = g_strndup((const char *)in.data, in.left);
    GError *err = NULL;

    if (is_about_waiting(text)) {
        return -1;
    }
    if (parsers[which](text, &err) && err) {
        g_error("accepted with an error: %s", err->message);
    }
    if (err && (!*err->message || strchr(err->message, '\n')) &&
        !strchr(text, '\n')) {
        g_error("no one line: '%s'", err->message);
    }
    g_clear_error(&err);
    return 0;
}
