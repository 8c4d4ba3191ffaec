/* SPDX-License-Identifier: MIT */
/* PIIX4 function 3: ACPI and power management, with SMI command ports.  GPIO
 * input "rtc-alarm" takes the clock's alarms. */
#ifndef HW_ACPI_PIIX4_PM_H
#define HW_ACPI_PIIX4_PM_H

#include "hw/pci/pci.h"

#define TYPE_PIIX4_PM "PIIX4_PM"
#define PIIX4_PM_ALARM "rtc-alarm"

#define ACPI_PM_BASE     0x600
#define ACPI_GPE0_BASE   0xafe0
#define ACPI_SMI_COMMAND 0xb2
#define ACPI_ENABLE      0xf1
#define ACPI_DISABLE     0xf0
#define ACPI_SCI         9

/* On BUS at 01.3; SCI is its line.  SMM: vCPUs take SMIs. */
PCIDevice *piix4_pm_create(PCIBus *bus, qemu_irq sci, bool smm,
                           GError **errp);

#endif
