/* SPDX-License-Identifier: MIT */
/*
 * Monitors: what is typed at them reaches every command.
 *
 *   --variant=hmp|qmp|mux   (default hmp)
 *
 * For QMP half of the inputs are JSON, in the others bytes stand for a command
 * of the tables and for values of its arguments.
 *
 * Objects and devices that an input made are taken away behind it.
 */
#include "tests/fuzz/fuzz.h"

#include "chardev/char-int.h"
#include "hw/core/qdev.h"
#include "net/net.h"
#include "qom/user-creatable.h"
#include "system/main-loop.h"
#include "system/monitor.h"
#include "system/qmp-int.h"
#include "system/runstate.h"
#include "system/timer.h"

enum { RAM_MIB = 2 };

static Chardev *stream;
static bool is_qmp;

/* What can wait for ever by the user's own wish. */
static bool is_about_waiting(const char *text)
{
    return strstr(text, "server") && !strstr(text, "wait=off");
}

static void type(const void *text, size_t n)
{
    g_byte_array_append(stream->in, text, n);
    char_deliver(stream);
}

/* Ends a line or a message that was left open; the first has the input. */
static void start_over(void)
{
    type(is_qmp ? "\377" : "\025\n", is_qmp ? 1 : 2);
    g_byte_array_set_size(stream->in, 0);
    stream->escape = false;
    stream->focus = 0;
}

/* QMP by its tables */

static const QmpCommand *nth_command(unsigned n)
{
    unsigned all = 0;

    for (const QmpCommand *const *t = qmp_tables(); *t; t++) {
        for (const QmpCommand *c = *t; c->name; c++) {
            if (all++ == n) {
                return c;
            }
        }
    }
    return nth_command(n % all);
}

static char *take_text(FuzzInput *in)
{
    char text[256];
    size_t n = fuzz_take_bytes(in, text, fuzz_take(in, 1));
    const char *end;

    g_utf8_validate(text, n, &end);
    return g_strndup(text, end - text);
}

/* NULL: the argument is left out. */
static JsonNode *take_value(FuzzInput *in)
{
    JsonNode *node = json_node_new(JSON_NODE_VALUE);
    unsigned kind = fuzz_take(in, 1) & 7;
    g_autofree char *text = NULL;
    JsonArray *list;

    switch (kind) {
    case 0 ... 2:
        text = take_text(in);
        json_node_set_string(node, text);
        break;
    case 3:
        json_node_set_int(node, fuzz_take(in, 8));
        break;
    case 4:
        json_node_set_boolean(node, fuzz_take(in, 1) & 1);
        break;
    case 5:
        json_node_set_double(node, (double)(int64_t)fuzz_take(in, 8) / 3);
        break;
    case 6:
        list = json_array_new();
        while (in->left && json_array_get_length(list) < 4) {
            JsonObject *key = json_object_new();

            json_object_set_string_member(key, "type", fuzz_take(in, 1) & 1
                                          ? "qcode" : "number");
            json_object_set_member(key, "data", take_value(in));
            json_array_add_object_element(list, key);
        }
        json_node_init_array(node, list);
        json_array_unref(list);
        break;
    default:
        json_node_init_null(node);
    }
    return node;
}

static void type_command(FuzzInput *in)
{
    const QmpCommand *c = nth_command(fuzz_take(in, 1));
    JsonObject *message = json_object_new(), *args = json_object_new();
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    unsigned left_out = fuzz_take(in, 1);
    g_autofree char *text = NULL;

    for (const char *const *a = c->args; a && *a; a++, left_out >>= 1) {
        if (**a != '*' && !(left_out & 1)) {
            json_object_set_member(args, *a, take_value(in));
        }
        for (int i = 0; **a == '*' && i < 4 && in->left; i++) {
            static const char *const usual[] = { "driver", "qom-type", "id" };
            g_autofree char *name = i < 3 ? g_strdup(usual[i])
                                          : take_text(in);

            json_object_set_member(args, name, take_value(in));
        }
    }
    json_object_set_string_member(message, "execute", c->name);
    json_object_set_object_member(message, "arguments", args);
    json_node_take_object(root, message);
    text = json_to_string(root, false);
    type(text, strlen(text));
}

static int collect(Object *child, void *opaque)
{
    g_ptr_array_add(opaque, child);
    return 0;
}

static GPtrArray *children(const char *path)
{
    GPtrArray *list = g_ptr_array_new();
    Object *obj = object_resolve_path(path, NULL);

    if (obj) {
        object_child_foreach(obj, collect, list);
    }
    return list;
}

static void unplug_made(const char *path)
{
    g_autoptr(GPtrArray) list = children(path);

    for (unsigned i = 0; i < list->len; i++) {
        DeviceState *dev = list->pdata[i];

        if (dev->hotplugged) {
            qdev_unplug(dev, NULL);
        }
    }
}

static void delete_made(void)
{
    g_autoptr(GPtrArray) list = children("/objects");

    for (unsigned i = 0; i < list->len; i++) {
        user_creatable_del(
            object_get_canonical_path_component(list->pdata[i]), NULL);
    }
}

/* The commands that "help" and "info" list, and QMP's with their arguments. */
static GPtrArray *command_words(void)
{
    g_autoptr(GString) help = g_string_new(NULL);
    g_auto(GStrv) lines = NULL;
    GPtrArray *words = g_ptr_array_new();
    static const char *const typed[] = {
        "\\x01c", "\\x01b", "\\x01x", "\\x01h", "\\x1b[A", "\\x1b[B", "\\x0a",
        "/machine", "/machine/peripheral", "/x", "$rip", "ctrl-alt-delete",
        "ide1-cd0", "disk", "null,id=", "user,id=", "\\xff",
    };

    hmp_run("help", help);
    hmp_run("info", help);
    lines = g_strsplit(help->str, "\n", 0);
    for (char **l = lines; *l; l++) {
        char *text = strstr(*l, " --");

        if (text) {
            *text = 0;
        }
        if (**l) {
            g_ptr_array_add(words, g_strndup(*l, strcspn(*l, "|[/")));
        }
    }
    for (const QmpCommand *const *t = qmp_tables(); *t; t++) {
        for (const QmpCommand *c = *t; c->name; c++) {
            g_ptr_array_add(words, (char *)c->name);
            for (const char *const *a = c->args; a && *a; a++) {
                g_ptr_array_add(words, (char *)*a);
            }
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(typed); i++) {
        g_ptr_array_add(words, (char *)typed[i]);
    }
    g_ptr_array_add(words, NULL);
    return words;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *kind = fuzz_option(*argc, *argv, "variant");
    const char *id = g_strcmp0(kind, "mux") ? "typed" : "serial0";
    GError *err = NULL;

    module_call_init(MODULE_INIT_QOM);
    if (fuzz_wants_words(*argc, *argv)) {
        fuzz_print_words((const char *const *)command_words()->pdata);
    }
    is_qmp = !g_strcmp0(kind, "qmp");
    fuzz_isolate(*argc, *argv);
    main_loop_init();
    fuzz_machine(RAM_MIB);
    runstate_init(&(RunOptions){ .qtest = true });
    stream = strcmp(id, "typed") ? chardev_find(id)
                                 : chardev_new("null,id=typed", &err);
    if (!stream ||
        !monitor_start(stream, is_qmp ? MONITOR_QMP : MONITOR_HMP, &err)) {
        g_error("%s", err ? err->message : "no stream");
    }
    if (is_qmp) {
        type("{\"execute\": \"qmp_capabilities\"}", 31);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    FuzzInput in = { data, size };
    int status;

    if (is_about_waiting(text)) {
        return -1;
    }
    if (is_qmp && (fuzz_take(&in, 1) & 1)) {
        while (in.left) {
            type_command(&in);
        }
    } else {
        type(in.data, in.left);
    }
    start_over();
    fuzz_machine_reset();
    timers_run_all();
    runstate_process(&status);
    unplug_made("/machine/peripheral");
    unplug_made("/machine/peripheral-anon");
    delete_made();
    return 0;
}
