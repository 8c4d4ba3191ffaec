/* SPDX-License-Identifier: MIT */
/*
 * Device state as data: a description lists the fields of a structure, and one
 * walk saves them to a byte stream or loads them.  Numbers are big-endian in
 * the stream.  A section is: name, version, length of the fields, fields, then
 * subsections, each after a byte 1, and a byte 0.
 *
 * A stream is not trusted: loading never goes beyond it nor beyond a field,
 * and says what is wrong.
 */
#ifndef HW_CORE_VMSTATE_H
#define HW_CORE_VMSTATE_H

#include "util/osdep.h"

typedef struct VMStateInfo VMStateInfo;
typedef struct VMStateField VMStateField;
typedef struct VMStateDescription VMStateDescription;

typedef struct VMReader {
    const uint8_t *data;
    size_t size;
    size_t at;
} VMReader;

/* False at the end of the stream. */
bool vm_read(VMReader *r, void *buf, size_t len);
bool vm_read_be(VMReader *r, uint64_t *value, unsigned bytes);
void vm_write_be(GByteArray *out, uint64_t value, unsigned bytes);

struct VMStateInfo {
    const char *name;
    void (*put)(GByteArray *out, const void *field, size_t size);
    bool (*get)(VMReader *r, void *field, size_t size, GError **errp);
};
extern const VMStateInfo vmstate_info_uint;     /* also signed ones */
extern const VMStateInfo vmstate_info_bool;
extern const VMStateInfo vmstate_info_buffer;
extern const VMStateInfo vmstate_info_timer;

struct VMStateField {
    const char *name;           /* NULL ends a list */
    size_t offset;
    size_t size;                /* of an element */
    unsigned num;               /* elements; 0: 1.  With num_offset: most */
    size_t num_offset;          /* a uint32_t before it says how many, if */
    bool has_num;
    bool pointer;               /* the field points to the elements */
    int version_id;             /* in streams from this version on */
    const VMStateInfo *info;
    const VMStateDescription *vmsd;     /* instead of info: a structure */
    bool (*field_exists)(void *opaque, int version_id);
};

struct VMStateDescription {
    const char *name;
    int version_id;
    int minimum_version_id;
    int priority;               /* higher ones are saved first */
    bool (*pre_save)(void *opaque, GError **errp);
    bool (*pre_load)(void *opaque, GError **errp);
    bool (*post_load)(void *opaque, int version_id, GError **errp);
    bool (*needed)(void *opaque);       /* subsections; NULL: always */
    const VMStateField *fields;
    const VMStateDescription *const *subsections;   /* NULL at the end */
};

bool vmstate_save(GByteArray *out, const VMStateDescription *vmsd,
                  void *opaque, GError **errp);
bool vmstate_load(VMReader *in, const VMStateDescription *vmsd, void *opaque,
                  GError **errp);

/* What is part of the machine's state, by unique name. */
void vmstate_register(const char *id, const VMStateDescription *vmsd,
                      void *opaque);
void vmstate_unregister(const VMStateDescription *vmsd, void *opaque);
bool vmstate_save_all(GByteArray *out, GError **errp);
bool vmstate_load_all(const void *data, size_t size, GError **errp);

#define VMS_FIELD(S, f, T) \
    (offsetof(S, f) + 0 * sizeof((T *)0 == &((S *)0)->f))
#define VMSTATE_ONE(S, f, v, T, i)                                    \
    { .name = #f, .offset = VMS_FIELD(S, f, T), .size = sizeof(T),    \
      .version_id = v, .info = &vmstate_info_##i }
#define VMSTATE_BOOL_V(f, S, v)   VMSTATE_ONE(S, f, v, bool, bool)
#define VMSTATE_UINT8_V(f, S, v)  VMSTATE_ONE(S, f, v, uint8_t, uint)
#define VMSTATE_UINT16_V(f, S, v) VMSTATE_ONE(S, f, v, uint16_t, uint)
#define VMSTATE_UINT32_V(f, S, v) VMSTATE_ONE(S, f, v, uint32_t, uint)
#define VMSTATE_UINT64_V(f, S, v) VMSTATE_ONE(S, f, v, uint64_t, uint)
#define VMSTATE_INT32_V(f, S, v)  VMSTATE_ONE(S, f, v, int32_t, uint)
#define VMSTATE_INT64_V(f, S, v)  VMSTATE_ONE(S, f, v, int64_t, uint)
#define VMSTATE_BOOL(f, S)        VMSTATE_BOOL_V(f, S, 0)
#define VMSTATE_UINT8(f, S)       VMSTATE_UINT8_V(f, S, 0)
#define VMSTATE_UINT16(f, S)      VMSTATE_UINT16_V(f, S, 0)
#define VMSTATE_UINT32(f, S)      VMSTATE_UINT32_V(f, S, 0)
#define VMSTATE_UINT64(f, S)      VMSTATE_UINT64_V(f, S, 0)
#define VMSTATE_INT32(f, S)       VMSTATE_INT32_V(f, S, 0)
#define VMSTATE_INT64(f, S)       VMSTATE_INT64_V(f, S, 0)
/* An embedded Timer: pending or not, and when. */
#define VMSTATE_TIMER(f, S)                                           \
    { .name = #f, .offset = offsetof(S, f), .size = 1,                \
      .info = &vmstate_info_timer }
/* Arrays of numbers in the structure. */
#define VMSTATE_UINT_ARRAY_V(f, S, n, v)                              \
    { .name = #f, .offset = offsetof(S, f), .num = n,                 \
      .size = sizeof(((S *)0)->f[0]), .version_id = v,                \
      .info = &vmstate_info_uint }
#define VMSTATE_UINT_ARRAY(f, S, n) VMSTATE_UINT_ARRAY_V(f, S, n, 0)
/* Up to N elements, as many as the uint32_t field COUNT before it says. */
#define VMSTATE_UINT_VARRAY(f, S, count, n)                           \
    { .name = #f, .offset = offsetof(S, f), .num = n, .has_num = true, \
      .num_offset = VMS_FIELD(S, count, uint32_t),                    \
      .size = sizeof(((S *)0)->f[0]), .info = &vmstate_info_uint }
/* All bytes of an array, as they are. */
#define VMSTATE_BUFFER(f, S)                                          \
    { .name = #f, .offset = offsetof(S, f), .size = sizeof(((S *)0)->f), \
      .info = &vmstate_info_buffer }
/* N bytes behind a pointer that is there already. */
#define VMSTATE_BUFFER_POINTER(f, S, n)                               \
    { .name = #f, .offset = offsetof(S, f), .size = n, .pointer = true, \
      .info = &vmstate_info_buffer }
#define VMSTATE_STRUCT(f, S, d, T)                                    \
    { .name = #f, .offset = VMS_FIELD(S, f, T), .size = sizeof(T),    \
      .vmsd = &d }
#define VMSTATE_STRUCT_ARRAY(f, S, n, d, T)                           \
    { .name = #f, .offset = offsetof(S, f), .num = n, .size = sizeof(T), \
      .vmsd = &d }
#define VMSTATE_END { .name = NULL }

#endif
