/* SPDX-License-Identifier: MIT */
/* QMP's queries. */
#include "util/osdep.h"
#include "system/qmp-int.h"

#include "block/block.h"
#include "chardev/char.h"
#include "hw/core/machine.h"
#include "system/cpus.h"
#include "system/runstate.h"
#include "util/version.h"

static JsonNode *query_version(JsonObject *args, GError **errp)
{
    JsonObject *o = json_object_new(), *n = json_object_new();

    json_object_set_int_member(n, "major", VERSION_MAJOR);
    json_object_set_int_member(n, "minor", VERSION_MINOR);
    json_object_set_int_member(n, "micro", VERSION_MICRO);
    json_object_set_object_member(o, "qemu", n);
    json_object_set_string_member(o, "package", "");
    return qmp_from_object(o);
}

static JsonNode *query_commands(JsonObject *args, GError **errp)
{
    JsonArray *list = json_array_new();

    for (const QmpCommand *const *t = qmp_tables(); *t; t++) {
        for (const QmpCommand *c = *t; c->name; c++) {
            JsonObject *o = json_object_new();

            json_object_set_string_member(o, "name", c->name);
            json_array_add_object_element(list, o);
        }
    }
    return qmp_from_array(list);
}

static JsonNode *query_status(JsonObject *args, GError **errp)
{
    JsonObject *o = json_object_new();

    json_object_set_boolean_member(o, "running", runstate_is_running());
    json_object_set_boolean_member(o, "singlestep", FALSE);
    json_object_set_string_member(o, "status",
                                  runstate_name(runstate_get()));
    return qmp_from_object(o);
}

static JsonNode *query_cpus(JsonObject *args, GError **errp)
{
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < cpus_count(); i++) {
        JsonObject *o = json_object_new(), *props = json_object_new();

        json_object_set_int_member(o, "cpu-index", i);
        json_object_set_int_member(o, "thread-id", cpus_thread_id(i));
        json_object_set_string_member(o, "target", "x86_64");
        json_object_set_object_member(o, "props", props);
        json_array_add_object_element(list, o);
    }
    return qmp_from_array(list);
}

static void one_drive(BlockBackend *blk, void *opaque)
{
    JsonObject *o = json_object_new(), *in, *image;

    json_object_set_string_member(o, "device", block_id(blk));
    json_object_set_string_member(o, "type", "unknown");
    json_object_set_boolean_member(o, "removable", block_is_cdrom(blk));
    json_object_set_boolean_member(o, "locked", FALSE);
    if (block_has_medium(blk)) {
        in = json_object_new();
        image = json_object_new();
        json_object_set_string_member(image, "filename", block_file(blk));
        json_object_set_string_member(image, "format", "raw");
        json_object_set_int_member(image, "virtual-size", block_size(blk));
        json_object_set_string_member(in, "file", block_file(blk));
        json_object_set_string_member(in, "drv", "raw");
        json_object_set_boolean_member(in, "ro", block_is_read_only(blk));
        json_object_set_object_member(in, "image", image);
        json_object_set_object_member(o, "inserted", in);
    }
    json_array_add_object_element(opaque, o);
}

static JsonNode *query_block(JsonObject *args, GError **errp)
{
    JsonArray *list = json_array_new();

    block_foreach(one_drive, list);
    return qmp_from_array(list);
}

static void one_chardev(Chardev *chr, void *opaque)
{
    JsonObject *o = json_object_new();
    char *text = chardev_describe(chr);

    json_object_set_string_member(o, "label", chardev_id(chr));
    json_object_set_string_member(o, "filename", text);
    json_array_add_object_element(opaque, o);
    g_free(text);
}

static JsonNode *query_chardev(JsonObject *args, GError **errp)
{
    JsonArray *list = json_array_new();

    chardev_foreach(one_chardev, list);
    return qmp_from_array(list);
}

static JsonNode *query_uuid(JsonObject *args, GError **errp)
{
    MachineState *m = machine_current();
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "UUID", m && m->uuid ? m->uuid
                                  : "00000000-0000-0000-0000-000000000000");
    return qmp_from_object(o);
}

static JsonNode *query_name(JsonObject *args, GError **errp)
{
    MachineState *m = machine_current();
    JsonObject *o = json_object_new();

    if (m && m->name) {
        json_object_set_string_member(o, "name", m->name);
    }
    return qmp_from_object(o);
}

static JsonNode *query_kvm(JsonObject *args, GError **errp)
{
    JsonObject *o = json_object_new();

    json_object_set_boolean_member(o, "enabled", FALSE);
    json_object_set_boolean_member(o, "present", FALSE);
    return qmp_from_object(o);
}

static JsonNode *query_target(JsonObject *args, GError **errp)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "arch", "x86_64");
    return qmp_from_object(o);
}

static JsonNode *query_machines(JsonObject *args, GError **errp)
{
    GSList *types = object_class_get_list(TYPE_MACHINE, false);
    JsonArray *list = json_array_new();

    for (GSList *t = types; t; t = t->next) {
        MachineClass *mc = MACHINE_CLASS(t->data);
        const char *type = object_class_get_name(t->data);
        char *name = g_strndup(type, strlen(type) -
                               strlen(MACHINE_TYPE_SUFFIX));
        JsonObject *o = json_object_new();

        json_object_set_string_member(o, "name", name);
        if (mc->alias) {
            json_object_set_string_member(o, "alias", mc->alias);
        }
        if (mc->is_default) {
            json_object_set_boolean_member(o, "is-default", TRUE);
        }
        json_object_set_int_member(o, "cpu-max", mc->max_cpus);
        json_array_add_object_element(list, o);
        g_free(name);
    }
    g_slist_free(types);
    return qmp_from_array(list);
}

static JsonNode *query_memory(JsonObject *args, GError **errp)
{
    MachineState *m = machine_current();
    JsonObject *o = json_object_new();

    json_object_set_int_member(o, "base-memory", m ? m->ram_size : 0);
    return qmp_from_object(o);
}

const QmpCommand qmp_query_commands[] = {
    { "query-version", query_version },
    { "query-commands", query_commands },
    { "query-status", query_status },
    { "query-cpus-fast", query_cpus },
    { "query-block", query_block },
    { "query-chardev", query_chardev },
    { "query-uuid", query_uuid },
    { "query-name", query_name },
    { "query-kvm", query_kvm },
    { "query-target", query_target },
    { "query-machines", query_machines },
    { "query-memory-size-summary", query_memory },
    { NULL }
};
