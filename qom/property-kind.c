/* SPDX-License-Identifier: MIT */
/* Kinds of property values: fields, ranges, texts.  See property.h. */
#include "util/osdep.h"
#include "qom/property.h"

#include "util/bytes.h"
#include "util/optstr.h"

GVariant *value_new_string(const char *text)
{
    return g_variant_ref_sink(g_variant_new_bytestring(text ?: ""));
}

const char *value_get_string(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
        return g_variant_get_bytestring(value);
    }
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
        return g_variant_get_string(value, NULL);
    }
    return NULL;
}

char *value_print(GVariant *value)
{
    const char *text = value_get_string(value);
    GString *out;
    GVariantIter iter;
    GVariant *item;

    if (text) {
        return g_strdup(text);
    }
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE("av"))) {
        return g_variant_print(value, false);
    }
    out = g_string_new(NULL);
    g_variant_iter_init(&iter, value);
    while (g_variant_iter_next(&iter, "v", &item)) {
        char *s = value_print(item);

        g_string_append_printf(out, "%s%s", out->len ? "," : "", s);
        g_free(s);
        g_variant_unref(item);
    }
    return g_string_free(out, false);
}

static GVariant *bad_value(const PropertyKind *kind, const char *property,
                           GVariant *value, GError **errp)
{
    char *text = value_print(value);

    g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                "property '%s' takes a %s, not '%s'", property, kind->name,
                text);
    g_free(text);
    return NULL;
}

/* bool */

static GVariant *bool_load(const PropertyKind *kind, const void *field)
{
    return g_variant_ref_sink(g_variant_new_boolean(*(const bool *)field));
}

static void bool_store(const PropertyKind *kind, void *field, GVariant *v)
{
    *(bool *)field = g_variant_get_boolean(v);
}

static GVariant *bool_coerce(const PropertyKind *kind, const char *property,
                             GVariant *v, GError **errp)
{
    const char *text = value_get_string(v);
    bool value;

    if (g_variant_is_of_type(v, G_VARIANT_TYPE_BOOLEAN)) {
        return g_variant_ref_sink(v);
    }
    if (text && opt_bool(text, &value)) {
        return g_variant_ref_sink(g_variant_new_boolean(value));
    }
    g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                "property '%s' takes 'on' or 'off'", property);
    return NULL;
}

/* Integers: a sign and a magnitude on the way. */

static bool number_of(GVariant *v, bool *negative, uint64_t *magnitude)
{
    int64_t s;

    switch (g_variant_classify(v)) {
    case G_VARIANT_CLASS_BYTE:
        *magnitude = g_variant_get_byte(v);
        break;
    case G_VARIANT_CLASS_UINT16:
        *magnitude = g_variant_get_uint16(v);
        break;
    case G_VARIANT_CLASS_UINT32:
        *magnitude = g_variant_get_uint32(v);
        break;
    case G_VARIANT_CLASS_UINT64:
        *magnitude = g_variant_get_uint64(v);
        break;
    case G_VARIANT_CLASS_INT16:
        s = g_variant_get_int16(v);
        goto is_signed;
    case G_VARIANT_CLASS_INT32:
        s = g_variant_get_int32(v);
        goto is_signed;
    case G_VARIANT_CLASS_INT64:
        s = g_variant_get_int64(v);
    is_signed:
        *negative = s < 0;
        *magnitude = s < 0 ? -(uint64_t)s : (uint64_t)s;
        return true;
    default:
        return false;
    }
    *negative = false;
    return true;
}

static bool parse_number(const char *text, bool *negative, uint64_t *magnitude)
{
    char *end;

    while (g_ascii_isspace(*text)) {
        text++;
    }
    *negative = *text == '-';
    text += *negative || *text == '+';
    if (!g_ascii_isdigit(*text)) {
        return false;
    }
    errno = 0;
    *magnitude = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0';
}

static GVariant *new_number(char type, bool negative, uint64_t m)
{
    int64_t s = negative ? -m : m;

    switch (type) {
    case 'y':
        return g_variant_new_byte(m);
    case 'q':
        return g_variant_new_uint16(m);
    case 'u':
        return g_variant_new_uint32(m);
    case 't':
        return g_variant_new_uint64(m);
    case 'n':
        return g_variant_new_int16(s);
    case 'i':
        return g_variant_new_int32(s);
    default:
        return g_variant_new_int64(s);
    }
}

static GVariant *number_in_range(const PropertyKind *kind,
                                 const char *property, GVariant *v,
                                 bool negative, uint64_t m, GError **errp)
{
    uint64_t lowest = kind->min < 0 ? -(uint64_t)kind->min : 0;

    if (negative ? m > lowest
                 : m > kind->max || (kind->min > 0 && m < kind->min)) {
        return bad_value(kind, property, v, errp);
    }
    return g_variant_ref_sink(new_number(kind->format[0], negative, m));
}

static GVariant *int_coerce(const PropertyKind *kind, const char *property,
                            GVariant *v, GError **errp)
{
    const char *text = value_get_string(v);
    bool negative;
    uint64_t m;

    if (text ? !parse_number(text, &negative, &m)
             : !number_of(v, &negative, &m)) {
        return bad_value(kind, property, v, errp);
    }
    return number_in_range(kind, property, v, negative, m, errp);
}

static GVariant *int_load(const PropertyKind *kind, const void *field)
{
    uint64_t m = get_field(field, kind->size);
    unsigned unused = 64 - 8 * kind->size;
    int64_t s = kind->min < 0 ? (int64_t)(m << unused) >> unused : 0;

    return g_variant_ref_sink(new_number(kind->format[0], s < 0,
                                         s < 0 ? -(uint64_t)s : m));
}

static void int_store(const PropertyKind *kind, void *field, GVariant *v)
{
    bool negative;
    uint64_t m = 0;

    number_of(v, &negative, &m);
    put_field(field, negative ? -m : m, kind->size);
}

/* Sizes: a number with a binary suffix. */

bool parse_size(const char *text, uint64_t unit, uint64_t *bytes,
                GError **errp)
{
    static const char suffixes[] = "BKMGTPE";
    const char *s = text;
    char *end;
    const char *suffix;
    uint64_t whole;
    double fraction = 0, total;

    while (g_ascii_isspace(*s)) {
        s++;
    }
    if (!g_ascii_isdigit(*s)) {
        goto bad;
    }
    errno = 0;
    whole = strtoull(s, &end, s[0] == '0' && (s[1] | 32) == 'x' ? 16 : 10);
    if (errno) {
        goto bad;
    }
    if (*end == '.' && g_ascii_isdigit(end[1])) {
        double scale = 0.1;

        for (end++; g_ascii_isdigit(*end); end++, scale /= 10) {
            fraction += (*end - '0') * scale;
        }
    }
    if (*end) {
        suffix = strchr(suffixes, g_ascii_toupper(*end));
        if (!suffix || end[1]) {
            goto bad;
        }
        unit = 1ull << (10 * (suffix - suffixes));
    }
    total = ((double)whole + fraction) * (double)unit;
    /* A double is too coarse for a whole number, enough for a fraction. */
    if ((fraction > 0 && total >= 0x1p64) ||
        (whole && unit > UINT64_MAX / whole)) {
        goto bad;
    }
    *bytes = whole * unit + (uint64_t)(fraction * (double)unit);
    return true;
bad:
    g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                "'%s' is not a size (suffixes are K, M, G, T, P, E)", text);
    return false;
}

static GVariant *size_coerce(const PropertyKind *kind, const char *property,
                             GVariant *v, GError **errp)
{
    const char *text = value_get_string(v);
    bool negative = false;
    uint64_t m;

    if (text ? !parse_size(text, 1, &m, NULL) : !number_of(v, &negative, &m)) {
        return bad_value(kind, property, v, errp);
    }
    return number_in_range(kind, property, v, negative, m, errp);
}

/* Strings */

static GVariant *str_load(const PropertyKind *kind, const void *field)
{
    return value_new_string(*(char *const *)field);
}

static void str_store(const PropertyKind *kind, void *field, GVariant *v)
{
    char **p = field;

    g_free(*p);
    *p = g_strdup(value_get_string(v));
}

static GVariant *str_coerce(const PropertyKind *kind, const char *property,
                            GVariant *v, GError **errp)
{
    const char *text = value_get_string(v);

    return text ? value_new_string(text) : bad_value(kind, property, v, errp);
}

static void str_clear(const PropertyKind *kind, void *field)
{
    g_clear_pointer((char **)field, g_free);
}

/* Enumerations */

GVariant *property_enum_load(const PropertyKind *kind, const void *field)
{
    return g_variant_ref_sink(
        g_variant_new_string(kind->values[*(const int *)field]));
}

void property_enum_store(const PropertyKind *kind, void *field, GVariant *v)
{
    const char *text = value_get_string(v);

    for (int i = 0; kind->values[i]; i++) {
        if (strcmp(kind->values[i], text) == 0) {
            *(int *)field = i;
        }
    }
}

GVariant *property_enum_coerce(const PropertyKind *kind, const char *property,
                               GVariant *v, GError **errp)
{
    const char *text = value_get_string(v);
    char *all, *given;

    if (text && g_strv_contains(kind->values, text)) {
        return g_variant_ref_sink(g_variant_new_string(text));
    }
    all = g_strjoinv(", ", (char **)kind->values);
    given = value_print(v);
    g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                "property '%s' takes one of %s, not '%s'", property, all,
                given);
    g_free(all);
    g_free(given);
    return NULL;
}

/* Arrays */

GVariant *property_array_load(const PropertyKind *kind, const void *field)
{
    const PropertyArray *a = field;
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("av"));
    for (uint32_t i = 0; i < a->len; i++) {
        const char *at = (const char *)a->data + i * kind->element->size;
        GVariant *item = kind->element->load(kind->element, at);

        g_variant_builder_add(&b, "v", item);
        g_variant_unref(item);
    }
    return g_variant_ref_sink(g_variant_builder_end(&b));
}

void property_array_clear(const PropertyKind *kind, void *field)
{
    PropertyArray *a = field;

    for (uint32_t i = 0; kind->element->clear && i < a->len; i++) {
        kind->element->clear(kind->element,
                             (char *)a->data + i * kind->element->size);
    }
    g_clear_pointer(&a->data, g_free);
    a->len = 0;
}

void property_array_store(const PropertyKind *kind, void *field, GVariant *v)
{
    PropertyArray *a = field;

    property_array_clear(kind, a);
    a->len = g_variant_n_children(v);
    a->data = g_malloc0_n(a->len, kind->element->size);
    for (uint32_t i = 0; i < a->len; i++) {
        GVariant *item;

        g_variant_get_child(v, i, "v", &item);
        kind->element->store(kind->element,
                             (char *)a->data + i * kind->element->size, item);
        g_variant_unref(item);
    }
}

static bool add_element(const PropertyKind *kind, const char *property,
                        GVariantBuilder *b, GVariant *item, GError **errp)
{
    GVariant *v = kind->element->coerce(kind->element, property, item, errp);

    if (!v) {
        return false;
    }
    g_variant_builder_add(b, "v", v);
    g_variant_unref(v);
    return true;
}

GVariant *property_array_coerce(const PropertyKind *kind, const char *property,
                                GVariant *v, GError **errp)
{
    const char *text = value_get_string(v);
    GVariantBuilder b;
    bool ok = true;

    g_variant_builder_init(&b, G_VARIANT_TYPE("av"));
    if (text) {
        char **parts = g_strsplit(text, ",", -1);

        for (char **p = parts; *p && ok; p++) {
            GVariant *item = value_new_string(*p);

            ok = add_element(kind, property, &b, item, errp);
            g_variant_unref(item);
        }
        g_strfreev(parts);
    } else if (g_variant_is_of_type(v, G_VARIANT_TYPE_ARRAY)) {
        for (gsize i = 0; i < g_variant_n_children(v) && ok; i++) {
            GVariant *child = g_variant_get_child_value(v, i);
            GVariant *item = child;

            if (g_variant_is_of_type(child, G_VARIANT_TYPE_VARIANT)) {
                item = g_variant_get_variant(child);
                g_variant_unref(child);
            }
            ok = add_element(kind, property, &b, item, errp);
            g_variant_unref(item);
        }
    } else {
        bad_value(kind, property, v, errp);
        ok = false;
    }
    if (!ok) {
        g_variant_builder_clear(&b);
        return NULL;
    }
    return g_variant_ref_sink(g_variant_builder_end(&b));
}

const PropertyKind property_bool = {
    .name = "bool", .format = "b", .size = sizeof(bool),
    .load = bool_load, .store = bool_store, .coerce = bool_coerce,
};
const PropertyKind property_string = {
    .name = "string", .format = "ay", .size = sizeof(char *),
    .load = str_load, .store = str_store, .coerce = str_coerce,
    .clear = str_clear,
};
/* What it stands for is found by the property's setter. */
const PropertyKind property_link = {
    .name = "path", .format = "ay", .size = sizeof(Object *),
    .coerce = str_coerce,
};

/* clang-format off */
#define INTEGER(id, text, fmt, ctype, lowest, highest, how)           \
    const PropertyKind property_##id = {                              \
        .name = text, .format = fmt, .size = sizeof(ctype),           \
        .load = int_load, .store = int_store, .coerce = how,          \
        .min = lowest, .max = highest,                                \
    };
INTEGER(uint8,  "uint8",  "y", uint8_t,  0,         UINT8_MAX,  int_coerce)
INTEGER(uint16, "uint16", "q", uint16_t, 0,         UINT16_MAX, int_coerce)
INTEGER(uint32, "uint32", "u", uint32_t, 0,         UINT32_MAX, int_coerce)
INTEGER(uint64, "uint64", "t", uint64_t, 0,         UINT64_MAX, int_coerce)
INTEGER(int8,   "int8",   "n", int8_t,   INT8_MIN,  INT8_MAX,   int_coerce)
INTEGER(int16,  "int16",  "n", int16_t,  INT16_MIN, INT16_MAX,  int_coerce)
INTEGER(int32,  "int32",  "i", int32_t,  INT32_MIN, INT32_MAX,  int_coerce)
INTEGER(int64,  "int64",  "x", int64_t,  INT64_MIN, INT64_MAX,  int_coerce)
INTEGER(size,   "size",   "t", uint64_t, 0,         UINT64_MAX, size_coerce)
INTEGER(size32, "size",   "u", uint32_t, 0,         UINT32_MAX, size_coerce)
/* clang-format on */
