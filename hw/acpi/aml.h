/* SPDX-License-Identifier: MIT */
/*
 * ACPI machine language, written term by term (ACPI 6.4, chapter 20).  What
 * has a length is opened and closed: aml_device(a, "COM1"); ...; aml_end(a).
 */
#ifndef HW_ACPI_AML_H
#define HW_ACPI_AML_H

#include "util/osdep.h"

#define AML_DEPTH 16

typedef struct Aml {
    GByteArray *buf;
    guint open[AML_DEPTH];      /* where lengths go */
    bool buffer[AML_DEPTH];     /* a resource template: end tag and size */
    int depth;
} Aml;

/* Terms that are closed by aml_end. */
void aml_scope(Aml *a, const char *name);
void aml_device(Aml *a, const char *name);
void aml_method(Aml *a, const char *name, unsigned args, bool serialized);
void aml_if(Aml *a);                    /* its predicate comes next */
void aml_package(Aml *a, unsigned n);   /* its elements come next */
void aml_resources(Aml *a);             /* descriptors come next */
/* Fields of a region; byte accesses, locks not taken. */
void aml_field(Aml *a, const char *region);
void aml_end(Aml *a);

/* Terms and arguments. */
void aml_op(Aml *a, unsigned op);       /* up to two bytes: 0x5b82 */
void aml_name_string(Aml *a, const char *name);
void aml_int(Aml *a, uint64_t v);
void aml_string(Aml *a, const char *text);
void aml_eisaid(Aml *a, const char *id);
void aml_region(Aml *a, const char *name, unsigned space, uint64_t at,
                uint64_t len);
void aml_field_unit(Aml *a, const char *name, unsigned bits);

/* Name(NAME, ...) */
void aml_name(Aml *a, const char *name);        /* its object comes next */
void aml_name_int(Aml *a, const char *name, uint64_t v);
void aml_name_string_value(Aml *a, const char *name, const char *text);
void aml_name_eisaid(Aml *a, const char *name, const char *id);

/* Resource descriptors: ACPI 6.4, 6.4. */
void aml_io(Aml *a, uint16_t base, unsigned len);
void aml_irq_no_flags(Aml *a, unsigned irq);
void aml_memory32_fixed(Aml *a, uint32_t base, uint32_t len, bool writable);
void aml_interrupts(Aml *a, const uint32_t *irqs, unsigned n);
void aml_word_bus(Aml *a, uint16_t first, uint16_t last);
void aml_word_io(Aml *a, uint16_t first, uint16_t last);
void aml_dword_memory(Aml *a, uint32_t first, uint32_t last, bool cacheable);
void aml_qword_memory(Aml *a, uint64_t first, uint64_t last);

enum {
    AML_STORE = 0x70, AML_AND = 0x7b, AML_OR = 0x7d, AML_LLESS = 0x95,
    AML_RETURN = 0xa4, AML_ARG0 = 0x68, AML_LOCAL0 = 0x60,
    AML_CREATE_DWORD_FIELD = 0x8a, AML_NULL = 0x00,
    AML_SYSTEM_IO = 1, AML_PCI_CONFIG = 2,
};

#endif
