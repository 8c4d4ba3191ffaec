/* SPDX-License-Identifier: MIT */
/*
 * QMP: the machine protocol.  A greeting, then JSON objects in both
 * directions: {"execute": NAME, "arguments": {...}, "id": ANY} is answered by
 * {"return": ...} or {"error": {"class": C, "desc": D}}, events come between.
 */
#include "util/osdep.h"
#include "system/qmp-int.h"

#include "chardev/char.h"
#include "system/monitor.h"
#include "system/runstate.h"
#include "util/version.h"

#define MAX_MESSAGE (64 * 1024 * 1024)
#define MAX_DEPTH   1024

typedef struct Qmp {
    CharFrontend fe;
    GString *in;
    size_t scanned;             /* of in */
    int depth;
    bool in_string, backslash;
    bool negotiated, pretty;
} Qmp;

static GPtrArray *sessions;

void qmp_fail(GError **errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (errp && !*errp) {
        *errp = g_error_new_valist(QMP_ERROR, QMP_ERROR_GENERIC, fmt, ap);
    }
    va_end(ap);
}

/* Arguments */

static JsonNode *arg_node(JsonObject *args, const char *name, bool needed,
                          GError **errp)
{
    JsonNode *node = json_object_get_member(args, name);

    if (!node && needed) {
        qmp_fail(errp, "Parameter '%s' is missing", name);
    }
    return node;
}

const char *qmp_arg_str(JsonObject *args, const char *name, bool needed,
                        GError **errp)
{
    JsonNode *node = arg_node(args, name, needed, errp);

    if (node && json_node_get_value_type(node) != G_TYPE_STRING) {
        qmp_fail(errp, "Invalid parameter type for '%s', expected: string",
                 name);
        return NULL;
    }
    return node ? json_node_get_string(node) : NULL;
}

bool qmp_arg_int(JsonObject *args, const char *name, bool needed,
                 int64_t *value, GError **errp)
{
    JsonNode *node = arg_node(args, name, needed, errp);

    if (!node) {
        return !needed;
    }
    if (json_node_get_value_type(node) != G_TYPE_INT64) {
        qmp_fail(errp, "Invalid parameter type for '%s', expected: integer",
                 name);
        return false;
    }
    *value = json_node_get_int(node);
    return true;
}

bool qmp_arg_bool(JsonObject *args, const char *name, bool otherwise,
                  GError **errp)
{
    JsonNode *node = json_object_get_member(args, name);

    if (!node) {
        return otherwise;
    }
    if (json_node_get_value_type(node) != G_TYPE_BOOLEAN) {
        qmp_fail(errp, "Invalid parameter type for '%s', expected: boolean",
                 name);
        return false;
    }
    return json_node_get_boolean(node);
}

JsonNode *qmp_from_object(JsonObject *obj)
{
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    json_node_take_object(node, obj);
    return node;
}

JsonNode *qmp_from_array(JsonArray *array)
{
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);

    json_node_take_array(node, array);
    return node;
}

JsonNode *qmp_from_string(const char *text)
{
    JsonNode *node = json_node_new(JSON_NODE_VALUE);

    json_node_set_string(node, text);
    return node;
}

/* Sending */

static void send_node(Qmp *q, JsonNode *node)
{
    JsonGenerator *gen = json_generator_new();
    gsize n;
    char *text;

    json_generator_set_root(gen, node);
    json_generator_set_pretty(gen, q->pretty);
    json_generator_set_indent(gen, 4);
    text = json_generator_to_data(gen, &n);
    chardev_write(&q->fe, text, n);
    chardev_write(&q->fe, "\r\n", 2);
    g_free(text);
    g_object_unref(gen);
    json_node_unref(node);
}

static void send_error(Qmp *q, JsonNode *id, GError *err)
{
    JsonObject *reply = json_object_new(), *error = json_object_new();
    const char *class = "GenericError";

    if (g_error_matches(err, QMP_ERROR, QMP_ERROR_NO_COMMAND)) {
        class = "CommandNotFound";
    } else if (g_error_matches(err, QMP_ERROR, QMP_ERROR_NO_DEVICE)) {
        class = "DeviceNotFound";
    }
    json_object_set_string_member(error, "class", class);
    json_object_set_string_member(error, "desc", err->message);
    json_object_set_object_member(reply, "error", error);
    if (id) {
        json_object_set_member(reply, "id", json_node_copy(id));
    }
    send_node(q, qmp_from_object(reply));
    g_error_free(err);
}

static void greet(Qmp *q)
{
    JsonObject *top = json_object_new(), *qmp = json_object_new();
    JsonObject *version = json_object_new(), *numbers = json_object_new();

    json_object_set_int_member(numbers, "micro", VERSION_MICRO);
    json_object_set_int_member(numbers, "minor", VERSION_MINOR);
    json_object_set_int_member(numbers, "major", VERSION_MAJOR);
    json_object_set_object_member(version, "qemu", numbers);
    json_object_set_string_member(version, "package", "");
    json_object_set_object_member(qmp, "version", version);
    json_object_set_array_member(qmp, "capabilities", json_array_new());
    json_object_set_object_member(top, "QMP", qmp);
    send_node(q, qmp_from_object(top));
}

static void on_runstate_event(const char *name, const char *data)
{
    gint64 now = g_get_real_time();

    for (unsigned i = 0; sessions && i < sessions->len; i++) {
        Qmp *q = sessions->pdata[i];
        JsonObject *event, *stamp;

        if (!q->negotiated) {
            continue;
        }
        event = json_object_new();
        stamp = json_object_new();
        json_object_set_int_member(stamp, "seconds", now / G_USEC_PER_SEC);
        json_object_set_int_member(stamp, "microseconds",
                                   now % G_USEC_PER_SEC);
        json_object_set_object_member(event, "timestamp", stamp);
        json_object_set_string_member(event, "event", name);
        if (data) {
            json_object_set_member(event, "data",
                                   json_from_string(data, NULL));
        }
        send_node(q, qmp_from_object(event));
    }
}

/* Commands */

const QmpCommand *const *qmp_tables(void)
{
    static const QmpCommand *const tables[] = {
        qmp_machine_commands, qmp_query_commands, qmp_object_commands, NULL
    };

    return tables;
}

static const QmpCommand *find_command(const char *name)
{
    for (const QmpCommand *const *t = qmp_tables(); *t; t++) {
        for (const QmpCommand *c = *t; c->name; c++) {
            if (!strcmp(c->name, name)) {
                return c;
            }
        }
    }
    return NULL;
}

static bool check_args(const QmpCommand *c, JsonObject *args, GError **errp)
{
    static const char *const any[] = { "*" };
    GList *names = json_object_get_members(args);
    bool ok = true;

    for (GList *n = names; n && ok; n = n->next) {
        bool known = c->args && !strcmp(c->args[0], any[0]);

        for (const char *const *a = c->args; a && *a; a++) {
            known |= !strcmp(*a, n->data);
        }
        if (!known) {
            qmp_fail(errp, "Parameter '%s' is unexpected", (char *)n->data);
            ok = false;
        }
    }
    g_list_free(names);
    return ok;
}

static JsonNode *execute(Qmp *q, JsonObject *msg, GError **errp)
{
    JsonNode *exec = json_object_get_member(msg, "execute");
    JsonNode *args_node = json_object_get_member(msg, "arguments");
    const char *name = exec && json_node_get_value_type(exec) == G_TYPE_STRING
                           ? json_node_get_string(exec) : NULL;
    const QmpCommand *c;
    JsonObject *args;
    JsonNode *result;

    if (!exec) {
        qmp_fail(errp, "QMP input lacks member 'execute'");
        return NULL;
    }
    if (!name) {
        qmp_fail(errp, "QMP input member 'execute' must be a string");
        return NULL;
    }
    if (args_node && !JSON_NODE_HOLDS_OBJECT(args_node)) {
        qmp_fail(errp, "QMP input member 'arguments' must be an object");
        return NULL;
    }
    if (!q->negotiated && strcmp(name, "qmp_capabilities")) {
        g_set_error(errp, QMP_ERROR, QMP_ERROR_NO_COMMAND,
                    "Expecting capabilities negotiation with "
                    "'qmp_capabilities'");
        return NULL;
    }
    c = find_command(name);
    if (!c || (q->negotiated && !strcmp(name, "qmp_capabilities"))) {
        g_set_error(errp, QMP_ERROR, QMP_ERROR_NO_COMMAND,
                    c ? "Capabilities negotiation is already complete, "
                    "command '%s' ignored" : "The command %s has not been "
                    "found", name);
        return NULL;
    }
    args = args_node ? json_object_ref(json_node_get_object(args_node))
                     : json_object_new();
    result = check_args(c, args, errp) ? c->run(args, errp) : NULL;
    json_object_unref(args);
    q->negotiated = true;
    return result;
}

static void run_message(Qmp *q, const char *text, size_t n)
{
    JsonParser *parser = json_parser_new_immutable();
    JsonNode *root, *id = NULL, *result;
    JsonObject *reply;
    GError *err = NULL;

    if (!g_utf8_validate(text, n, NULL)) {
        qmp_fail(&err, "JSON parse error, invalid UTF-8 sequence");
    } else if (!json_parser_load_from_data(parser, text, n, &err)) {
        GError *plain = NULL;

        qmp_fail(&plain, "JSON parse error, %s", err->message);
        g_error_free(err);
        err = plain;
    }
    root = err ? NULL : json_parser_get_root(parser);
    if (!err && (!root || !JSON_NODE_HOLDS_OBJECT(root))) {
        qmp_fail(&err, "QMP input must be a JSON object");
    }
    if (err) {
        send_error(q, NULL, err);
        g_object_unref(parser);
        return;
    }
    id = json_object_get_member(json_node_get_object(root), "id");
    result = execute(q, json_node_get_object(root), &err);
    if (err) {
        send_error(q, id, err);
    } else {
        reply = json_object_new();
        json_object_set_member(reply, "return", result ? result
                               : qmp_from_object(json_object_new()));
        if (id) {
            json_object_set_member(reply, "id", json_node_copy(id));
        }
        send_node(q, qmp_from_object(reply));
    }
    g_object_unref(parser);
}

/* Input: messages end where their brackets close, or at a stray line. */

static void start_over(Qmp *q)
{
    q->scanned = q->depth = 0;
    q->in_string = q->backslash = false;
    g_string_truncate(q->in, 0);
}

static void parse_error(Qmp *q, const char *why)
{
    GError *err = NULL;

    qmp_fail(&err, "JSON parse error, %s", why);
    start_over(q);
    send_error(q, NULL, err);
}

/* True when C ends a message. */
static bool scan(Qmp *q, char c)
{
    if (q->in_string) {
        q->in_string = q->backslash || c != '"';
        q->backslash = !q->backslash && c == '\\';
        return false;
    }
    if (c == '"') {
        q->in_string = true;
    } else if (c == '{' || c == '[') {
        q->depth++;
    } else if (c == '}' || c == ']') {
        q->depth--;
    }
    return q->depth <= 0 && (c == '}' || c == ']');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void byte_in(Qmp *q, char c)
{
    bool end;

    if (q->in->len == 0 && is_space(c)) {
        return;
    }
    if ((uint8_t)c == 0xff) {           /* a client's way to start over */
        start_over(q);
        return;
    }
    g_string_append_c(q->in, c);
    end = scan(q, c);
    /* Nothing that starts without a bracket is an object. */
    end |= q->depth == 0 && c == '\n';
    if (end) {
        char *text = g_strndup(q->in->str, q->in->len);
        size_t n = q->in->len;

        start_over(q);
        run_message(q, text, n);
        g_free(text);
    } else if (q->depth > MAX_DEPTH) {
        parse_error(q, "JSON nesting is too deep");
    } else if (q->in->len > MAX_MESSAGE) {
        parse_error(q, "message is too long");
    }
}

static int can_read(void *opaque)
{
    return 4096;
}

static void read_bytes(void *opaque, const uint8_t *buf, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        byte_in(opaque, buf[i]);
    }
}

static void on_event(void *opaque, CharEvent event)
{
    Qmp *q = opaque;

    if (event == CHAR_EVENT_OPENED) {
        start_over(q);
        q->negotiated = false;
        greet(q);
    }
}

static void session_free(gpointer opaque)
{
    Qmp *q = opaque;

    chardev_detach(&q->fe);
    g_string_free(q->in, TRUE);
    g_free(q);
}

bool qmp_start(Chardev *chr, bool pretty, GError **errp)
{
    Qmp *q = g_new0(Qmp, 1);

    q->in = g_string_new(NULL);
    q->pretty = pretty;
    q->fe = (CharFrontend){
        .can_read = can_read, .read = read_bytes, .event = on_event,
        .opaque = q,
    };
    runstate_set_event_hook(on_runstate_event);
    if (!chardev_attach(&q->fe, chr, errp)) {
        session_free(q);
        return false;
    }
    if (!sessions) {
        sessions = g_ptr_array_new_with_free_func(session_free);
    }
    g_ptr_array_add(sessions, q);
    return true;
}

void qmp_stop(void)
{
    g_clear_pointer(&sessions, g_ptr_array_unref);
}
