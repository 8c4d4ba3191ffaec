/* SPDX-License-Identifier: MIT */
/* What the libFuzzer targets share: docs/fuzzing.md says how to add one. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "util/osdep.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, from its front; behind its end everything reads as 0. */
typedef struct FuzzInput {
    const uint8_t *data;
    size_t left;
} FuzzInput;

static inline uint64_t fuzz_take(FuzzInput *in, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes && in->left; i++, in->left--) {
        v |= (uint64_t)*in->data++ << (8 * i);
    }
    return v;
}

/* At most N bytes of it; returns how many BUF got. */
static inline size_t fuzz_take_bytes(FuzzInput *in, void *buf, size_t n)
{
    n = MIN(n, in->left);
    memcpy(buf, in->data, n);
    in->data += n;
    in->left -= n;
    return n;
}

/*
 * Nothing an input asks for leaves the process: it has no network, works in an
 * empty folder, and can write nowhere else but below "--keep=FOLDER", where
 * libFuzzer puts what it finds.  Paths on the command line are absolute.
 */
void fuzz_isolate(int argc, char **argv);
/* The value of "--NAME=" on libFuzzer's command line; NULL: not given. */
const char *fuzz_option(int argc, char **argv, const char *name);
/*
 * With "--words=on" a target prints a dictionary and ends: all types and
 * properties of the object model, and EXTRA (NULL at the end).
 */
bool fuzz_wants_words(int argc, char **argv);
void fuzz_print_words(const char *const *extra) G_GNUC_NORETURN;
/* A file there with these bytes; its path is the caller's (g_free). */
char *fuzz_file(const char *name, const void *data, size_t size);

/*
 * The machine "pc" with RAM_MIB of memory, disks (IDE, virtio, a CD), both
 * kinds of network cards on a network that leads nowhere, screen, serial port,
 * no CPU.  Built once; the virtual clock stands.
 */
void fuzz_machine(unsigned ram_mib);
/* As after power-on, RAM cleared, BARs placed and all decoders on. */
void fuzz_machine_reset(void);
/* BARs and power management where the dictionary of addresses has them. */
void fuzz_machine_place(void);
/* Guest memory that operands of inputs lead to. */
enum { FUZZ_WINDOW = 0x10000, FUZZ_WINDOW_SIZE = 0x10000 };
/* An operation of a driver of one of the devices, as the input has it. */
void fuzz_drive(FuzzInput *in);
/* What was asked of disks is done, what the main loop has to do is done. */
void fuzz_machine_settle(void);

#endif
