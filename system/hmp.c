/* SPDX-License-Identifier: MIT */
/* The human monitor's commands about the machine as a whole. */
#include "util/osdep.h"
#include "system/hmp-int.h"

#include "block/block.h"
#include "hw/core/qdev.h"
#include "system/cpus.h"
#include "system/gdb.h"
#include "system/runstate.h"
#include "ui/console.h"
#include "util/log.h"

unsigned hmp_cpu;

void hmp_error(GString *out, GError *err)
{
    g_string_append_printf(out, "Error: %s\n",
                           err ? err->message : "unknown");
    g_clear_error(&err);
}

static void run_stop(char **args, GString *out)
{
    vm_stop(RUN_STATE_PAUSED);
}

static void run_cont(char **args, GString *out)
{
    RunState s = runstate_get();

    if (s == RUN_STATE_SHUTDOWN) {
        g_string_append(out, "Error: Resetting the Virtual Machine is "
                        "required\n");
    } else if (s == RUN_STATE_SUSPENDED) {
        request_wakeup();
    } else {
        vm_start();
    }
}

static void run_quit(char **args, GString *out)
{
    request_quit(0);
}

static void run_reset(char **args, GString *out)
{
    request_reset();
}

static void run_powerdown(char **args, GString *out)
{
    request_powerdown();
}

static void run_wakeup(char **args, GString *out)
{
    request_wakeup();
}

static void run_nmi(char **args, GString *out)
{
    cpus_nmi();
}

static void run_cpu(char **args, GString *out)
{
    uint64_t n;

    if (!hmp_number(args[0], &n, out)) {
        return;
    }
    if (n >= cpus_count()) {
        g_string_append(out, "Error: no such CPU\n");
        return;
    }
    hmp_cpu = n;
}

/* screendump FILE [-f FORMAT] */
static void run_screendump(char **args, GString *out)
{
    const char *format = NULL, *file = NULL;
    Console *con = console_get(0);
    GError *err = NULL;

    for (char **a = args; *a; a++) {
        if (!strcmp(*a, "-f") && a[1]) {
            format = *++a;
        } else if (!file) {
            file = *a;
        }
    }
    if (!con || !file) {
        g_string_append(out, con ? "Error: no file given\n"
                                 : "Error: there is no screen\n");
        return;
    }
    if (!console_screendump(con, file, format, &err)) {
        hmp_error(out, err);
    }
}

static void run_sendkey(char **args, GString *out)
{
    GError *err = NULL;
    uint64_t hold = 0;

    if (args[1] && !hmp_number(args[1], &hold, out)) {
        return;
    }
    if (!input_send_keys(args[0], MIN(hold, 60000), &err)) {
        hmp_error(out, err);
    }
}

static int mouse_buttons;

static void run_mouse_move(char **args, GString *out)
{
    input_mouse(atoi(args[0]), atoi(args[1]), args[2] ? atoi(args[2]) : 0,
                mouse_buttons);
}

static void run_mouse_button(char **args, GString *out)
{
    int v = atoi(args[0]);

    mouse_buttons = (v & 1 ? MOUSE_BUTTON_LEFT : 0) |
                    (v & 2 ? MOUSE_BUTTON_MIDDLE : 0) |
                    (v & 4 ? MOUSE_BUTTON_RIGHT : 0);
    input_mouse(0, 0, 0, mouse_buttons);
}

static BlockBackend *find_drive(const char *id, GString *out)
{
    BlockBackend *blk = block_find(id);

    if (!blk) {
        g_string_append_printf(out, "Error: Device '%s' not found\n", id);
    }
    return blk;
}

static void run_eject(char **args, GString *out)
{
    bool force = !strcmp(args[0], "-f");
    BlockBackend *blk = args[force] ? find_drive(args[force], out) : NULL;
    GError *err = NULL;

    if (blk && !block_eject(blk, &err)) {
        hmp_error(out, err);
    }
}

static void run_change(char **args, GString *out)
{
    BlockBackend *blk = find_drive(args[0], out);
    GError *err = NULL;

    if (blk && !block_change(blk, args[1], &err)) {
        hmp_error(out, err);
    }
}

static void run_log(char **args, GString *out)
{
    GError *err = NULL;
    int mask = !strcmp(args[0], "none") ? 0 : qemu_str_to_log_mask(args[0]);

    if (!mask && strcmp(args[0], "none")) {
        g_string_append(out, "Error: invalid log items\n");
    } else if (!mask) {
        qemu_loglevel = 0;
    } else if (!qemu_set_log(mask, &err)) {
        hmp_error(out, err);
    }
}

static void run_logfile(char **args, GString *out)
{
    GError *err = NULL;

    if (!qemu_set_log_filename(args[0], &err)) {
        hmp_error(out, err);
    }
}

static void run_gdbserver(char **args, GString *out)
{
    const char *where = args[0] ? args[0] : GDB_SERVER_DEFAULT;
    GError *err = NULL;

    if (!gdb_server_start(where, &err)) {
        hmp_error(out, err);
    } else if (strcmp(where, "none")) {
        g_string_append_printf(out, "Waiting for gdb connection on device "
                               "'%s'\n", where);
    } else {
        g_string_append(out, "Disabled gdbserver\n");
    }
}

static void run_info(char **args, GString *out);
static void run_help(char **args, GString *out);

static const HmpCommand commands[] = {
    { "help|?", "[cmd]", "show the help", 0, run_help },
    { "info", "[what]", "show the machine's state", 0, run_info },
    { "stop|s", "", "stop emulation", 0, run_stop },
    { "cont|c", "", "resume emulation", 0, run_cont },
    { "quit|q", "", "quit the emulator", 0, run_quit },
    { "system_reset", "", "reset the machine", 0, run_reset },
    { "system_powerdown", "", "press the power button", 0, run_powerdown },
    { "system_wakeup", "", "wake a suspended machine", 0, run_wakeup },
    { "nmi", "", "send an NMI to all CPUs", 0, run_nmi },
    { "cpu", "index", "set the CPU that commands are about", 1, run_cpu },
    { "screendump", "file [-f ppm|png]", "save the screen to a file", 1,
      run_screendump },
    { "sendkey", "keys [hold_ms]", "press keys (ctrl-alt-f1)", 1,
      run_sendkey },
    { "mouse_move", "dx dy [dz]", "move the mouse", 2, run_mouse_move },
    { "mouse_button", "state", "mouse buttons (1=L, 2=M, 4=R)", 1,
      run_mouse_button },
    { "eject", "[-f] device", "eject a removable medium", 1, run_eject },
    { "change", "device file", "change a removable medium", 2, run_change },
    { "gdbserver", "[device]", "wait for gdb; none: no longer", 0,
      run_gdbserver },
    { "log", "item1[,...]", "log what; none: nothing", 1, run_log },
    { "logfile", "file", "log to a file", 1, run_logfile },
    { NULL }
};

static const HmpCommand *const tables[] = {
    commands, hmp_memory_commands, hmp_object_commands,
};

const HmpCommand *hmp_find(const HmpCommand *table, const char *name)
{
    size_t n = strlen(name);

    for (; table->name; table++) {
        const char *p = table->name;

        while (p) {
            if (!strncmp(p, name, n) && (p[n] == 0 || p[n] == '|')) {
                return table;
            }
            p = strchr(p, '|');
            p = p ? p + 1 : NULL;
        }
    }
    return NULL;
}

static void print_help(const HmpCommand *c, const char *before, GString *out)
{
    g_string_append_printf(out, "%s%s %s -- %s\n", before, c->name, c->args,
                           c->help);
}

static void run_help(char **args, GString *out)
{
    for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
        for (const HmpCommand *c = tables[i]; c->name; c++) {
            if (!args[0] || hmp_find(c, args[0]) == c) {
                print_help(c, "", out);
            }
        }
    }
    if (args[0] && !strcmp(args[0], "info")) {
        run_info(args + 1, out);
    }
}

static void run_info(char **args, GString *out)
{
    const HmpCommand *c = args[0] ? hmp_find(hmp_info_commands, args[0])
                                  : NULL;

    if (c) {
        c->run(args + 1, out);
        return;
    }
    if (args[0]) {
        g_string_append_printf(out, "unknown: info %s\n", args[0]);
        return;
    }
    for (c = hmp_info_commands; c->name; c++) {
        print_help(c, "info ", out);
    }
}

/* Words; quotes keep spaces together. */
static char **split_words(const char *line, GString *out)
{
    GError *err = NULL;
    char **words = NULL;

    if (!g_shell_parse_argv(line, NULL, &words, &err)) {
        if (!g_error_matches(err, G_SHELL_ERROR,
                             G_SHELL_ERROR_EMPTY_STRING)) {
            hmp_error(out, err);
            return NULL;
        }
        g_clear_error(&err);
    }
    return words;
}

/* "x/4xw ADDR" is a command with its format attached. */
static char *detach_format(const char *line)
{
    size_t n = strcspn(line, " /");

    if (line[n] != '/') {
        return g_strdup(line);
    }
    return g_strdup_printf("%.*s %s", (int)n, line, line + n);
}

void hmp_run(const char *line, GString *out)
{
    char *spaced = detach_format(line + strspn(line, " "));
    /* $rip is not a shell's variable; g_shell leaves it alone. */
    char **words = split_words(spaced, out);
    const HmpCommand *c = NULL;

    g_free(spaced);
    if (!words) {
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(tables) && !c; i++) {
        c = hmp_find(tables[i], words[0]);
    }
    if (!c) {
        g_string_append_printf(out, "unknown command: '%s'\n", words[0]);
    } else if (g_strv_length(words + 1) < c->min_args) {
        g_string_append_printf(out, "%s: expects %s\n", words[0], c->args);
    } else {
        c->run(words + 1, out);
    }
    g_strfreev(words);
}
