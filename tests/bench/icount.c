/* SPDX-License-Identifier: MIT */
/*
 * Counts the instructions a program executes: a plugin for a user-mode emulator
 * with the TCG plugin API, version 1 (Debian's package qemu-user).
 *
 *   cc -O2 -shared -fPIC -o icount.so icount.c
 *   qemu-aarch64 -plugin ./icount.so -d plugin PROGRAM [ARG...]
 *
 * prints "icount N" on standard error at the end.  scripts/bench-cross counts
 * with it what a cross-built emulator executes for a guest program.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef uint64_t PluginId;
typedef struct PluginTB PluginTB;

enum { INLINE_ADD_U64 = 0 };

/* The host program's functions, as its documentation gives them. */
extern void qemu_plugin_register_vcpu_tb_trans_cb(PluginId id,
        void (*cb)(PluginId id, PluginTB *tb));
extern size_t qemu_plugin_tb_n_insns(const PluginTB *tb);
extern void qemu_plugin_register_vcpu_tb_exec_inline(PluginTB *tb, int op,
        void *counter, uint64_t imm);
extern void qemu_plugin_register_atexit_cb(PluginId id,
        void (*cb)(PluginId id, void *opaque), void *opaque);
extern void qemu_plugin_outs(const char *string);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t executed;

static void on_translate(PluginId id, PluginTB *tb)
{
    qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &executed,
                                             qemu_plugin_tb_n_insns(tb));
}

static void on_exit(PluginId id, void *opaque)
{
    char line[64];

    snprintf(line, sizeof(line), "icount %" PRIu64 "\n", executed);
    qemu_plugin_outs(line);
}

__attribute__((visibility("default")))
int qemu_plugin_install(PluginId id, const void *info, int argc, char **argv)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit, NULL);
    return 0;
}
