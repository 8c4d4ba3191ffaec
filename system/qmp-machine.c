/* SPDX-License-Identifier: MIT */
/* QMP's commands that do something to the machine. */
#include "util/osdep.h"
#include "system/qmp-int.h"

#include "block/block.h"
#include "system/cpus.h"
#include "system/hmp-int.h"
#include "system/memory.h"
#include "system/runstate.h"
#include "ui/console.h"

static JsonNode *qmp_capabilities(JsonObject *args, GError **errp)
{
    return NULL;
}

static JsonNode *qmp_stop_cmd(JsonObject *args, GError **errp)
{
    vm_stop(RUN_STATE_PAUSED);
    return NULL;
}

static JsonNode *qmp_cont(JsonObject *args, GError **errp)
{
    RunState s = runstate_get();

    if (s == RUN_STATE_SHUTDOWN) {
        qmp_fail(errp, "Resetting the Virtual Machine is required");
    } else if (s == RUN_STATE_SUSPENDED) {
        request_wakeup();
    } else {
        vm_start();
    }
    return NULL;
}

static JsonNode *qmp_quit(JsonObject *args, GError **errp)
{
    request_shutdown();
    request_quit(0);
    return NULL;
}

static JsonNode *qmp_reset(JsonObject *args, GError **errp)
{
    request_reset();
    return NULL;
}

static JsonNode *qmp_powerdown(JsonObject *args, GError **errp)
{
    request_powerdown();
    return NULL;
}

static JsonNode *qmp_wakeup(JsonObject *args, GError **errp)
{
    if (runstate_get() != RUN_STATE_SUSPENDED) {
        qmp_fail(errp, "Unable to wake up: guest is not in suspended state");
    } else {
        request_wakeup();
    }
    return NULL;
}

static JsonNode *qmp_nmi(JsonObject *args, GError **errp)
{
    cpus_nmi();
    return NULL;
}

static JsonNode *qmp_screendump(JsonObject *args, GError **errp)
{
    const char *file = qmp_arg_str(args, "filename", true, errp);
    const char *format = qmp_arg_str(args, "format", false, errp);
    Console *con = console_get(0);

    if (*errp) {
        return NULL;
    }
    if (!con) {
        qmp_fail(errp, "There is no console to take a screendump from");
        return NULL;
    }
    console_screendump(con, file, format, errp);
    return NULL;
}

/* {"type": "qcode"|"number", "data": ...}; -1 with an error. */
static int key_value(JsonNode *node, GError **errp)
{
    JsonObject *obj = JSON_NODE_HOLDS_OBJECT(node)
                          ? json_node_get_object(node) : NULL;
    const char *type = obj ? qmp_arg_str(obj, "type", true, errp) : NULL;
    int64_t number;
    int code = -1;

    if (!type) {
        qmp_fail(errp, "Invalid key");
    } else if (!strcmp(type, "qcode")) {
        const char *name = qmp_arg_str(obj, "data", true, errp);

        code = name ? input_key_by_name(name) : -1;
        if (name && code < 0) {
            qmp_fail(errp, "Invalid parameter '%s'", name);
        }
    } else if (!strcmp(type, "number")) {
        if (qmp_arg_int(obj, "data", true, &number, errp)) {
            code = number & 0xff;
        }
    } else {
        qmp_fail(errp, "Invalid parameter '%s'", type);
    }
    return code;
}

static JsonNode *qmp_send_key(JsonObject *args, GError **errp)
{
    JsonNode *node = json_object_get_member(args, "keys");
    GString *names = g_string_new(NULL);
    JsonArray *keys;
    int64_t hold = 0;

    if (!node || !JSON_NODE_HOLDS_ARRAY(node)) {
        qmp_fail(errp, "Parameter 'keys' is missing");
    } else if (qmp_arg_int(args, "hold-time", false, &hold, errp)) {
        keys = json_node_get_array(node);
        for (unsigned i = 0; i < json_array_get_length(keys) && !*errp;
             i++) {
            int code = key_value(json_array_get_element(keys, i), errp);

            g_string_append_printf(names, "%s0x%x", i ? "-" : "", code);
        }
        if (!*errp) {
            input_send_keys(names->str, CLAMP(hold, 0, 60000), errp);
        }
    }
    g_string_free(names, TRUE);
    return NULL;
}

static JsonNode *qmp_hmc(JsonObject *args, GError **errp)
{
    const char *line = qmp_arg_str(args, "command-line", true, errp);
    int64_t cpu = 0;
    GString *out;
    JsonNode *result;

    if (!line || !qmp_arg_int(args, "cpu-index", false, &cpu, errp)) {
        return NULL;
    }
    if (cpu < 0 || cpu >= MAX(cpus_count(), 1)) {
        qmp_fail(errp, "Invalid CPU index");
        return NULL;
    }
    hmp_cpu = cpu;
    out = g_string_new(NULL);
    hmp_run(line, out);
    result = qmp_from_string(out->str);
    g_string_free(out, TRUE);
    return result;
}

static BlockBackend *find_drive(JsonObject *args, GError **errp)
{
    const char *id = qmp_arg_str(args, "device", false, errp);
    BlockBackend *blk;

    if (!id) {
        id = qmp_arg_str(args, "id", true, errp);
    }
    blk = id ? block_find(id) : NULL;
    if (id && !blk) {
        g_set_error(errp, QMP_ERROR, QMP_ERROR_NO_DEVICE,
                    "Device '%s' not found", id);
    }
    return blk;
}

static JsonNode *qmp_eject(JsonObject *args, GError **errp)
{
    BlockBackend *blk = find_drive(args, errp);

    if (blk) {
        block_eject(blk, errp);
    }
    return NULL;
}

static JsonNode *qmp_change(JsonObject *args, GError **errp)
{
    BlockBackend *blk = find_drive(args, errp);
    const char *file = qmp_arg_str(args, "filename", true, errp);

    if (blk && file) {
        block_change(blk, file, errp);
    }
    return NULL;
}

static JsonNode *save(JsonObject *args, bool physical, GError **errp)
{
    const char *file = qmp_arg_str(args, "filename", true, errp);
    int64_t addr, size;
    FILE *f;

    if (!file || !qmp_arg_int(args, "val", true, &addr, errp) ||
        !qmp_arg_int(args, "size", true, &size, errp)) {
        return NULL;
    }
    f = fopen(file, "wbe");
    if (!f) {
        qmp_fail(errp, "Could not open '%s': %s", file, g_strerror(errno));
        return NULL;
    }
    while (size > 0 && !*errp) {
        uint8_t buf[4096];
        size_t n = MIN(size, (int64_t)sizeof(buf));
        bool ok = physical
            ? address_space_read(&address_space_memory, addr,
                                 MEMTXATTRS_UNSPECIFIED, buf, n) == MEMTX_OK
            : cpus_read_virtual(0, addr, buf, n);

        if (!ok) {
            qmp_fail(errp, "Invalid addr 0x%016" PRIx64 " or size", addr);
        } else if (fwrite(buf, 1, n, f) != n) {
            qmp_fail(errp, "Could not write '%s'", file);
        }
        addr += n;
        size -= n;
    }
    if (fclose(f) != 0) {
        qmp_fail(errp, "Could not write '%s'", file);
    }
    return NULL;
}

static JsonNode *qmp_memsave(JsonObject *args, GError **errp)
{
    return save(args, false, errp);
}

static JsonNode *qmp_pmemsave(JsonObject *args, GError **errp)
{
    return save(args, true, errp);
}

#define ARGS(...) (const char *const[]){ __VA_ARGS__, NULL }
const QmpCommand qmp_machine_commands[] = {
    { "qmp_capabilities", qmp_capabilities, ARGS("enable") },
    { "stop", qmp_stop_cmd },
    { "cont", qmp_cont },
    { "quit", qmp_quit },
    { "system_reset", qmp_reset },
    { "system_powerdown", qmp_powerdown },
    { "system_wakeup", qmp_wakeup },
    { "inject-nmi", qmp_nmi },
    { "screendump", qmp_screendump,
      ARGS("filename", "format", "device", "head") },
    { "send-key", qmp_send_key, ARGS("keys", "hold-time") },
    { "human-monitor-command", qmp_hmc, ARGS("command-line", "cpu-index") },
    { "eject", qmp_eject, ARGS("device", "id", "force") },
    { "blockdev-change-medium", qmp_change,
      ARGS("device", "id", "filename", "format", "force",
           "read-only-mode") },
    { "memsave", qmp_memsave, ARGS("val", "size", "filename", "cpu-index") },
    { "pmemsave", qmp_pmemsave, ARGS("val", "size", "filename") },
    { NULL }
};
