/* SPDX-License-Identifier: MIT */
/* The ACPI tables of the machine "pc", put into fw_cfg. */
#ifndef HW_I386_ACPI_BUILD_H
#define HW_I386_ACPI_BUILD_H

#include "hw/acpi/aml.h"

typedef struct AcpiMachine {
    unsigned cpus;
    bool hpet;
    uint64_t pci_hole_start;    /* to FEC00000h */
    uint64_t pci_hole64_start, pci_hole64_end;  /* 0: none */
    unsigned serials;           /* bit N: COM N+1 is there */
} AcpiMachine;

typedef struct AcpiBlobs {
    GByteArray *tables, *rsdp, *loader;
} AcpiBlobs;

AcpiBlobs acpi_build(const AcpiMachine *m);     /* returns new */
void acpi_blobs_free(AcpiBlobs *b);
/* The differentiated description block without its header. */
void acpi_build_dsdt(Aml *a, const AcpiMachine *m);

#endif
