/* SPDX-License-Identifier: MIT */
/* Character streams: specs, files, sockets, telnet, the mux. */
#include "util/osdep.h"
#include "chardev/char.h"

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct End {
    CharFrontend fe;
    GString *got;
    int room;
    int opened, closed, breaks, in, out;
} End;

static int end_can_read(void *opaque)
{
    return ((End *)opaque)->room;
}

static void end_read(void *opaque, const uint8_t *buf, size_t n)
{
    End *e = opaque;

    g_string_append_len(e->got, (const char *)buf, n);
    e->room -= n;
}

static void end_event(void *opaque, CharEvent event)
{
    End *e = opaque;

    e->opened += event == CHAR_EVENT_OPENED;
    e->closed += event == CHAR_EVENT_CLOSED;
    e->breaks += event == CHAR_EVENT_BREAK;
    e->in += event == CHAR_EVENT_MUX_IN;
    e->out += event == CHAR_EVENT_MUX_OUT;
}

static void end_init(End *e, int room)
{
    *e = (End){
        .fe = { .can_read = end_can_read, .read = end_read,
                .event = end_event, .opaque = e },
        .got = g_string_new(NULL), .room = room,
    };
}

static char *dir;

static void setup(void)
{
    dir = g_dir_make_tmp("chardev-XXXXXX", NULL);
}

static void teardown(void)
{
    char *cmd = g_strdup_printf("rm -rf '%s'", dir);

    chardev_cleanup();
    cr_assert(system(cmd) == 0);
    g_free(cmd);
}

TestSuite(chardev, .init = setup, .fini = teardown, .timeout = 20);

/* Runs the loop until COND, a few seconds at most. */
#define RUN_UNTIL(cond)                                               \
    do {                                                              \
        gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;    \
        while (!(cond) && g_get_monotonic_time() < end) {             \
            if (!g_main_context_iteration(NULL, FALSE)) {             \
                g_usleep(500);                                        \
            }                                                         \
        }                                                             \
        cr_assert(cond);                                              \
    } while (0)

static Chardev *make_socket(const char *more, int *client)
{
    char *path = g_strdup_printf("%s/s", dir);
    char *spec = g_strdup_printf("socket,id=s,path=%s,server=on,wait=off%s",
                                 path, more);
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    GError *err = NULL;
    Chardev *chr = chardev_new(spec, &err);

    cr_assert(chr, "%s", err ? err->message : "");
    strcpy(sun.sun_path, path);
    *client = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(*client, (void *)&sun, sizeof(sun)), 0);
    g_free(spec);
    g_free(path);
    return chr;
}

static void send_text(int fd, const char *text, size_t n)
{
    cr_assert_eq(write(fd, text, n), (ssize_t)n);
}

Test(chardev, bad_specs)
{
    static const char *const bad[] = {
        "", "nothing,id=a", "null", "file,id=a", "null,id=a,wrong=1",
        "socket,id=a", "socket,id=a,path=/x,port=1", "udp,id=a,port=1",
        "file,id=a,path=/no/such/folder/x", "stdio,id=a,signal=perhaps",
        "null,id=a,mux=sometimes", "pipe,id=a,path=/no/such/pipe",
        "socket,id=a,path=/no/such/folder/x,server=on,wait=off",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        GError *err = NULL;

        cr_expect_null(chardev_new(bad[i], &err), "'%s'", bad[i]);
        cr_expect(err && *err->message, "'%s'", bad[i]);
        g_clear_error(&err);
    }
    cr_assert_null(chardev_find("a"));
}

Test(chardev, ids_are_unique)
{
    GError *err = NULL;

    cr_assert(chardev_new("null,id=a", NULL));
    cr_assert_null(chardev_new("null,id=a", &err));
    cr_assert(strstr(err->message, "'a'"));
    g_error_free(err);
    cr_assert_not_null(chardev_find("a"));
}

Test(chardev, legacy_specs)
{
    GError *err = NULL;
    char *file = g_strdup_printf("file:%s/with,comma", dir);
    End e;

    cr_assert_null(chardev_new_legacy("x", "none", &err));
    cr_assert_null(err);
    cr_assert_null(chardev_new_legacy("x", "tcp:nowhere", &err));
    g_clear_error(&err);
    cr_assert_null(chardev_new_legacy("x", "rubbish", &err));
    g_clear_error(&err);
    end_init(&e, 0);
    cr_assert(chardev_attach(&e.fe, chardev_new_legacy("x", file, &err),
                             NULL));
    chardev_write(&e.fe, "hello", 5);
    cr_assert(chardev_new_legacy("y", "chardev:x", &err) ==
              chardev_find("x"));
    chardev_cleanup();

    char *text;
    cr_assert(g_file_get_contents(file + 5, &text, NULL, NULL));
    cr_assert_str_eq(text, "hello");
    cr_assert_null(e.fe.chr);
    g_free(text);
    g_free(file);
}

Test(chardev, one_front_end_without_mux)
{
    Chardev *chr = chardev_new("null,id=a", NULL);
    GError *err = NULL;
    End a, b;

    end_init(&a, 0);
    end_init(&b, 0);
    cr_assert(chardev_attach(&a.fe, chr, NULL));
    cr_assert_not(chardev_attach(&b.fe, chr, &err));
    g_clear_error(&err);
    chardev_detach(&a.fe);
    cr_assert(chardev_attach(&b.fe, chr, NULL));
}

Test(chardev, socket_flow_control_and_reconnection)
{
    int client;
    Chardev *chr = make_socket("", &client);
    char buf[16];
    End e;

    end_init(&e, 3);
    cr_assert(chardev_attach(&e.fe, chr, NULL));
    RUN_UNTIL(e.opened == 1);
    send_text(client, "abcdefgh", 8);
    RUN_UNTIL(e.got->len == 3);
    e.room = 2;
    chardev_accept_input(&e.fe);
    cr_assert_str_eq(e.got->str, "abcde");
    e.room = 100;
    chardev_accept_input(&e.fe);
    cr_assert_str_eq(e.got->str, "abcdefgh");
    chardev_write(&e.fe, "back", 4);
    cr_assert_eq(read(client, buf, sizeof(buf)), 4);
    close(client);
    RUN_UNTIL(e.closed == 1);
    chardev_write(&e.fe, "lost", 4);

    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", dir);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(client, (void *)&sun, sizeof(sun)), 0);
    RUN_UNTIL(e.opened == 2);
    send_text(client, "again", 5);
    RUN_UNTIL(e.got->len == 13);
}

Test(chardev, output_is_queued_and_bounded)
{
    int client;
    Chardev *chr = make_socket("", &client);
    size_t total = 0;
    char block[4096];
    End e;

    memset(block, 'x', sizeof(block));
    end_init(&e, 0);
    cr_assert(chardev_attach(&e.fe, chr, NULL));
    RUN_UNTIL(e.opened == 1);
    for (int i = 0; i < 1024; i++) {    /* 4 MiB; nobody reads */
        chardev_write(&e.fe, block, sizeof(block));
    }
    while (total < 1024 * 1024) {
        ssize_t n = recv(client, block, sizeof(block), MSG_DONTWAIT);

        if (n > 0) {
            total += n;
        } else {
            g_main_context_iteration(NULL, FALSE);
        }
    }
    cr_assert_lt(total, 4u * 1024 * 1024);
}

Test(chardev, telnet_commands_are_taken_out)
{
    int client;
    Chardev *chr = make_socket(",telnet=on", &client);
    static const char in[] = "a\xff\xfd\x01" "b\xff\xff" "c\xff\xf3" "d";
    uint8_t hello[64];
    End e;

    end_init(&e, 100);
    cr_assert(chardev_attach(&e.fe, chr, NULL));
    RUN_UNTIL(e.opened == 1);
    cr_assert_gt(read(client, hello, sizeof(hello)), 5);
    cr_assert_eq(hello[0], 255);
    send_text(client, in, sizeof(in) - 1);
    RUN_UNTIL(e.got->len == 5);
    cr_assert_arr_eq(e.got->str, "ab\xff" "cd", 5);
    cr_assert_eq(e.breaks, 1);
}

static int quits;

static void on_quit(void)
{
    quits++;
}

Test(chardev, mux_switches_and_escapes)
{
    int client;
    Chardev *chr = make_socket(",mux=on", &client);
    End a, b;

    chardev_set_quit_hook(on_quit);
    end_init(&a, 100);
    end_init(&b, 100);
    cr_assert(chardev_attach(&a.fe, chr, NULL));
    cr_assert(chardev_attach(&b.fe, chr, NULL));
    cr_assert_eq(a.out, 1);
    RUN_UNTIL(a.opened && b.opened);
    send_text(client, "to b\x01" "cto a\x01\x01\x01" "b\x01" "x", 17);
    RUN_UNTIL(quits == 1);
    cr_assert_str_eq(b.got->str, "to b");
    cr_assert_str_eq(a.got->str, "to a\x01");
    cr_assert_eq(a.breaks, 1);
    cr_assert_eq(a.in, 2);
}
