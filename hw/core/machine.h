/* SPDX-License-Identifier: MIT */
/*
 * Machines as objects.  The front picks a class by name ("pc"), sets
 * properties from the command line, and calls machine_build, which builds the
 * devices below "/machine".  Then come -device, system_reset and the vCPUs.
 */
#ifndef HW_CORE_MACHINE_H
#define HW_CORE_MACHINE_H

#include "hw/core/qdev.h"
#include "system/memory.h"

#define TYPE_MACHINE "machine"
#define MACHINE_TYPE_SUFFIX "-machine"
#define DEFAULT_BOOT_FAIL_TIMEOUT 60000     /* SeaBIOS's */
OBJECT_DECLARE_TYPE(MachineState, MachineClass, MACHINE)

struct MachineClass {
    ObjectClass parent_class;
    const char *alias;          /* a second name users may say */
    const char *desc;
    unsigned max_cpus;
    const char *default_cpu_type;
    uint64_t default_ram_size;
    bool is_default;
    bool (*init)(MachineState *m, GError **errp);
};

/*
 * CPUID's APIC ids: what the machine's tables say of a vCPU.  The front sees
 * to it that CPUID says the same.
 */
typedef struct MachineSMP {
    uint32_t cpus;              /* vCPUs there are */
    uint32_t sockets, cores, threads;   /* 0: derived from cpus */
} MachineSMP;

struct MachineState {
    Object parent;
    /* Set by the front before machine_build; all are properties too. */
    uint64_t ram_size;
    MachineSMP smp;
    char *cpu_type;
    char *firmware;             /* -bios: a file name or one in data_dirs */
    char *kernel, *initrd, *append;
    char *boot_order;           /* "cad" */
    char *boot_once;
    bool boot_menu;
    bool boot_strict;
    uint32_t boot_menu_timeout; /* ms */
    int32_t boot_fail_timeout;  /* ms; -1: firmware never starts again */
    char *boot_splash;          /* a picture, JPEG or BMP; may be NULL */
    char *vga;                  /* "std", "none" */
    bool usb;
    bool graphics;              /* false: -nographic */
    char *uuid;                 /* of SMBIOS; may be NULL */
    char *name;                 /* the user's; may be NULL */
    /* Chardevs of the serial ports by id; NULL: no such port.  Drives and
     * cards come from block_find_place and net_nics. */
    char *serials[4];
    char *rtc_base;             /* "utc", "localtime", a date; NULL: utc */
    char *rtc_clock;            /* "host", "vm", "rt"; NULL: host */
    bool smm;                   /* vCPUs have system management mode */
    bool hpet;
    bool x2apic;
    /* Made by machine_build. */
    MemoryRegion *ram;          /* all of it, in one piece */
    bool initialized;
};

/* "pc" or an alias; returns new, the child "/machine". */
MachineState *machine_new(const char *name, GError **errp);
/* -machine help: a line a machine. */
void machine_print_help(GString *out);
/* NULL: none was made. */
MachineState *machine_current(void);
bool machine_build(MachineState *m, GError **errp);
/* Looked into before the system's folders (-L). */
void machine_set_data_dir(const char *dir);
/* A file by name, or in the folders firmware is found in; returns new. */
char *machine_find_file(const char *name);
/* Sets sockets, cores and threads where 0; checks the product. */
bool machine_smp_complete(MachineSMP *smp, unsigned max_cpus, GError **errp);

#endif
