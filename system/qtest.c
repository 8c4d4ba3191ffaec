/* SPDX-License-Identifier: MIT */
/* The test protocol: see qtest.h. */
#include "util/osdep.h"
#include "system/qtest.h"

#include "hw/core/qdev.h"
#include "system/memory.h"
#include "system/timer.h"

#define MAX_LINE (4 * 1024 * 1024)
#define MAX_DATA (1024 * 1024)

static CharFrontend fe;
static GString *line;
static GPtrArray *intercepted;  /* qemu_irq, kept */

static void reply(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
static void reply(const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    chardev_write(&fe, text, strlen(text));
    chardev_write(&fe, "\n", 1);
    g_free(text);
}

static bool number(const char *word, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = word ? g_ascii_strtoull(word, &end, 0) : 0;
    if (word && *word && !*end && !errno) {
        return true;
    }
    reply("FAIL bad number '%s'", word ? word : "");
    return false;
}

static unsigned size_of(char letter)
{
    return letter == 'b' ? 1 : letter == 'w' ? 2 : letter == 'l' ? 4 : 8;
}

/* inb, inw, inl, readb, readw, readl, readq: the last letter is the size. */
static void do_load(char **w, AddressSpace *as)
{
    uint64_t addr;

    if (number(w[1], &addr)) {
        reply("OK 0x%04" PRIx64,
              address_space_load(as, addr, size_of(w[0][strlen(w[0]) - 1]),
                                 MEMTXATTRS_UNSPECIFIED, NULL));
    }
}

static void do_store(char **w, AddressSpace *as)
{
    uint64_t addr, value;

    if (number(w[1], &addr) && number(w[2], &value)) {
        address_space_store(as, addr, value,
                            size_of(w[0][strlen(w[0]) - 1]),
                            MEMTXATTRS_UNSPECIFIED, NULL);
        reply("OK");
    }
}

static void cmd_in(char **w)
{
    do_load(w, &address_space_io);
}

static void cmd_out(char **w)
{
    do_store(w, &address_space_io);
}

static void cmd_read_n(char **w)
{
    do_load(w, &address_space_memory);
}

static void cmd_write_n(char **w)
{
    do_store(w, &address_space_memory);
}

static bool data_size(const char *word, uint64_t *n)
{
    if (!number(word, n)) {
        return false;
    }
    if (*n == 0 || *n > MAX_DATA) {
        reply("FAIL bad size");
        return false;
    }
    return true;
}

/* read ADDR SIZE: OK 0xHEX */
static void cmd_read(char **w)
{
    uint64_t addr, n;
    uint8_t *buf;
    GString *hex;

    if (!number(w[1], &addr) || !data_size(w[2], &n)) {
        return;
    }
    buf = g_malloc(n);
    address_space_read(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED,
                       buf, n);
    hex = g_string_new(NULL);
    for (uint64_t i = 0; i < n; i++) {
        g_string_append_printf(hex, "%02x", buf[i]);
    }
    reply("OK 0x%s", hex->str);
    g_string_free(hex, TRUE);
    g_free(buf);
}

/* write ADDR SIZE 0xHEX */
static void cmd_write(char **w)
{
    uint64_t addr, n;
    uint8_t *buf;
    const char *hex;

    if (!number(w[1], &addr) || !data_size(w[2], &n)) {
        return;
    }
    hex = w[3] && !strncmp(w[3], "0x", 2) ? w[3] + 2 : NULL;
    if (!hex || strlen(hex) < 2 * n) {
        reply("FAIL bad data");
        return;
    }
    buf = g_malloc(n);
    for (uint64_t i = 0; i < n; i++) {
        buf[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 |
                 (g_ascii_xdigit_value(hex[2 * i + 1]) & 15);
    }
    address_space_write(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED,
                        buf, n);
    g_free(buf);
    reply("OK");
}

static void cmd_memset(char **w)
{
    uint64_t addr, n, byte;
    uint8_t *buf;

    if (number(w[1], &addr) && data_size(w[2], &n) && number(w[3], &byte)) {
        buf = g_malloc(n);
        memset(buf, byte, n);
        address_space_write(&address_space_memory, addr,
                            MEMTXATTRS_UNSPECIFIED, buf, n);
        g_free(buf);
        reply("OK");
    }
}

/* clock_step [NS]: without a number to the next timer. */
static void cmd_clock_step(char **w)
{
    uint64_t ns;

    if (!w[1]) {
        reply("OK %" PRId64, virtual_clock_step_next());
    } else if (number(w[1], &ns)) {
        reply("OK %" PRId64, virtual_clock_step(MIN(ns, INT64_MAX / 4)));
    }
}

static void cmd_clock_set(char **w)
{
    uint64_t ns;

    if (number(w[1], &ns)) {
        int64_t now = clock_get_ns(CLOCK_TYPE_VIRTUAL);

        reply("OK %" PRId64, (int64_t)ns > now
              ? virtual_clock_step(MIN(ns - now, INT64_MAX / 4)) : now);
    }
}

/* Lines */

static void on_line(void *opaque, int n, int level)
{
    reply("IRQ %s %d", level ? "raise" : "lower", n);
}

static DeviceState *find_device(const char *path)
{
    Object *obj = path ? object_resolve_path(path, NULL) : NULL;

    obj = obj ? object_dynamic_cast(obj, TYPE_DEVICE) : NULL;
    if (!obj) {
        reply("FAIL unknown device");
    }
    return (DeviceState *)obj;
}

/* irq_intercept_out PATH NAME COUNT: the device's outputs come to the test. */
static void cmd_intercept_out(char **w)
{
    DeviceState *dev = find_device(w[1]);
    const char *name = w[1] && w[2] && strcmp(w[2], "-") ? w[2] : NULL;
    uint64_t count = 1;

    if (!dev || (w[2] && w[3] && !number(w[3], &count))) {
        return;
    }
    for (uint64_t i = 0; i < MIN(count, 256); i++) {
        qemu_irq irq = qemu_allocate_irq(on_line, NULL, i);

        g_ptr_array_add(intercepted, irq);
        qdev_connect_gpio_out_named(dev, name, i, irq);
    }
    reply("OK");
}

/* set_irq_in PATH NAME NUMBER LEVEL */
static void cmd_set_irq_in(char **w)
{
    DeviceState *dev = find_device(w[1]);
    uint64_t n, level;
    qemu_irq irq;

    if (!dev || !w[2] || !number(w[3], &n) || !number(w[4], &level)) {
        if (dev && !w[2]) {
            reply("FAIL name expected");
        }
        return;
    }
    irq = qdev_get_gpio_in_named(dev, strcmp(w[2], "-") ? w[2] : NULL, n);
    qemu_set_irq(irq, level);
    reply("OK");
}

static void cmd_endianness(char **w)
{
    reply("OK little");
}

static const struct {
    const char *name;
    void (*run)(char **words);
} commands[] = {
    { "inb", cmd_in }, { "inw", cmd_in }, { "inl", cmd_in },
    { "outb", cmd_out }, { "outw", cmd_out }, { "outl", cmd_out },
    { "readb", cmd_read_n }, { "readw", cmd_read_n },
    { "readl", cmd_read_n }, { "readq", cmd_read_n },
    { "writeb", cmd_write_n }, { "writew", cmd_write_n },
    { "writel", cmd_write_n }, { "writeq", cmd_write_n },
    { "read", cmd_read }, { "write", cmd_write }, { "memset", cmd_memset },
    { "clock_step", cmd_clock_step }, { "clock_set", cmd_clock_set },
    { "irq_intercept_out", cmd_intercept_out },
    { "set_irq_in", cmd_set_irq_in }, { "endianness", cmd_endianness },
};

static void run_line(const char *text)
{
    char **words = g_strsplit_set(text, " \r", 0);
    int n = 0;

    for (char **w = words; *w; w++) {   /* empty words go */
        if (**w) {
            words[n++] = *w;
        } else {
            g_free(*w);
        }
    }
    words[n] = NULL;
    for (unsigned i = 0; n && i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(words[0], commands[i].name)) {
            commands[i].run(words);
            n = 0;
        }
    }
    if (n) {
        reply("FAIL unknown command '%s'", words[0]);
    }
    g_strfreev(words);
}

static int can_read(void *opaque)
{
    return 512;
}

static void read_bytes(void *opaque, const uint8_t *buf, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (buf[i] == '\n') {
            run_line(line->str);
            g_string_truncate(line, 0);
        } else if (line->len < MAX_LINE) {
            g_string_append_c(line, buf[i]);
        }
    }
}

void qtest_start(Chardev *chr)
{
    line = g_string_new(NULL);
    intercepted = g_ptr_array_new();
    virtual_clock_set_manual(true);
    fe = (CharFrontend){ .can_read = can_read, .read = read_bytes };
    chardev_attach(&fe, chr, NULL);
}
