/* SPDX-License-Identifier: MIT */
/* The command line: rows of opts.def, and what each option does. */
#include "util/osdep.h"
#include "system/options.h"

#include "chardev/char.h"
#include "hw/smbios/smbios.h"
#include "net/net.h"
#include "qom/user-creatable.h"
#include "system/gdb.h"
#include "target-i386/cpu.h"
#include "util/log.h"
#include "util/version.h"

#define PROGRAM_NAME "qemu-system-x86_64"

/* Messages */

static void say(const char *kind, const char *fmt, va_list ap)
{
    fprintf(stderr, "%s: %s", PROGRAM_NAME, kind);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

void system_die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
    exit(EXIT_FAILURE);
}

void system_die_error(GError *err)
{
    system_die("%s", err ? err->message : "unknown error");
}

void system_warn(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("warning: ", fmt, ap);
    va_end(ap);
}

static void print_and_exit(GString *text)
{
    fputs(text->str, stdout);
    exit(EXIT_SUCCESS);
}

/* Values */

static OptString *parse(const char *option, const char *arg,
                        const char *implied)
{
    GError *err = NULL;
    OptString *opts = optstr_parse(arg, implied, &err);

    if (!opts) {
        system_die("-%s: %s", option, err->message);
    }
    return opts;
}

static bool on_off(const char *option, const OptPair *pair)
{
    bool value;

    if (!opt_bool(pair->value, &value)) {
        system_die("-%s: %s is on or off, not '%s'", option, pair->name,
                   pair->value);
    }
    return value;
}

static unsigned number(const char *option, const OptPair *pair)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(pair->value, &end, 10);
    if (!g_ascii_isdigit(pair->value[0]) || *end || errno || n > INT_MAX) {
        system_die("-%s: invalid number '%s' for %s", option, pair->value,
                   pair->name);
    }
    return n;
}

static void unknown(const char *option, const OptPair *pair)
{
    system_die("-%s: unknown option '%s'", option, pair->name);
}

/* Handlers */

typedef SystemOptions O;

static void set_help(O *o, const char *arg);

static void set_version(O *o, const char *arg)
{
    printf("%s version %s\n", PROGRAM_NAME, VERSION_TEXT);
    exit(EXIT_SUCCESS);
}

/* "kvm:tcg", or -accel twice: the first that is there. */
static void choose_accel(O *o, const char *list)
{
    static const char *const absent[] = { "kvm", "xen", "hvf", "nvmm", "whpx",
                                          NULL };
    char **names = g_strsplit(list, ":", 0);

    for (char **n = names; *n; n++) {
        bool tcg = !strcmp(*n, "tcg");

        if (!tcg && strcmp(*n, "tci")) {
            if (!g_strv_contains(absent, *n)) {
                system_die("-accel: there is no accelerator '%s'", *n);
            }
            o->absent_accel = g_strdup(*n);
        } else if (!o->accel) {
            o->accel = tcg ? "tcg" : "tci";
        }
    }
    g_strfreev(names);
}

static void set_accel(O *o, const char *arg)
{
    OptString *opts;

    if (opt_is_help(arg)) {
        printf("Accelerators supported:\ntcg\ntci\n");
        exit(EXIT_SUCCESS);
    }
    opts = parse("accel", arg, "accel");
    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];

        if (!strcmp(p->name, "accel")) {
            choose_accel(o, p->value);
        } else if (!strcmp(p->name, "tb-size")) {
            o->tb_size = number("accel", p);
            if (o->tb_size < 1 || o->tb_size > 2048) {
                system_die("-accel: tb-size is 1 to 2048 MiB, not %s",
                           p->value);
            }
        } else if (!strcmp(p->name, "one-insn-per-tb")) {
            o->one_insn = on_off("accel", p);
        } else if (!strcmp(p->name, "split-wx")) {
            on_off("accel", p);
        } else if (strcmp(p->name, "thread")) {
            unknown("accel", p);
        } else if (strcmp(p->value, "multi") && strcmp(p->value, "single")) {
            system_die("-accel: thread is single or multi, not '%s'",
                       p->value);
        }
    }
    optstr_free(opts);
}

static void set_kvm(O *o, const char *arg)
{
    system_die("-enable-kvm: kvm is not available; tcg is");
}

static void set_machine(O *o, const char *arg)
{
    /* Of the established tool, without a meaning here. */
    static const char *const no_effect[] = {
        "vmport", "dump-guest-core", "mem-merge", "kernel-irqchip", "pit",
        "acpi", "sata", "nvdimm", "suppress-vmdesc", "default_bus_bypass_iommu",
    };
    OptString *opts;

    if (opt_is_help(arg)) {
        GString *text = g_string_new(NULL);

        machine_print_help(text);
        print_and_exit(text);
    }
    opts = parse("machine", arg, "type");
    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];
        bool ignored = false;

        for (unsigned k = 0; k < ARRAY_SIZE(no_effect); k++) {
            ignored |= !strcmp(p->name, no_effect[k]);
        }
        if (!strcmp(p->name, "type")) {
            o->machine = g_strdup(p->value);
        } else if (!strcmp(p->name, "accel")) {
            set_accel(o, p->value);
        } else if (!ignored) {
            g_ptr_array_add(o->machine_props,
                            g_strdup_printf("%s=%s", p->name, p->value));
        }
    }
    optstr_free(opts);
}

static void set_cpu(O *o, const char *arg)
{
    if (opt_is_help(arg)) {
        x86_cpu_models_print(stdout);
        exit(EXIT_SUCCESS);
    }
    o->cpu = arg;
}

static void set_smp(O *o, const char *arg)
{
    OptString *opts = parse("smp", arg, "cpus");

    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];
        unsigned n = number("smp", p);

        if (!n) {
            system_die("-smp: %s can't be 0", p->name);
        }
        if (!strcmp(p->name, "cpus")) {
            o->smp.cpus = n;
        } else if (!strcmp(p->name, "sockets")) {
            o->smp.sockets = n;
        } else if (!strcmp(p->name, "cores")) {
            o->smp.cores = n;
        } else if (!strcmp(p->name, "threads")) {
            o->smp.threads = n;
        } else if (!strcmp(p->name, "maxcpus")) {
            if (o->smp.cpus && n != o->smp.cpus) {
                system_die("-smp: maxcpus beyond cpus (hot-plug of CPUs) is "
                           "not supported yet");
            }
        } else if (strcmp(p->name, "dies") && strcmp(p->name, "clusters")) {
            unknown("smp", p);
        } else if (n != 1) {
            system_die("-smp: more than one of %s is not supported yet",
                       p->name);
        }
    }
    optstr_free(opts);
}

static void set_memory(O *o, const char *arg)
{
    OptString *opts = parse("m", arg, "size");

    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];
        GError *err = NULL;

        if (strcmp(p->name, "size")) {
            if (!strcmp(p->name, "slots") || !strcmp(p->name, "maxmem")) {
                system_die("-m: %s (hot-plug of memory) is not supported yet",
                           p->name);
            }
            unknown("m", p);
        }
        if (!parse_size(p->value, 1024 * 1024, &o->ram_size, &err)) {
            system_die("-m: %s", err->message);
        }
        if (o->ram_size < 1024 * 1024 || o->ram_size > 1ull << 40) {
            system_die("-m: '%s' is not between 1M and 1T", p->value);
        }
        o->ram_size = ROUND_UP(o->ram_size, 8192ull);
    }
    optstr_free(opts);
}

static unsigned milliseconds(const OptPair *p)
{
    unsigned n = number("boot", p);

    if (n > 0xffff) {
        system_die("-boot: %s is at most 65535 milliseconds, not %u", p->name,
                   n);
    }
    return n;
}

static void set_boot(O *o, const char *arg)
{
    OptString *opts = parse("boot", arg, "order");

    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];

        if (!strcmp(p->name, "order") || !strcmp(p->name, "once")) {
            for (const char *c = p->value; *c; c++) {
                if (*c < 'a' || *c > 'p' || strchr(c + 1, *c)) {
                    system_die("-boot: invalid %s '%s'", p->name, p->value);
                }
            }
            *(p->name[1] == 'r' ? &o->boot_order : &o->boot_once) =
                g_strdup(p->value);
        } else if (!strcmp(p->name, "menu")) {
            o->boot_menu = on_off("boot", p);
        } else if (!strcmp(p->name, "strict")) {
            o->boot_strict = on_off("boot", p);
        } else if (!strcmp(p->name, "splash")) {
            o->boot_splash = g_strdup(p->value);
        } else if (!strcmp(p->name, "splash-time")) {
            o->boot_menu_timeout = milliseconds(p);
        } else if (!strcmp(p->name, "reboot-timeout")) {
            o->boot_fail_timeout = strcmp(p->value, "-1") ? milliseconds(p)
                                                          : -1;
        } else {
            unknown("boot", p);
        }
    }
    optstr_free(opts);
}

/* One text per option. */
#define TEXT(option, field)                                           \
    static void set_##option(O *o, const char *arg)                   \
    {                                                                 \
        o->field = arg;                                               \
    }
#define FLAG(option, field)                                           \
    static void set_##option(O *o, const char *arg)                   \
    {                                                                 \
        o->field = true;                                              \
    }
#define LIST(option, field)                                           \
    static void set_##option(O *o, const char *arg)                   \
    {                                                                 \
        g_ptr_array_add(o->field, g_strdup(arg));                     \
    }
TEXT(bios, bios)
TEXT(kernel, kernel)
TEXT(initrd, initrd)
TEXT(append, append)
TEXT(data_dir, data_dir)
TEXT(debugcon, debugcon)
TEXT(vnc, vnc)
TEXT(pidfile, pidfile)
TEXT(qtest, qtest)
FLAG(snapshot, snapshot)
FLAG(nographic, nographic)
FLAG(nodefaults, nodefaults)
FLAG(no_reboot, no_reboot)
FLAG(no_shutdown, no_shutdown)
FLAG(no_hpet, no_hpet)
FLAG(stopped, stopped)
FLAG(daemonize, daemonize)
FLAG(one_insn, one_insn)
LIST(serial, serials)
LIST(monitor, monitors)
LIST(qmp, qmps)
LIST(qmp_pretty, qmps_pretty)
LIST(mon, mons)
LIST(fw_cfg, fw_cfgs)
LIST(option_rom, option_roms)

static void set_drive(O *o, const char *arg)
{
    OptString *opts = parse("drive", arg, NULL);

    if (opt_is_help(optstr_get(opts, "format") ?: "")) {
        printf("Supported formats: raw\n");
        exit(EXIT_SUCCESS);
    }
    optstr_free(opts);
    g_ptr_array_add(o->drives, g_strdup(arg));
}

static void set_netdev(O *o, const char *arg)
{
    if (opt_is_help(arg)) {
        GString *text = g_string_new(NULL);

        net_print_help(text);
        print_and_exit(text);
    }
    g_ptr_array_add(o->netdevs, g_strdup(arg));
}

static void set_chardev(O *o, const char *arg)
{
    if (opt_is_help(arg)) {
        GString *text = g_string_new(NULL);

        chardev_print_help(text);
        print_and_exit(text);
    }
    g_ptr_array_add(o->chardevs, g_strdup(arg));
}

static void set_nothing(O *o, const char *arg)
{
}

static void set_ignore(O *o, const char *arg)
{
}

static void add_image(O *o, const char *file, int index, bool cdrom)
{
    char **parts = g_strsplit(file, ",", 0);
    char *doubled = g_strjoinv(",,", parts);

    g_ptr_array_add(o->drives,
                    g_strdup_printf("file=%s,index=%d,media=%s", doubled,
                                    index, cdrom ? "cdrom" : "disk"));
    g_free(doubled);
    g_strfreev(parts);
}

static void set_hda(O *o, const char *arg)
{
    add_image(o, arg, 0, false);
}

static void set_hdb(O *o, const char *arg)
{
    add_image(o, arg, 1, false);
}

static void set_hdc(O *o, const char *arg)
{
    add_image(o, arg, 2, false);
}

static void set_hdd(O *o, const char *arg)
{
    add_image(o, arg, 3, false);
}

static void set_cdrom(O *o, const char *arg)
{
    add_image(o, arg, 2, true);
}

static void print_nic_models(void)
{
    GSList *list = object_class_get_list(TYPE_DEVICE, false);

    printf("Supported NIC models:\n");
    for (GSList *l = list; l; l = l->next) {
        if (DEVICE_CLASS(l->data)->category == DEVICE_CATEGORY_NETWORK) {
            printf("%s\n", object_class_get_name(l->data));
        }
    }
    exit(EXIT_SUCCESS);
}

static void set_nic(O *o, const char *arg)
{
    OptString *opts = parse("nic", arg, "type");

    if (opt_is_help(optstr_get(opts, "model") ?: "")) {
        print_nic_models();
    }
    optstr_free(opts);
    if (!strcmp(arg, "none")) {
        o->no_nic = true;
    } else {
        g_ptr_array_add(o->nics, g_strdup(arg));
    }
}

/* "-net nic,model=M -net user": one card on one back end. */
static void set_net(O *o, const char *arg)
{
    if (!strcmp(arg, "none")) {
        o->no_nic = true;
    } else if (!strcmp(arg, "nic") || g_str_has_prefix(arg, "nic,")) {
        o->net_nic = g_strdup(arg[3] ? arg + 4 : "");
    } else if (!strcmp(arg, "user") || g_str_has_prefix(arg, "user,")) {
        o->net_user = g_strdup(arg[4] ? arg + 5 : "");
    } else {
        system_die("-net: '%s' is not supported yet", arg);
    }
}

static void set_device(O *o, const char *arg)
{
    OptString *opts = parse("device", arg, "driver");
    GString *text = g_string_new(NULL);

    if (qdev_device_help(opts, text)) {
        print_and_exit(text);
    }
    g_string_free(text, TRUE);
    optstr_free(opts);
    g_ptr_array_add(o->devices, g_strdup(arg));
}

static void set_object(O *o, const char *arg)
{
    OptString *opts = parse("object", arg, "qom-type");
    GString *text = g_string_new(NULL);

    if (user_creatable_print_help(opts, text)) {
        print_and_exit(text);
    }
    g_string_free(text, TRUE);
    optstr_free(opts);
    g_ptr_array_add(o->objects, g_strdup(arg));
}

static void set_global(O *o, const char *arg)
{
    GError *err = NULL;

    if (!qdev_global_parse(arg, &err)) {
        system_die("-global: %s", err->message);
    }
}

static void set_parallel(O *o, const char *arg)
{
    if (strcmp(arg, "none")) {
        system_die("-parallel: parallel ports are not supported yet");
    }
}

static void set_audiodev(O *o, const char *arg)
{
    if (!g_str_has_prefix(arg, "none") && !strstr(arg, "driver=none")) {
        system_die("-audiodev: sound is not supported yet");
    }
}

static void set_keyboard(O *o, const char *arg)
{
    if (strcmp(arg, "en-us")) {
        system_die("-k: layout '%s' is not supported yet; en-us is", arg);
    }
}

static void set_display(O *o, const char *arg)
{
    if (opt_is_help(arg)) {
        printf("Available display backend types:\nnone\nvnc\n");
        exit(EXIT_SUCCESS);
    }
    if (g_str_has_prefix(arg, "vnc=")) {
        o->vnc = arg + 4;
    } else if (strcmp(arg, "none")) {
        system_die("-display: '%s' is not supported yet; none and vnc= are",
                   arg);
    }
    o->display = arg;
}

static void set_vga(O *o, const char *arg)
{
    if (opt_is_help(arg)) {
        printf("none                 no graphic card\n"
               "std                  standard VGA (default)\n");
        exit(EXIT_SUCCESS);
    }
    if (strcmp(arg, "std") && strcmp(arg, "none")) {
        system_die("-vga: '%s' is not supported yet; std and none are", arg);
    }
    o->vga = arg;
}

static void set_rtc(O *o, const char *arg)
{
    OptString *opts = parse("rtc", arg, "base");

    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];

        if (!strcmp(p->name, "base")) {
            struct tm tm = { 0 };
            const char *v = p->value;

            if (strcmp(v, "utc") && strcmp(v, "localtime") &&
                !(strptime(v, "%Y-%m-%dT%H:%M:%S", &tm) ||
                  strptime(v, "%Y-%m-%d", &tm))) {
                system_die("-rtc: invalid base '%s'", v);
            }
            o->rtc_base = g_strdup(v);
        } else if (!strcmp(p->name, "clock")) {
            if (strcmp(p->value, "host") && strcmp(p->value, "vm") &&
                strcmp(p->value, "rt")) {
                system_die("-rtc: invalid clock '%s'", p->value);
            }
            o->rtc_clock = g_strdup(p->value);
        } else if (strcmp(p->name, "driftfix")) {
            unknown("rtc", p);
        } else if (strcmp(p->value, "none")) {
            system_die("-rtc: driftfix=%s is not supported yet; none is",
                       p->value);
        }
    }
    optstr_free(opts);
}

/* -name [guest=]NAME[,process=NAME][,debug-threads=on|off] */
static void set_name(O *o, const char *arg)
{
    OptString *opts = parse("name", arg, "guest");

    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];

        if (!strcmp(p->name, "guest")) {
            o->name = g_strdup(p->value);
        } else if (!strcmp(p->name, "process")) {
            o->process_name = g_strdup(p->value);
        } else if (!strcmp(p->name, "debug-threads")) {
            on_off("name", p);          /* threads have names anyway */
        } else {
            unknown("name", p);
        }
    }
    optstr_free(opts);
}

static void set_smbios(O *o, const char *arg)
{
    GError *err = NULL;

    if (!smbios_option_add(arg, &err)) {
        system_die("-smbios: %s", err->message);
    }
}

static void set_uuid(O *o, const char *arg)
{
    if (!g_uuid_string_is_valid(arg)) {
        system_die("-uuid: '%s' is not a UUID", arg);
    }
    o->uuid = arg;
}

static void set_gdb(O *o, const char *arg)
{
    o->gdb = arg;
}

static void set_gdb_default(O *o, const char *arg)
{
    o->gdb = GDB_SERVER_DEFAULT;
}

static void set_log(O *o, const char *arg)
{
    GError *err = NULL;
    int mask;

    if (opt_is_help(arg)) {
        qemu_print_log_usage(stdout);
        exit(EXIT_SUCCESS);
    }
    mask = qemu_str_to_log_mask(arg);
    if (!mask) {
        system_die("-d: invalid log item in '%s'; -d help lists them", arg);
    }
    if (!qemu_set_log(mask, &err)) {
        system_die("-d: %s", err->message);
    }
}

static void set_log_file(O *o, const char *arg)
{
    GError *err = NULL;

    if (!qemu_set_log_filename(arg, &err)) {
        system_die("-D: %s", err->message);
    }
}

static void set_dfilter(O *o, const char *arg)
{
    GError *err = NULL;

    if (!qemu_set_dfilter_ranges(arg, &err)) {
        system_die("-dfilter: %s", err->message);
    }
}

/* The table */

typedef struct OptionRow {
    const char *name, *arg;
    void (*set)(SystemOptions *o, const char *arg);     /* NULL: later */
    const char *help;
} OptionRow;

static const OptionRow rows[] = {
#define OPT(name, arg, handler, help) { name, arg, set_##handler, help },
#define LATER(name, has_arg) { name, (has_arg) ? "" : NULL, NULL, NULL },
#include "system/opts.def"
#undef OPT
#undef LATER
};

static void set_help(O *o, const char *arg)
{
    printf("%s version %s\nusage: %s [options] [disk image]\n\n",
           PROGRAM_NAME, VERSION_TEXT, PROGRAM_NAME);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].help) {
            printf("-%s %s\n                %s\n", rows[i].name,
                   rows[i].arg ? rows[i].arg : "", rows[i].help);
        }
    }
    exit(EXIT_SUCCESS);
}

static const OptionRow *find_row(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (!strcmp(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

static void join_net(SystemOptions *o)
{
    if (o->net_nic || o->net_user) {
        const char *nic = o->net_nic ? o->net_nic : "";
        const char *user = o->net_user ? o->net_user : "";

        g_ptr_array_add(o->nics,
                        g_strdup_printf("user%s%s%s%s", *nic ? "," : "", nic,
                                        *user ? "," : "", user));
    }
}

void system_options_parse(SystemOptions *o, int argc, char **argv)
{
    GPtrArray **lists[] = {
        &o->machine_props, &o->drives, &o->netdevs, &o->nics, &o->devices,
        &o->objects, &o->chardevs, &o->serials, &o->monitors, &o->qmps,
        &o->qmps_pretty, &o->mons, &o->fw_cfgs, &o->option_roms,
    };

    o->boot_fail_timeout = DEFAULT_BOOT_FAIL_TIMEOUT;
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++) {
        *lists[i] = g_ptr_array_new_with_free_func(g_free);
    }
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const OptionRow *row;

        if (*name != '-') {
            set_hda(o, name);
            continue;
        }
        name += name[1] == '-' ? 2 : 1;
        row = find_row(name);
        if (!row) {
            system_die("%s: unknown option; -h lists them", argv[i]);
        }
        if (row->arg && i + 1 == argc) {
            system_die("%s: needs an argument", argv[i]);
        }
        if (!row->set) {
            system_die("-%s is not supported yet", row->name);
        }
        row->set(o, row->arg ? argv[++i] : NULL);
    }
    if (o->absent_accel && !o->accel) {
        system_die("-accel: '%s' is not available; tcg is", o->absent_accel);
    }
    join_net(o);
}
