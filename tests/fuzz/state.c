/* SPDX-License-Identifier: MIT */
/*
 * The machine's state as a stream (hw/core/vmstate.h).  An input is a list of
 * changes to the state that a machine saves: place, length, bytes; what loads
 * must run on.
 */
#include "tests/fuzz/fuzz.h"

#include "hw/core/vmstate.h"
#include "tests/unit/pc-machine.h"
#include "ui/console.h"

enum { RAM_MIB = 2 };

static GByteArray *saved;

static void change(GByteArray *state, FuzzInput *in)
{
    size_t at = fuzz_take(in, 3) % state->len;
    size_t n = 1 + (fuzz_take(in, 1) & 15);

    fuzz_take_bytes(in, state->data + at, MIN(n, state->len - at));
}

static void use_machine(void)
{
    for (unsigned devfn = 0; devfn < 64; devfn++) {
        pci_in(devfn >> 3, devfn & 7, 4);
    }
    for (unsigned port = 0; port < 0x400; port++) {
        inb(port);
    }
    for (unsigned at = 0; at < 0x400; at += 4) {
        readl(0xfee00000 + at);
        readl(0xfed00000 + at);
    }
    virtual_clock_step(100000000);
    console_invalidate(console_get(0));
    console_update(console_get(0));
    fuzz_machine_settle();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_isolate(*argc, *argv);
    fuzz_machine(RAM_MIB);
    saved = g_byte_array_new();
    if (!vmstate_save_all(saved, NULL)) {
        g_error("the state can't be saved");
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = { data, size };
    g_autoptr(GByteArray) state = g_byte_array_new();
    bool cut = fuzz_take(&in, 1) & 1;
    GError *err = NULL;
    bool ok;

    g_byte_array_append(state, saved->data, saved->len);
    while (in.left) {
        change(state, &in);
    }
    if (cut) {
        g_byte_array_set_size(state, data[size - 1] * state->len / 256);
    }
    fuzz_machine_reset();
    ok = vmstate_load_all(state->data, state->len, &err);
    if (ok != (err == NULL)) {
        g_error("result and error disagree");
    }
    g_clear_error(&err);
    if (ok) {
        use_machine();
    }
    return 0;
}
