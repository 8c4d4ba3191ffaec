/* SPDX-License-Identifier: MIT */
/*
 * PS/2 keyboard (IBM PS/2 Hardware Interface Technical Reference, "Keyboards
 * (101- and 102-key)"): scan code sets 1 and 2; and the byte queue that
 * keyboard and mouse share.
 */
#include "util/osdep.h"
#include "hw/input/ps2.h"
#include "qom/error.h"

enum { KBD_BUFFER = 16, ACK = 0xfa, RESEND = 0xfe, BAT_OK = 0xaa };

/* Queue */

bool ps2_empty(const Ps2Queue *q)
{
    return q->count == 0 && q->n_replies == 0;
}

static void made_ready(Ps2Queue *q, bool was_empty)
{
    if (was_empty && !ps2_empty(q) && q->ready) {
        q->ready(q->opaque);
    }
}

void ps2_put(Ps2Queue *q, const uint8_t *bytes, unsigned n)
{
    bool was_empty = ps2_empty(q);

    if (q->count + n > PS2_QUEUE) {
        return;                         /* whole sequences or none */
    }
    for (unsigned i = 0; i < n; i++) {
        q->data[(q->head + q->count++) % PS2_QUEUE] = bytes[i];
    }
    made_ready(q, was_empty);
}

void ps2_reply(Ps2Queue *q, uint8_t byte)
{
    bool was_empty = ps2_empty(q);

    if (q->n_replies < sizeof(q->replies)) {
        q->replies[q->n_replies++] = byte;
    }
    made_ready(q, was_empty);
}

uint8_t ps2_take(Ps2Queue *q)
{
    if (q->n_replies) {
        q->last = q->replies[0];
        memmove(q->replies, q->replies + 1, --q->n_replies);
    } else if (q->count) {
        q->last = q->data[q->head];
        q->head = (q->head + 1) % PS2_QUEUE;
        q->count--;
    } else {
        return 0;
    }
    return q->last;
}

void ps2_clear(Ps2Queue *q)
{
    q->head = q->count = 0;
    q->n_replies = 0;
}

/* Scan codes: set 2 by index, set 1 in the table. */
static const uint8_t translation[256] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58,
    0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a,
    0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c,
    0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e,
    0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60,
    0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e,
    0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b,
    0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45,
    0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
    0x80, 0x81, 0x82, 0x41, 0x54,
};

uint8_t ps2_translate(uint8_t set2)
{
    return set2 > 0x84 ? set2 : translation[set2];
}

static uint8_t set2_of(uint8_t set1)
{
    /* Real keys come last where two codes fall together. */
    for (int i = 0x84; i > 0; i--) {
        if (translation[i] == set1 && i != 0x80) {
            return i;
        }
    }
    return 0;
}

static unsigned sequence(uint8_t set, int code, bool down, uint8_t *out)
{
    static const uint8_t pause1[] = { 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5 };
    static const uint8_t pause2[] = { 0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14,
                                      0xf0, 0x77 };
    unsigned n = 0;
    uint8_t key = code & 0x7f;

    if (code == KEY_PAUSE) {
        const uint8_t *from = set == 1 ? pause1 : pause2;

        n = set == 1 ? sizeof(pause1) : sizeof(pause2);
        memcpy(out, from, n);
        return down ? n : 0;            /* there is no break code */
    }
    if (code & KEY_EXTENDED) {
        out[n++] = 0xe0;
    }
    if (set == 1) {
        out[n++] = down ? key : key | 0x80;
        return n;
    }
    key = set2_of(key);
    if (!key) {
        return 0;
    }
    if (!down) {
        out[n++] = 0xf0;
    }
    out[n++] = key;
    return n;
}

static void kbd_key(void *opaque, int code, bool down)
{
    Ps2Keyboard *k = opaque;
    uint8_t bytes[16];
    unsigned n = 0;

    if (!k->scanning) {
        return;
    }
    if (code == (KEY_EXTENDED | 0x37)) {        /* print screen: shifted */
        n = sequence(k->set, KEY_EXTENDED | (down ? 0x2a : 0x37), down, bytes);
        n += sequence(k->set, KEY_EXTENDED | (down ? 0x37 : 0x2a), down,
                      bytes + n);
    } else {
        n = sequence(k->set, code, down, bytes);
    }
    if (k->queue.count + n <= KBD_BUFFER) {
        ps2_put(&k->queue, bytes, n);
    }
}

static void kbd_defaults(Ps2Keyboard *k)
{
    k->set = 2;
    k->leds = 0;
    k->command = 0;
}

void ps2_kbd_reset(Ps2Keyboard *k)
{
    kbd_defaults(k);
    k->scanning = true;
    ps2_clear(&k->queue);
}

static void kbd_parameter(Ps2Keyboard *k, uint8_t v)
{
    uint8_t command = k->command;

    k->command = 0;
    ps2_reply(&k->queue, ACK);
    if (command == 0xed) {
        k->leds = v & 7;
    } else if (command == 0xf0) {
        if (v == 0) {
            ps2_reply(&k->queue, k->set);
        } else if (v <= 2) {
            k->set = v;
        }
    }
}

void ps2_kbd_write(Ps2Keyboard *k, uint8_t v)
{
    Ps2Queue *q = &k->queue;

    if (k->command && v < 0xed) {
        kbd_parameter(k, v);
        return;
    }
    k->command = 0;
    switch (v) {
    case 0xed:                          /* lamps */
    case 0xf0:                          /* scan code set */
    case 0xf3:                          /* repeat rate: the host's own */
        k->command = v;
        ps2_reply(q, ACK);
        break;
    case 0xee:
        ps2_reply(q, 0xee);
        break;
    case 0xf2:
        ps2_reply(q, ACK);
        ps2_reply(q, 0xab);
        ps2_reply(q, 0x83);
        break;
    case 0xf4:
        k->scanning = true;
        ps2_reply(q, ACK);
        break;
    case 0xf5:
        kbd_defaults(k);
        k->scanning = false;
        ps2_reply(q, ACK);
        break;
    case 0xf6:
        kbd_defaults(k);
        k->scanning = true;
        ps2_reply(q, ACK);
        break;
    case 0xf7 ... 0xfd:                 /* set 3's key types */
        ps2_reply(q, ACK);
        break;
    case 0xfe:
        ps2_reply(q, q->last);
        break;
    case 0xff:
        ps2_kbd_reset(k);
        ps2_reply(q, ACK);
        ps2_reply(q, BAT_OK);
        break;
    default:
        ps2_reply(q, RESEND);
    }
}

void ps2_kbd_init(Ps2Keyboard *k, void (*ready)(void *), void *opaque)
{
    k->queue.ready = ready;
    k->queue.opaque = opaque;
    k->input = (InputHandler){ .name = "PS/2 keyboard", .key = kbd_key,
                               .opaque = k };
    ps2_kbd_reset(k);
    input_register(&k->input);
}

void ps2_kbd_free(Ps2Keyboard *k)
{
    input_unregister(&k->input);
}

static bool queue_post_load(void *opaque, int version, GError **errp)
{
    Ps2Queue *q = opaque;

    if (q->head >= PS2_QUEUE || q->count > PS2_QUEUE ||
        q->n_replies > sizeof(q->replies)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "state: a PS/2 queue is in no possible state");
        return false;
    }
    return true;
}

const VMStateDescription vmstate_ps2_queue = {
    .name = "ps2-queue",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = queue_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_BUFFER(data, Ps2Queue),
        VMSTATE_UINT16(head, Ps2Queue),
        VMSTATE_UINT16(count, Ps2Queue),
        VMSTATE_BUFFER(replies, Ps2Queue),
        VMSTATE_UINT8(n_replies, Ps2Queue),
        VMSTATE_UINT8(last, Ps2Queue),
        VMSTATE_END
    },
};

const VMStateDescription vmstate_ps2_kbd = {
    .name = "ps2-kbd",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_STRUCT(queue, Ps2Keyboard, vmstate_ps2_queue, Ps2Queue),
        VMSTATE_BOOL(scanning, Ps2Keyboard),
        VMSTATE_UINT8(set, Ps2Keyboard),
        VMSTATE_UINT8(command, Ps2Keyboard),
        VMSTATE_UINT8(leds, Ps2Keyboard),
        VMSTATE_END
    },
};
