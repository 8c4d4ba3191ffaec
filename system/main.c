/* SPDX-License-Identifier: MIT */
/*
 * The system front: command line -> host side (streams, disks, networks) ->
 * machine -> devices -> monitors and screen -> reset -> main loop.
 */
#include "util/osdep.h"
#include "system/options.h"

#include "block/block.h"
#include "chardev/char.h"
#include "net/net.h"
#include "qom/user-creatable.h"
#include "system/cpus.h"
#include "system/gdb.h"
#include "system/firmware.h"
#include "system/main-loop.h"
#include "system/monitor.h"
#include "system/qtest.h"
#include "system/runstate.h"
#include "system/timer.h"
#include "target-i386/cpu.h"
#include "target-i386/cpuid.h"
#include "ui/vnc.h"

#include <glib-unix.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static SystemOptions opts;
static int ready_pipe = -1;
static char *pid_path;

/* Files of the process */

static void remove_pidfile(void)
{
    if (pid_path) {
        unlink(pid_path);
    }
}

static void write_pidfile(void)
{
    char text[32];
    int fd, n;

    if (!opts.pidfile) {
        return;
    }
    fd = open(opts.pidfile, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        system_die("-pidfile '%s': %s", opts.pidfile, g_strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        system_die("-pidfile '%s': another process has it", opts.pidfile);
    }
    n = snprintf(text, sizeof(text), "%d\n", getpid());
    if (ftruncate(fd, 0) < 0 || write(fd, text, n) != n) {
        system_die("-pidfile '%s': %s", opts.pidfile, g_strerror(errno));
    }
    /* The lock lasts as long as the process. */
    pid_path = realpath(opts.pidfile, NULL);
    atexit(remove_pidfile);
}

/* The parent stays until the child is ready, and ends with its status. */
static void daemonize(void)
{
    int fds[2];
    char ok = 1;
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        system_die("-daemonize: %s", g_strerror(errno));
    }
    if (pid) {
        close(fds[1]);
        exit(read(fds[0], &ok, 1) == 1 && !ok ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(fds[0]);
    ready_pipe = fds[1];
    setsid();
}

static void daemon_ready(void)
{
    char ok = 0;
    int null;

    if (ready_pipe < 0) {
        return;
    }
    null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) {
        dup2(null, i);
    }
    if (write(ready_pipe, &ok, 1) == 1) {
        close(ready_pipe);
    }
}

/* The host side */

static void make_host_side(void)
{
    GError *err = NULL;

    for (unsigned i = 0; i < opts.chardevs->len; i++) {
        if (!chardev_new(opts.chardevs->pdata[i], &err)) {
            system_die("-chardev: %s", err->message);
        }
    }
    for (unsigned i = 0; i < opts.drives->len; i++) {
        char *text = g_strdup_printf("%s%s",
                                     (char *)opts.drives->pdata[i],
                                     opts.snapshot ? ",snapshot=on" : "");

        if (!block_open_drive(text, IF_IDE, &err)) {
            system_die("-drive: %s", err->message);
        }
        g_free(text);
    }
    for (unsigned i = 0; i < opts.netdevs->len; i++) {
        if (!net_new(opts.netdevs->pdata[i], &err)) {
            system_die("-netdev: %s", err->message);
        }
    }
    if (opts.no_nic || opts.netdevs->len || opts.nodefaults) {
        net_add_nic("none", NULL);
    }
    for (unsigned i = 0; i < opts.nics->len; i++) {
        if (!net_add_nic(opts.nics->pdata[i], &err)) {
            system_die("-nic: %s", err->message);
        }
    }
}

static void warn_no_network(GError *err)
{
    system_warn("no default network card: %s", err->message);
    g_error_free(err);
    net_add_nic("none", NULL);
}

static void default_network(void)
{
    const NicInfo *nics;
    GError *err = NULL;

    if (net_nics(&nics) == NIC_DEFAULT && !opts.qtest &&
        !net_add_nic("user", &err)) {
        warn_no_network(err);
    }
}

static Chardev *legacy_chardev(const char *option, const char *id,
                               const char *text)
{
    GError *err = NULL;
    Chardev *chr = chardev_new_legacy(id, text, &err);

    if (err) {
        system_die("-%s: %s", option, err->message);
    }
    return chr;
}

/* Where ports and monitors go when nothing was said. */
static void default_streams(void)
{
    bool no_serial = !opts.serials->len && !opts.nodefaults;
    bool no_monitor = !opts.monitors->len && !opts.qmps->len &&
                      !opts.mons->len && !opts.nodefaults;

    for (unsigned i = 0; i < opts.serials->len; i++) {
        no_monitor &= !g_str_has_prefix(opts.serials->pdata[i], "mon:");
    }
    if (opts.nographic && no_serial && no_monitor) {
        g_ptr_array_add(opts.serials, g_strdup("mon:stdio"));
    } else if (opts.nographic && no_serial) {
        g_ptr_array_add(opts.serials, g_strdup("stdio"));
    } else if (opts.nographic && no_monitor) {
        bool stdio_used = false;

        for (unsigned i = 0; i < opts.serials->len; i++) {
            stdio_used |= strstr(opts.serials->pdata[i], "stdio") != NULL;
        }
        if (!stdio_used) {
            g_ptr_array_add(opts.monitors, g_strdup("stdio"));
        }
    } else if (no_serial) {
        g_ptr_array_add(opts.serials, g_strdup("vc"));
    }
}

static void make_serials(MachineState *m)
{
    if (opts.serials->len > ARRAY_SIZE(m->serials)) {
        system_die("-serial: a machine has at most %zu serial ports",
                   ARRAY_SIZE(m->serials));
    }
    for (unsigned i = 0; i < opts.serials->len; i++) {
        const char *text = opts.serials->pdata[i];
        char *id = g_strdup_printf("serial%u", i);
        Chardev *chr = legacy_chardev("serial", id, text);

        m->serials[i] = chr ? g_strdup(chardev_id(chr)) : NULL;
        g_free(id);
    }
}

/* The machine */

static void set_property(MachineState *m, const char *option,
                         const char *name, const char *value)
{
    GError *err = NULL;

    if (value && !object_property_parse(OBJECT(m), name, value, &err)) {
        system_die("-%s: %s", option, err->message);
    }
}

static void set_machine_props(MachineState *m)
{
    for (unsigned i = 0; i < opts.machine_props->len; i++) {
        char *name = opts.machine_props->pdata[i];
        char *value = strchr(name, '=');

        *value++ = 0;
        set_property(m, "machine", name, value);
    }
    set_property(m, "bios", "firmware", opts.bios);
    set_property(m, "kernel", "kernel", opts.kernel);
    set_property(m, "initrd", "initrd", opts.initrd);
    set_property(m, "append", "append", opts.append);
    set_property(m, "uuid", "uuid", opts.uuid);
    set_property(m, "name", "name", opts.name);
    set_property(m, "boot", "boot-order", opts.boot_order);
    set_property(m, "boot", "boot-once", opts.boot_once);
    set_property(m, "vga", "vga",
                 opts.vga ? opts.vga : opts.nodefaults ? "none" : "std");
    set_property(m, "cpu", "cpu-type",
                 opts.cpu ? opts.cpu : MACHINE_GET_CLASS(m)->default_cpu_type
                 ? MACHINE_GET_CLASS(m)->default_cpu_type : "qemu64");
    m->boot_menu = opts.boot_menu;
    m->boot_strict = opts.boot_strict;
    m->boot_menu_timeout = opts.boot_menu_timeout;
    m->boot_fail_timeout = opts.boot_fail_timeout;
    m->boot_splash = g_strdup(opts.boot_splash);
    m->graphics = !opts.nographic;
    m->smp = opts.smp;
    m->rtc_base = g_strdup(opts.rtc_base);
    m->rtc_clock = g_strdup(opts.rtc_clock);
    if (opts.ram_size) {
        m->ram_size = opts.ram_size;
    }
    if (opts.no_hpet) {
        m->hpet = false;
    }
}

static const char *default_machine(void)
{
    GSList *list = object_class_get_list(TYPE_MACHINE, false);
    const char *name = "pc";

    for (GSList *l = list; l; l = l->next) {
        if (MACHINE_CLASS(l->data)->is_default) {
            name = object_class_get_name(l->data);
            name = g_strndup(name, strlen(name) -
                             strlen(MACHINE_TYPE_SUFFIX));
        }
    }
    g_slist_free(list);
    return name;
}

static void check_kernel_options(void)
{
    if (!opts.kernel && (opts.initrd || opts.append)) {
        system_die("-%s needs -kernel", opts.initrd ? "initrd" : "append");
    }
}

static void make_machine(void)
{
    GError *err = NULL;
    MachineState *m = machine_new(opts.machine ? opts.machine
                                               : default_machine(), &err);

    if (!m) {
        system_die_error(err);
    }
    set_machine_props(m);
    make_serials(m);
    for (unsigned i = 0; i < opts.objects->len; i++) {
        if (!user_creatable_add_str(opts.objects->pdata[i], &err)) {
            system_die("-object: %s", err->message);
        }
    }
    if (!machine_smp_complete(&m->smp, MACHINE_GET_CLASS(m)->max_cpus,
                              &err) ||
        !(opts.qtest ? x86_cpu_model(m->cpu_type, &err) != NULL
                     : cpus_create(m, &err)) ||
        !machine_build(m, &err)) {
        system_die_error(err);
    }
    firmware_add_files(&opts);
    if (opts.debugcon) {
        legacy_chardev("debugcon", "debugcon", opts.debugcon);
        g_ptr_array_add(opts.devices,
                        g_strdup("isa-debugcon,chardev=debugcon"));
    }
    for (unsigned i = 0; i < opts.devices->len; i++) {
        if (!qdev_device_add_str(opts.devices->pdata[i], &err)) {
            system_die("-device: %s", err->message);
        }
    }
    if (block_find_unclaimed()) {
        system_die("-drive: the machine has no place for drive '%s'",
                   block_id(block_find_unclaimed()));
    }
    qdev_machine_created();
}

static void warn_globals(void)
{
    GString *text = g_string_new(NULL);

    if (qdev_global_unused(text)) {
        char **lines = g_strsplit(g_strchomp(text->str), "\n", 0);

        for (char **l = lines; *l; l++) {
            system_warn("%s", *l);
        }
        g_strfreev(lines);
    }
    g_string_free(text, TRUE);
}

/* Monitors and screen */

static void start_monitor(Chardev *chr, MonitorMode mode)
{
    GError *err = NULL;

    if (chr && !monitor_start(chr, mode, &err)) {
        system_die("monitor: %s", err->message);
    }
}

static void start_listed(GPtrArray *list, const char *option,
                         MonitorMode mode)
{
    for (unsigned i = 0; i < list->len; i++) {
        char *id = g_strdup_printf("compat_%s%u", option, i);

        start_monitor(legacy_chardev(option, id, list->pdata[i]), mode);
        g_free(id);
    }
}

/* -mon chardev=ID,mode=control,pretty=on */
static void start_mon(const char *text)
{
    GError *err = NULL;
    OptString *o = optstr_parse(text, "chardev", &err);
    const char *id = o ? optstr_get(o, "chardev") : NULL;
    const char *mode = o ? optstr_get(o, "mode") : NULL;
    const char *pretty = o ? optstr_get(o, "pretty") : NULL;
    Chardev *chr = id ? chardev_find(id) : NULL;
    bool control = !g_strcmp0(mode, "control");

    if (!chr) {
        system_die("-mon: there is no chardev '%s'", id ? id : text);
    }
    if (mode && !control && strcmp(mode, "readline")) {
        system_die("-mon: mode is readline or control, not '%s'", mode);
    }
    start_monitor(chr, !control ? MONITOR_HMP
                       : !g_strcmp0(pretty, "on") ? MONITOR_QMP_PRETTY
                                                  : MONITOR_QMP);
    optstr_free(o);
}

static void start_monitors(void)
{
    for (unsigned i = 0; i < opts.serials->len; i++) {
        if (g_str_has_prefix(opts.serials->pdata[i], "mon:")) {
            char *id = g_strdup_printf("serial%u", i);

            start_monitor(chardev_find(id), MONITOR_HMP);
            g_free(id);
        }
    }
    start_listed(opts.monitors, "monitor", MONITOR_HMP);
    start_listed(opts.qmps, "qmp", MONITOR_QMP);
    start_listed(opts.qmps_pretty, "qmp-pretty", MONITOR_QMP_PRETTY);
    for (unsigned i = 0; i < opts.mons->len; i++) {
        start_mon(opts.mons->pdata[i]);
    }
}

static void start_screen(void)
{
    GError *err = NULL;

    if (opts.vnc) {
        if (!vnc_start(opts.vnc, opts.name, console_get(0), &err)) {
            system_die("%s", err->message);
        }
        if (!console_get(0)) {
            system_warn("-vnc: the machine has no display");
        }
    } else if (!opts.display && !opts.nographic && !opts.qtest &&
               console_get(0)) {
        if (!vnc_start("localhost:0,to=99", opts.name, console_get(0),
                       &err)) {
            system_warn("no display: %s", err->message);
            g_clear_error(&err);
        } else {
            char *where = vnc_describe();

            printf("VNC %s\n", where);
            g_free(where);
        }
    }
}

static void start_gdb(void)
{
    GError *err = NULL;

    if (opts.gdb && !gdb_server_start(opts.gdb, &err)) {
        system_die("-gdb: %s", err->message);
    }
}

static gboolean on_signal(gpointer unused)
{
    request_shutdown();
    return G_SOURCE_CONTINUE;
}

static void user_quits(void)
{
    request_quit(0);
}

static void clean_up(int status)
{
    if (!opts.qtest) {
        cpus_pause_all();
        cpus_destroy_all();
    }
    gdb_server_stop(status);
    vnc_stop();
    block_close_all();
    net_cleanup();
    monitors_stop();
    chardev_cleanup();
}

int main(int argc, char **argv)
{
    int status = 0;

    x86_cpuid_system = true;
    module_call_init(MODULE_INIT_QOM);
    module_call_init(MODULE_INIT_MACHINE);
    system_options_parse(&opts, argc, argv);
    check_kernel_options();
    if (opts.daemonize) {
        daemonize();
    }
    write_pidfile();
    signal(SIGPIPE, SIG_IGN);
    if (opts.process_name) {
        prctl(PR_SET_NAME, opts.process_name);
    }
    if (opts.data_dir) {
        machine_set_data_dir(opts.data_dir);
    }
    main_loop_init();
    memory_init();
    runstate_init(&(RunOptions){
        .no_reboot = opts.no_reboot, .no_shutdown = opts.no_shutdown,
        .qtest = opts.qtest != NULL,
    });
    cpus_set_accel(!g_strcmp0(opts.accel, "tci"), opts.tb_size,
                   opts.one_insn);
    chardev_set_quit_hook(user_quits);
    default_streams();
    make_host_side();
    default_network();
    make_machine();
    warn_globals();
    if (opts.qtest) {
        qtest_start(legacy_chardev("qtest", "qtest", opts.qtest));
    }
    start_monitors();
    start_screen();
    start_gdb();
    g_unix_signal_add(SIGINT, on_signal, NULL);
    g_unix_signal_add(SIGTERM, on_signal, NULL);
    g_unix_signal_add(SIGHUP, on_signal, NULL);
    runstate_first_reset();
    daemon_ready();
    if (!opts.stopped) {
        vm_start();
    }
    do {
        main_loop_turn();
    } while (!runstate_process(&status));
    clean_up(status);
    return status;
}
