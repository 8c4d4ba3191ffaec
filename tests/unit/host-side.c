/* SPDX-License-Identifier: MIT */
/* Screens, keys and networks on the host's side. */
#include "util/osdep.h"
#include "net/net.h"
#include "ui/console.h"

#include <criterion/criterion.h>

/* Screens */

static int updates;

static void draw(void *opaque)
{
    Console *con = *(Console **)opaque;

    updates++;
    console_resize(con, 3, 2);
    console_pixels(con)[0] = 0x112233;
    console_pixels(con)[5] = 0xffffff;
    console_damage(con, -5, -5, 100, 100);
}

static const ConsoleOps ops = { .update = draw };

static struct {
    ConsoleListener l;
    int resized, x, y, width, height;
} watch;

static void on_resize(ConsoleListener *l)
{
    watch.resized++;
}

static void on_damage(ConsoleListener *l, int x, int y, int width, int height)
{
    watch.x = x;
    watch.y = y;
    watch.width = width;
    watch.height = height;
}

Test(console, screendump)
{
    Console *con = NULL;
    char *path, *data;
    gsize n;

    con = console_new(&ops, &con);
    watch.l.resized = on_resize;
    watch.l.damaged = on_damage;
    console_listen(con, &watch.l);
    cr_assert(console_get(0) == con);
    path = g_strdup_printf("%s/dump-%d", g_get_tmp_dir(), getpid());
    cr_assert(console_screendump(con, path, "ppm", NULL));
    cr_assert(g_file_get_contents(path, &data, &n, NULL));
    cr_assert_eq(n, 11u + 18);
    cr_assert_arr_eq(data, "P6\n3 2\n255\n\x11\x22\x33", 14);
    cr_assert_eq((uint8_t)data[n - 1], 0xff);
    cr_assert_eq(watch.resized, 1);
    cr_assert(watch.x == 0 && watch.y == 0 && watch.width == 3 &&
              watch.height == 2);
#ifdef CONFIG_PNG
    cr_assert(console_screendump(con, path, "png", NULL));
    cr_assert(g_file_get_contents(path, &data, &n, NULL));
    cr_assert_arr_eq(data, "\x89PNG\r\n\x1a\n", 8);
#endif
    unlink(path);

    GError *err = NULL;
    cr_assert_not(console_screendump(con, path, "gif", &err));
    g_clear_error(&err);
    cr_assert_not(console_screendump(con, "/no/such/folder/x", NULL, &err));
    cr_assert(strstr(err->message, "/no/such/folder/x"));
    console_unlisten(&watch.l);
    console_free(con);
    cr_assert_null(console_get(0));
}

/* Keys */

static GString *typed;

static void on_key(void *opaque, int code, bool down)
{
    g_string_append_printf(typed, "%s%x ", down ? "+" : "-", code);
}

static InputHandler keyboard = { .key = on_key };

Test(input, names_and_keysyms)
{
    static const struct {
        const char *name;
        uint32_t keysym;
    } keys[] = {
        { "a", 'a' }, { "a", 'A' }, { "ret", 0xff0d }, { "f1", 0xffbe },
        { "f12", 0xffc9 }, { "spc", ' ' }, { "slash", '?' }, { "1", '!' },
        { "up", 0xff52 }, { "delete", 0xffff }, { "backslash", '|' },
        { "grave_accent", '~' }, { "dot", '.' }, { "minus", '_' },
        { "f10", 0xffc7 }, { "esc", 0xff1b }, { "m", 'm' }, { "l", 'L' },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        cr_expect_eq(input_key_by_name(keys[i].name),
                     input_key_by_keysym(keys[i].keysym), "%s",
                     keys[i].name);
    }
    cr_assert_eq(input_key_by_name("0x1e"), input_key_by_name("a"));
    cr_assert_eq(input_key_by_name("nokey"), -1);
    cr_assert_eq(input_key_by_name("0x"), -1);
    cr_assert_eq(input_key_by_keysym(0), -1);
}

Test(input, send_keys, .timeout = 10)
{
    GError *err = NULL;

    typed = g_string_new(NULL);
    input_register(&keyboard);
    cr_assert_not(input_send_keys("ctrl-what", 1, &err));
    g_clear_error(&err);
    cr_assert(input_send_keys("ctrl-alt-delete", 1, NULL));
    cr_assert(input_send_keys("a", 1, NULL));
    while (!strstr(typed->str, "-1e")) {
        g_main_context_iteration(NULL, TRUE);
    }
    cr_assert_str_eq(typed->str, "+1d +38 +d3 -d3 -38 -1d +1e -1e ");
}

/* Networks */

Test(net, macs)
{
    uint8_t mac[6];
    GError *err = NULL;

    cr_assert(net_parse_mac("52:54:00:ab:CD:0f", mac, NULL));
    cr_assert_arr_eq(mac, "\x52\x54\x00\xab\xcd\x0f", 6);
    cr_assert(net_parse_mac(NULL, mac, NULL));
    cr_assert_eq(mac[5], 0x56);
    cr_assert(net_parse_mac(NULL, mac, NULL));
    cr_assert_eq(mac[5], 0x57);
    cr_assert_not(net_parse_mac("52:54:00", mac, &err));
    g_clear_error(&err);
    cr_assert_not(net_parse_mac("01:00:00:00:00:01", mac, &err));
    g_clear_error(&err);
    cr_assert_not(net_parse_mac("52:54:00:12:34:56:78", mac, &err));
    g_clear_error(&err);
}

Test(net, bad_netdevs)
{
    static const char *const bad[] = {
        "tap,id=a", "nothing,id=a", "user", "user,id=a,wrong=1",
        "user,id=a,net=1.2.3", "user,id=a,net=10.0.0.0/33",
        "user,id=a,hostfwd=rubbish", "user,id=a,hostfwd=tcp::0-:22",
        "user,id=a,hostfwd=tcp::99999-:22", "user,id=a,restrict=maybe",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        GError *err = NULL;

        cr_expect_null(net_new(bad[i], &err), "%s", bad[i]);
        cr_expect(err && *err->message, "%s", bad[i]);
        g_clear_error(&err);
    }
    cr_assert_null(net_find("a"));
}

static int frames, room;
static uint8_t last[2048];

static bool can_receive(void *opaque)
{
    return frames < room;
}

static void receive(void *opaque, const uint8_t *frame, size_t n)
{
    frames++;
    memcpy(last, frame, MIN(n, sizeof(last)));
}

/* An ARP request for the gateway is answered by the gateway. */
Test(net, user_network_answers, .timeout = 10)
{
    static const uint8_t arp[42] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56,
        8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56,
        10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2,
    };
    GError *err = NULL;
    NetBackend *nb = net_new("user,id=n", &err);
    NetCard card = { .can_receive = can_receive, .receive = receive };
    NetCard other = { 0 };

    if (!nb && strstr(err->message, "libslirp")) {
        g_error_free(err);
        cr_skip_test("no libslirp");
    }
    cr_assert(net_attach(&card, nb, NULL));
    cr_assert_not(net_attach(&other, nb, &err));
    g_clear_error(&err);
    net_send(&card, arp, sizeof(arp));
    cr_assert_eq(frames, 0);
    room = 1000;
    while (last[21] != 2) {
        net_accept_frames(&card);
        g_main_context_iteration(NULL, FALSE);
    }
    cr_assert_arr_eq(last + 28, "\x0a\x00\x02\x02", 4);
    net_detach(&card);
    net_cleanup();
}

static int link_changes;

static void count_changes(void *opaque, bool up)
{
    cr_assert_eq(up, net_link_up(opaque));
    link_changes++;
}

Test(net, cable)
{
    GError *err = NULL;
    NetBackend *nb = net_new("user,id=n", &err);
    NetCard card = { .link_changed = count_changes, .opaque = &card };

    if (!nb && strstr(err->message, "libslirp")) {
        g_error_free(err);
        cr_skip_test("no libslirp");
    }
    cr_assert(net_attach(&card, nb, NULL));
    cr_assert(net_link_up(&card));
    cr_assert(net_set_link("n", true, NULL));
    cr_assert_eq(link_changes, 0);
    cr_assert(net_set_link("n", false, NULL));
    cr_assert_eq(link_changes, 1);
    cr_assert_not(net_link_up(&card));
    cr_assert(net_set_link("n", true, NULL));
    cr_assert_eq(link_changes, 2);
    cr_assert_not(net_set_link("m", false, &err));
    g_clear_error(&err);
    net_detach(&card);
    net_cleanup();
}
