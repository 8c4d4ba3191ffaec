/* SPDX-License-Identifier: MIT */
/* What the command line says: parsed, not acted upon yet. */
#ifndef SYSTEM_OPTIONS_H
#define SYSTEM_OPTIONS_H

#include "hw/core/machine.h"

typedef struct SystemOptions {
    const char *machine;        /* NULL: the default */
    GPtrArray *machine_props;   /* "name=value" */
    const char *cpu;
    const char *accel;          /* NULL, "tcg" or "tci" */
    char *absent_accel;         /* asked for, and not there; or NULL */
    bool one_insn;
    uint64_t tb_size;           /* MiB; 0: default */
    uint64_t ram_size;          /* bytes; 0: the machine's */
    MachineSMP smp;
    const char *bios, *kernel, *initrd, *append;
    const char *data_dir;
    char *boot_order, *boot_once;
    bool boot_menu, boot_strict;
    uint32_t boot_menu_timeout; /* ms */
    int32_t boot_fail_timeout;  /* ms; -1: never */
    char *boot_splash;
    GPtrArray *drives;          /* -drive texts, in order */
    bool snapshot;
    GPtrArray *netdevs, *nics;  /* texts */
    bool no_nic;
    char *net_nic, *net_user;   /* of -net */
    GPtrArray *devices, *objects, *chardevs;
    GPtrArray *serials, *monitors, *qmps, *qmps_pretty, *mons;
    const char *debugcon;
    bool nographic, nodefaults;
    const char *display, *vnc, *vga;
    char *rtc_base, *rtc_clock;
    const char *uuid;
    char *name, *process_name;
    GPtrArray *fw_cfgs, *option_roms;   /* texts */
    bool no_reboot, no_shutdown, no_hpet, stopped, daemonize;
    const char *gdb;
    const char *pidfile;
    const char *qtest;
} SystemOptions;

/* Says "PROGRAM: ..." and exits with status 1. */
QEMU_NORETURN void system_die(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* The same with the message of ERR. */
QEMU_NORETURN void system_die_error(GError *err);
void system_warn(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* Exits after -h and kin, and on errors. */
void system_options_parse(SystemOptions *o, int argc, char **argv);

#endif
