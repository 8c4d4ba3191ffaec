/* SPDX-License-Identifier: MIT */
/*
 * Files that machines are started from: kernels (bzImage, Multiboot, PVH) with
 * command line and module, and disks of any size.
 */
#include "tests/fuzz/fuzz.h"

#include "block/block.h"
#include "hw/core/machine.h"
#include "hw/i386/x86-load.h"

enum { RAM = 8 << 20 };

static MachineState *machine;

static void check_error(bool ok, GError *err)
{
    if (ok != (err == NULL)) {
        g_error("result and error disagree");
    }
    if (err && (!*err->message || strchr(err->message, '\n'))) {
        g_error("no one line: '%s'", err->message);
    }
    g_clear_error(&err);
}

/* LENGTHS of command line and module, both from the front, then the kernel. */
static void load_kernel(FuzzInput *in)
{
    size_t line = fuzz_take(in, 1), module = fuzz_take(in, 1);
    DeviceState *fw = qdev_new(TYPE_FW_CFG);
    const char *rom;
    GError *err = NULL;
    bool ok;

    line = MIN(line, in->left);
    g_free(machine->append);
    machine->append = g_strndup((const char *)in->data, line);
    in->data += line;
    in->left -= line;
    module = MIN(module, in->left);
    g_clear_pointer(&machine->initrd, g_free);
    if (module) {
        machine->initrd = fuzz_file("module", in->data, module);
        in->data += module;
        in->left -= module;
    }
    g_free(machine->kernel);
    machine->kernel = fuzz_file("kernel", in->data, in->left);
    ok = x86_load_kernel(machine, (FWCfgState *)fw, RAM, &rom, &err);
    check_error(ok, err);
    object_unref(fw);
}

static void use_disk(FuzzInput *in)
{
    static uint8_t buf[4096];
    unsigned flags = fuzz_take(in, 1);
    uint64_t offset = fuzz_take(in, 2);
    size_t n = fuzz_take(in, 2) % sizeof(buf);
    g_autofree char *path = fuzz_file("disk", in->data, in->left);
    g_autofree char *text =
        g_strdup_printf("file=%s,if=none,id=d%s%s%s", path,
                        flags & 1 ? ",format=raw" : "",
                        flags & 2 ? ",snapshot=on" : "",
                        flags & 4 ? ",readonly=on" : "");
    GError *err = NULL;
    BlockBackend *blk = block_open_drive(text, IF_NONE, &err);

    check_error(blk != NULL, err);
    if (blk) {
        block_read(blk, offset, buf, n);
        block_write(blk, flags & 8 ? block_size(blk) - offset : offset, buf,
                    n);
        block_read(blk, block_size(blk) - n, buf, n);
        block_flush(blk);
        block_close(blk);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_isolate(*argc, *argv);
    module_call_init(MODULE_INIT_QOM);
    machine = machine_new("pc", NULL);
    machine->ram_size = RAM;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = { data, size };

    if (fuzz_take(&in, 1) & 1) {
        use_disk(&in);
    } else {
        load_kernel(&in);
    }
    return 0;
}
