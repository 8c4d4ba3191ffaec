/* SPDX-License-Identifier: MIT */
/* Drives: options, locks, ranges, snapshots, requests in the background. */
#include "util/osdep.h"
#include "block/block.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

static char *dir, *img;

static void make_image(const char *path, size_t size)
{
    char *data = g_malloc(size);

    for (size_t i = 0; i < size; i++) {
        data[i] = i / 512 + i;
    }
    cr_assert(g_file_set_contents(path, data, size, NULL));
    g_free(data);
}

static void setup(void)
{
    dir = g_dir_make_tmp("block-XXXXXX", NULL);
    img = g_strdup_printf("%s/x.img", dir);
    make_image(img, 300 * 512);
}

static void teardown(void)
{
    char *cmd = g_strdup_printf("rm -rf '%s'", dir);

    block_close_all();
    cr_assert(system(cmd) == 0);
    g_free(cmd);
}

TestSuite(block, .init = setup, .fini = teardown, .timeout = 20);

static BlockBackend *open_ok(const char *fmt)
{
    char *text = g_strdup_printf(fmt, img);
    GError *err = NULL;
    BlockBackend *blk = block_open_drive(text, IF_IDE, &err);

    cr_assert(blk, "%s: %s", text, err ? err->message : "");
    g_free(text);
    return blk;
}

static void refused(const char *fmt, const char *word)
{
    char *text = g_strdup_printf(fmt, img);
    GError *err = NULL;

    cr_expect_null(block_open_drive(text, IF_IDE, &err), "%s", text);
    cr_expect(err && strstr(err->message, word), "%s: %s", text,
              err ? err->message : "");
    g_clear_error(&err);
    g_free(text);
}

Test(block, bad_options)
{
    refused("file=%s,if=scsi", "scsi");
    refused("file=%s,index=x", "index");
    refused("file=%s,format=qcow2", "qcow2");
    refused("file=%s,wrong=1", "wrong");
    refused("file=%s,snapshot=maybe", "snapshot");
    refused("file=%s.gone", "No such file");
    refused("if=ide", "file=");
    refused("file=/tmp", "directory");
    refused("file=/dev/null", "neither");
    refused("file=%s,if=ide,bus=2,unit=0", "bus 2");
}

Test(block, other_formats_are_not_taken_as_raw)
{
    cr_assert(g_file_set_contents(img, "QFI\xfb 1234567890", 15, NULL));
    refused("file=%s", "qcow2");
    open_ok("file=%s,format=raw,readonly=on");
}

Test(block, places_and_names)
{
    BlockBackend *a = open_ok("file=%s,readonly=on");
    BlockBackend *b = open_ok("file=%s,readonly=on");
    BlockBackend *cd = open_ok("file=%s,media=cdrom");
    BlockBackend *n = open_ok("file=%s,if=none,id=n,readonly=on,serial=S1");

    cr_assert_str_eq(block_id(a), "ide0-hd0");
    cr_assert_str_eq(block_id(b), "ide0-hd1");
    cr_assert_str_eq(block_id(cd), "ide1-cd0");
    cr_assert(block_find("n") == n);
    cr_assert_str_eq(block_serial(n), "S1");
    cr_assert(block_find_place(IF_IDE, 1, 0) == cd);
    cr_assert(block_is_read_only(cd));
    refused("file=%s,index=1,readonly=on", "two drives");
    refused("file=%s,if=none,id=n,readonly=on", "'n'");
}

Test(block, a_writer_locks_others_out)
{
    BlockBackend *a = open_ok("file=%s");

    refused("file=%s,if=none,id=b", "lock");
    refused("file=%s,if=none,id=b,readonly=on", "lock");
    refused("file=%s,if=none,id=b,snapshot=on", "lock");
    open_ok("file=%s,if=none,id=b,file.locking=off");
    block_close(a);
    open_ok("file=%s,if=none,id=c,readonly=on");
    open_ok("file=%s,if=none,id=d,readonly=on");
    refused("file=%s,if=none,id=e", "lock");
}

Test(block, one_device_a_drive)
{
    BlockBackend *a = open_ok("file=%s");
    int x, y;

    cr_assert(block_attach(a, &x, NULL));
    cr_assert_not(block_attach(a, &y, NULL));
    block_detach(a, &x);
    cr_assert(block_attach(a, &y, NULL));
}

Test(block, ranges)
{
    BlockBackend *a = open_ok("file=%s");
    uint8_t buf[1024];

    cr_assert_eq(block_size(a), 300 * 512);
    cr_assert_eq(block_read(a, 299 * 512, buf, 512), 0);
    cr_assert_eq(buf[5], (uint8_t)(299 + 299 * 512 + 5));
    cr_assert_eq(block_read(a, 299 * 512, buf, 1024), -EINVAL);
    cr_assert_eq(block_read(a, UINT64_MAX - 100, buf, 512), -EINVAL);
    cr_assert_eq(block_write(a, 300 * 512, buf, 512), -EINVAL);
}

Test(block, a_tail_is_padded_with_zeros)
{
    uint8_t buf[512];
    BlockBackend *a;

    make_image(img, 512 + 100);
    a = open_ok("file=%s,readonly=on");
    memset(buf, 0xff, sizeof(buf));
    cr_assert_eq(block_size(a), 1024);
    cr_assert_eq(block_read(a, 512, buf, 512), 0);
    cr_assert_eq(buf[99], (uint8_t)(1 + 512 + 99));
    cr_assert_eq(buf[100], 0);
    cr_assert_eq(buf[511], 0);
    cr_assert_eq(block_write(a, 0, buf, 512), -EACCES);
}

static char *contents(void)
{
    char *data;
    gsize n;

    cr_assert(g_file_get_contents(img, &data, &n, NULL));
    return data;
}

Test(block, writes_reach_the_file)
{
    BlockBackend *a = open_ok("file=%s");
    uint8_t buf[700];

    memset(buf, 0xa5, sizeof(buf));
    cr_assert_eq(block_write(a, 1000, buf, sizeof(buf)), 0);
    cr_assert_eq(block_flush(a), 0);

    char *data = contents();
    cr_assert_arr_eq(data + 1000, buf, sizeof(buf));
    cr_assert_eq((uint8_t)data[999], (uint8_t)(1 + 999));
    cr_assert_eq((uint8_t)data[1700], (uint8_t)(3 + 1700));
}

Test(block, snapshots_leave_the_image_alone)
{
    char *before = contents();
    BlockBackend *a = open_ok("file=%s,snapshot=on");
    uint8_t buf[512], got[1536];

    memset(buf, 0x3c, sizeof(buf));
    /* Across a cluster of the overlay. */
    cr_assert_eq(block_write(a, 65536 - 256, buf, 512), 0);
    cr_assert_eq(block_read(a, 65536 - 768, got, 1536), 0);
    cr_assert_arr_eq(got, before + 65536 - 768, 512);
    cr_assert_arr_eq(got + 512, buf, 512);
    cr_assert_arr_eq(got + 1024, before + 65536 + 256, 512);
    block_close(a);

    char *after = contents();
    cr_assert_arr_eq(after, before, 300 * 512);
}

typedef struct Done {
    int calls, result;
} Done;

static void done(void *opaque, int result)
{
    Done *d = opaque;

    d->calls++;
    d->result = result;
}

Test(block, requests_complete_from_the_loop)
{
    BlockBackend *a = open_ok("file=%s");
    uint8_t x[512], y[1024];
    struct iovec iov[2] = { { x, 512 }, { y, 1024 } };
    Done w = { 0 }, r = { 0 }, bad = { 0 }, flush = { 0 }, gone = { 0 };

    memset(x, 1, sizeof(x));
    memset(y, 2, sizeof(y));
    block_submit(a, BLOCK_WRITE, 512, iov, 2, 0, done, &w);
    cr_assert_eq(w.calls, 0);
    block_drain(a);
    cr_assert_eq(w.calls, 1);
    cr_assert_eq(w.result, 0);
    memset(x, 0, sizeof(x));
    block_submit(a, BLOCK_READ, 1024, iov, 1, 0, done, &r);
    block_submit(a, BLOCK_READ, 1ull << 40, iov, 1, 0, done, &bad);
    block_submit(a, BLOCK_FLUSH, 0, NULL, 0, 0, done, &flush);
    block_cancel(block_submit(a, BLOCK_READ, 0, iov + 1, 1, 0, done, &gone));
    block_drain(a);
    cr_assert_eq(r.result, 0);
    cr_assert_eq(x[100], 2);
    cr_assert_eq(bad.result, -EINVAL);
    cr_assert_eq(flush.calls, 1);
    cr_assert_eq(gone.calls, 0);
}

Test(block, discard_and_zeroes)
{
    BlockBackend *a = open_ok("file=%s");
    Done z = { 0 }, d = { 0 };
    uint8_t got[4096];

    block_submit(a, BLOCK_WRITE_ZEROES, 4096, NULL, 0, 4096, done, &z);
    block_submit(a, BLOCK_DISCARD, 65536, NULL, 0, 4096, done, &d);
    block_drain(a);
    cr_assert_eq(z.result, 0);
    cr_assert_eq(d.result, 0);
    cr_assert_eq(block_read(a, 4096, got, sizeof(got)), 0);
    for (unsigned i = 0; i < sizeof(got); i++) {
        cr_assert_eq(got[i], 0);
    }
    cr_assert_eq(block_size(a), 300 * 512);
}

static void changed(void *opaque)
{
    ++*(int *)opaque;
}

Test(block, media_come_and_go)
{
    GError *err = NULL;
    BlockBackend *cd = block_open_drive("media=cdrom,if=ide,index=2", IF_IDE,
                                        &err);
    int n = 0;
    uint8_t buf[512];

    cr_assert(cd, "%s", err ? err->message : "");
    block_set_change_notify(cd, changed, &n);
    cr_assert_eq(block_size(cd), 0);
    cr_assert_eq(block_read(cd, 0, buf, 512), -ENOMEDIUM);
    cr_assert_not(block_change(cd, "/no/such/image", &err));
    g_clear_error(&err);
    cr_assert(block_change(cd, img, &err));
    cr_assert_eq(block_read(cd, 0, buf, 512), 0);
    cr_assert_eq(block_write(cd, 0, buf, 512), -EACCES);
    cr_assert(block_eject(cd, &err));
    cr_assert_eq(n, 2);
    cr_assert_not(block_has_medium(cd));
}
