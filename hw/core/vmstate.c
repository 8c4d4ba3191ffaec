/* SPDX-License-Identifier: MIT */
/* Device state to and from byte streams: see vmstate.h. */
#include "util/osdep.h"
#include "hw/core/vmstate.h"
#include "qom/error.h"
#include "system/timer.h"
#include "util/bytes.h"

typedef struct Entry {
    char *id;
    const VMStateDescription *vmsd;
    void *opaque;
} Entry;

static GPtrArray *entries;

static bool fail(GError **errp, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool fail(GError **errp, const char *format, ...)
{
    va_list ap;
    char *text;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE, "state: %s", text);
    g_free(text);
    return false;
}

bool vm_read(VMReader *r, void *buf, size_t len)
{
    if (len > r->size - r->at) {
        return false;
    }
    memcpy(buf, r->data + r->at, len);
    r->at += len;
    return true;
}

bool vm_read_be(VMReader *r, uint64_t *value, unsigned bytes)
{
    uint8_t b[8];

    if (!vm_read(r, b, bytes)) {
        return false;
    }
    *value = get_be(b, bytes);
    return true;
}

void vm_write_be(GByteArray *out, uint64_t value, unsigned bytes)
{
    uint8_t b[8];

    put_be(b, value, bytes);
    g_byte_array_append(out, b, bytes);
}

/* Kinds of fields */

static void put_uint(GByteArray *out, const void *field, size_t size)
{
    vm_write_be(out, get_field(field, size), size);
}

static bool get_uint(VMReader *r, void *field, size_t size, GError **errp)
{
    uint64_t v;

    if (!vm_read_be(r, &v, size)) {
        return fail(errp, "the stream ends in a number");
    }
    put_field(field, v, size);
    return true;
}

static void put_bool(GByteArray *out, const void *field, size_t size)
{
    vm_write_be(out, *(const bool *)field, 1);
}

static bool get_bool(VMReader *r, void *field, size_t size, GError **errp)
{
    uint64_t v;

    if (!vm_read_be(r, &v, 1) || v > 1) {
        return fail(errp, "a truth value is missing or not 0 or 1");
    }
    *(bool *)field = v;
    return true;
}

static void put_buffer(GByteArray *out, const void *field, size_t size)
{
    g_byte_array_append(out, field, size);
}

static bool get_buffer(VMReader *r, void *field, size_t size, GError **errp)
{
    return vm_read(r, field, size) || fail(errp, "the stream ends in a buffer");
}

static void put_timer(GByteArray *out, const void *field, size_t size)
{
    vm_write_be(out, timer_expire_time_ns(field), 8);
}

static bool get_timer(VMReader *r, void *field, size_t size, GError **errp)
{
    uint64_t v;

    if (!vm_read_be(r, &v, 8)) {
        return fail(errp, "the stream ends in a timer");
    }
    if ((int64_t)v < 0) {
        timer_del(field);
    } else {
        timer_mod_ns(field, v);
    }
    return true;
}

const VMStateInfo vmstate_info_uint = { "uint", put_uint, get_uint };
const VMStateInfo vmstate_info_bool = { "bool", put_bool, get_bool };
const VMStateInfo vmstate_info_buffer = { "buffer", put_buffer, get_buffer };
const VMStateInfo vmstate_info_timer = { "timer", put_timer, get_timer };

/* Fields */

static bool field_is_there(const VMStateField *f, void *opaque, int version)
{
    return f->version_id <= version &&
           (!f->field_exists || f->field_exists(opaque, version));
}

/* Where the elements are and how many. */
static bool locate(const VMStateField *f, void *opaque, char **at,
                   unsigned *n, GError **errp)
{
    *at = (char *)opaque + f->offset;
    *n = f->num ?: 1;
    if (f->pointer) {
        *at = *(char **)*at;
        if (!*at) {
            return fail(errp, "'%s' has no memory", f->name);
        }
    }
    if (f->has_num) {
        uint32_t want = *(uint32_t *)((char *)opaque + f->num_offset);

        if (want > *n) {
            return fail(errp, "'%s' has %u elements, %u is the most",
                        f->name, want, *n);
        }
        *n = want;
    }
    return true;
}

static bool save_fields(GByteArray *out, const VMStateDescription *vmsd,
                        void *opaque, GError **errp)
{
    for (const VMStateField *f = vmsd->fields; f && f->name; f++) {
        char *at;
        unsigned n;

        if (!field_is_there(f, opaque, vmsd->version_id)) {
            continue;
        }
        if (!locate(f, opaque, &at, &n, errp)) {
            return false;
        }
        for (unsigned i = 0; i < n; i++, at += f->size) {
            if (!f->vmsd) {
                f->info->put(out, at, f->size);
            } else if (!vmstate_save(out, f->vmsd, at, errp)) {
                return false;
            }
        }
    }
    return true;
}

static bool load_fields(VMReader *in, const VMStateDescription *vmsd,
                        void *opaque, int version, GError **errp)
{
    for (const VMStateField *f = vmsd->fields; f && f->name; f++) {
        char *at;
        unsigned n;

        if (!field_is_there(f, opaque, version)) {
            continue;
        }
        if (!locate(f, opaque, &at, &n, errp)) {
            return false;
        }
        for (unsigned i = 0; i < n; i++, at += f->size) {
            bool ok = f->vmsd ? vmstate_load(in, f->vmsd, at, errp)
                              : f->info->get(in, at, f->size, errp);

            if (!ok) {
                g_prefix_error(errp, "%s.%s: ", vmsd->name, f->name);
                return false;
            }
        }
    }
    return true;
}

/* Sections */

static void put_name(GByteArray *out, const char *name)
{
    size_t len = strlen(name);

    vm_write_be(out, len, 2);
    g_byte_array_append(out, (const uint8_t *)name, len);
}

/* Returns new; NULL at the end of the stream. */
static char *get_name(VMReader *in)
{
    uint64_t len;
    char *name;

    if (!vm_read_be(in, &len, 2) || len > in->size - in->at) {
        return NULL;
    }
    name = g_strndup((const char *)in->data + in->at, len);
    in->at += len;
    return name;
}

bool vmstate_save(GByteArray *out, const VMStateDescription *vmsd,
                  void *opaque, GError **errp)
{
    GByteArray *body = g_byte_array_new();
    bool ok = !vmsd->pre_save || vmsd->pre_save(opaque, errp);

    ok = ok && save_fields(body, vmsd, opaque, errp);
    if (ok) {
        put_name(out, vmsd->name);
        vm_write_be(out, vmsd->version_id, 4);
        vm_write_be(out, body->len, 4);
        g_byte_array_append(out, body->data, body->len);
    }
    g_byte_array_free(body, true);
    for (const VMStateDescription *const *s = vmsd->subsections;
         ok && s && *s; s++) {
        if (!(*s)->needed || (*s)->needed(opaque)) {
            vm_write_be(out, 1, 1);
            ok = vmstate_save(out, *s, opaque, errp);
        }
    }
    vm_write_be(out, 0, 1);
    return ok;
}

static const VMStateDescription *
find_subsection(const VMStateDescription *vmsd, const VMReader *in)
{
    VMReader peek = *in;
    char *name = get_name(&peek);
    const VMStateDescription *found = NULL;

    for (const VMStateDescription *const *s = vmsd->subsections;
         name && s && *s; s++) {
        if (strcmp((*s)->name, name) == 0) {
            found = *s;
        }
    }
    g_free(name);
    return found;
}

static bool load_subsections(VMReader *in, const VMStateDescription *vmsd,
                             void *opaque, GError **errp)
{
    uint64_t more;

    for (;;) {
        const VMStateDescription *sub;

        if (!vm_read_be(in, &more, 1) || more > 1) {
            return fail(errp, "'%s' has no end", vmsd->name);
        }
        if (!more) {
            return true;
        }
        sub = find_subsection(vmsd, in);
        if (!sub) {
            return fail(errp, "'%s' has an unknown subsection", vmsd->name);
        }
        if (!vmstate_load(in, sub, opaque, errp)) {
            return false;
        }
    }
}

static bool load_header(VMReader *in, const VMStateDescription *vmsd,
                        uint64_t *version, uint64_t *len, GError **errp)
{
    char *name = get_name(in);
    bool same = name && strcmp(name, vmsd->name) == 0;

    g_free(name);
    if (!same) {
        return fail(errp, "'%s' is not where it should be", vmsd->name);
    }
    if (!vm_read_be(in, version, 4) || !vm_read_be(in, len, 4) ||
        *len > in->size - in->at) {
        return fail(errp, "the stream ends in '%s'", vmsd->name);
    }
    if (*version > vmsd->version_id || *version < vmsd->minimum_version_id) {
        return fail(errp, "'%s' has version %" PRIu64 ", not %d to %d",
                    vmsd->name, *version, vmsd->minimum_version_id,
                    vmsd->version_id);
    }
    return true;
}

bool vmstate_load(VMReader *in, const VMStateDescription *vmsd, void *opaque,
                  GError **errp)
{
    uint64_t version = 0, len = 0;
    VMReader body;

    if (!load_header(in, vmsd, &version, &len, errp)) {
        return false;
    }
    if (vmsd->pre_load && !vmsd->pre_load(opaque, errp)) {
        return false;
    }
    body = (VMReader){ in->data, in->at + len, in->at };
    if (!load_fields(&body, vmsd, opaque, version, errp)) {
        return false;
    }
    if (body.at != body.size) {
        return fail(errp, "'%s' has %zu bytes left over", vmsd->name,
                    body.size - body.at);
    }
    in->at = body.at;
    return load_subsections(in, vmsd, opaque, errp) &&
           (!vmsd->post_load || vmsd->post_load(opaque, version, errp));
}

/* The whole machine */

void vmstate_register(const char *id, const VMStateDescription *vmsd,
                      void *opaque)
{
    Entry *e = g_new(Entry, 1);
    guint at = 0;

    if (!entries) {
        entries = g_ptr_array_new();
    }
    *e = (Entry){ g_strdup(id), vmsd, opaque };
    while (at < entries->len &&
           ((Entry *)g_ptr_array_index(entries, at))->vmsd->priority >=
               vmsd->priority) {
        at++;
    }
    g_ptr_array_insert(entries, at, e);
}

void vmstate_unregister(const VMStateDescription *vmsd, void *opaque)
{
    for (guint i = 0; entries && i < entries->len; i++) {
        Entry *e = g_ptr_array_index(entries, i);

        if (e->vmsd == vmsd && e->opaque == opaque) {
            g_ptr_array_remove_index(entries, i);
            g_free(e->id);
            g_free(e);
            return;
        }
    }
}

bool vmstate_save_all(GByteArray *out, GError **errp)
{
    for (guint i = 0; entries && i < entries->len; i++) {
        Entry *e = g_ptr_array_index(entries, i);

        put_name(out, e->id);
        if (!vmstate_save(out, e->vmsd, e->opaque, errp)) {
            g_prefix_error(errp, "%s: ", e->id);
            return false;
        }
    }
    put_name(out, "");
    return true;
}

static Entry *find_entry(const char *id)
{
    for (guint i = 0; entries && i < entries->len; i++) {
        Entry *e = g_ptr_array_index(entries, i);

        if (strcmp(e->id, id) == 0) {
            return e;
        }
    }
    return NULL;
}

bool vmstate_load_all(const void *data, size_t size, GError **errp)
{
    VMReader in = { data, size, 0 };

    for (;;) {
        char *id = get_name(&in);
        Entry *e;
        bool ok;

        if (!id) {
            return fail(errp, "the stream has no end");
        }
        if (!*id) {
            g_free(id);
            return true;
        }
        e = find_entry(id);
        ok = e ? vmstate_load(&in, e->vmsd, e->opaque, errp)
               : fail(errp, "the machine has no '%s'", id);
        if (!ok) {
            g_prefix_error(errp, "%s: ", id);
            g_free(id);
            return false;
        }
        g_free(id);
    }
}
