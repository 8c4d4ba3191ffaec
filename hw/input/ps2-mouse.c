/* SPDX-License-Identifier: MIT */
/*
 * PS/2 mouse (IBM PS/2 Hardware Interface Technical Reference, "Mouse"), with
 * Microsoft's wheel (id 3) and five-button (id 4) extensions, unlocked by
 * setting sample rates 200, 100, 80 and 200, 200, 80.
 */
#include "util/osdep.h"
#include "hw/input/ps2.h"

enum { MOUSE_BUFFER = 16 * 4, ACK = 0xfa, BAT_OK = 0xaa };

static void send_packet(Ps2Mouse *m)
{
    int dx = CLAMP(m->dx, -255, 255), dy = CLAMP(m->dy, -255, 255);
    int dz = CLAMP(m->dz, m->id == 4 ? -8 : -127, m->id == 4 ? 7 : 127);
    uint8_t packet[4] = {
        0x08 | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0) | (m->buttons & 7),
        dx, dy, m->id == 4 ? (dz & 15) | (m->buttons << 1 & 0x30) : dz,
    };

    m->dx -= dx;
    m->dy -= dy;
    m->dz = m->id ? m->dz - dz : 0;
    ps2_put(&m->queue, packet, m->id ? 4 : 3);
}

static void mouse_move(void *opaque, int dx, int dy, int dz, int buttons)
{
    Ps2Mouse *m = opaque;
    bool pressed = buttons != m->buttons;

    if (!m->enabled || m->remote || m->wrap) {
        m->buttons = buttons;
        return;
    }
    m->dx = CLAMP(m->dx + dx, -2000, 2000);
    m->dy = CLAMP(m->dy - dy, -2000, 2000);     /* up is positive here */
    m->dz = CLAMP(m->dz + dz, -127, 127);
    m->buttons = buttons;
    if (!m->id) {
        m->dz = 0;
    }
    /* What finds no room is added to the next packet. */
    for (int i = 0; i < 8 && m->queue.count < MOUSE_BUFFER &&
                    (m->dx || m->dy || m->dz || pressed); i++) {
        send_packet(m);
        pressed = false;
    }
}

static void mouse_defaults(Ps2Mouse *m)
{
    m->enabled = m->remote = m->wrap = m->scaling = false;
    m->rate = 100;
    m->resolution = 2;
    m->dx = m->dy = m->dz = 0;
    m->command = 0;
}

void ps2_mouse_reset(Ps2Mouse *m)
{
    mouse_defaults(m);
    m->id = 0;
    m->buttons = 0;
    memset(m->rates, 0, sizeof(m->rates));
    ps2_clear(&m->queue);
}

static void set_rate(Ps2Mouse *m, uint8_t v)
{
    m->rate = v;
    m->rates[0] = m->rates[1];
    m->rates[1] = m->rates[2];
    m->rates[2] = v;
    if (m->rates[0] == 200 && m->rates[2] == 80) {
        if (m->rates[1] == 100) {
            m->id = 3;
        } else if (m->rates[1] == 200) {
            m->id = 4;
        }
    }
}

static void send_status(Ps2Mouse *m)
{
    ps2_reply(&m->queue, (m->remote ? 0x40 : 0) | (m->enabled ? 0x20 : 0) |
                         (m->scaling ? 0x10 : 0) |
                         (m->buttons & 1 ? 4 : 0) | (m->buttons & 4 ? 2 : 0) |
                         (m->buttons & 2 ? 1 : 0));
    ps2_reply(&m->queue, m->resolution);
    ps2_reply(&m->queue, m->rate);
}

static void mouse_parameter(Ps2Mouse *m, uint8_t v)
{
    if (m->command == 0xf3) {
        set_rate(m, v);
    } else {
        m->resolution = v & 3;
    }
    m->command = 0;
    ps2_reply(&m->queue, ACK);
}

static void mouse_command(Ps2Mouse *m, uint8_t v)
{
    Ps2Queue *q = &m->queue;

    switch (v) {
    case 0xe6:
    case 0xe7:
        m->scaling = v & 1;
        break;
    case 0xe8:
    case 0xf3:
        m->command = v;
        break;
    case 0xe9:
        ps2_reply(q, ACK);
        send_status(m);
        return;
    case 0xea:
        m->remote = false;
        break;
    case 0xeb:
        ps2_reply(q, ACK);
        send_packet(m);
        return;
    case 0xee:
        m->wrap = true;
        break;
    case 0xf0:
        m->remote = true;
        break;
    case 0xf2:
        ps2_reply(q, ACK);
        ps2_reply(q, m->id);
        return;
    case 0xf4:
    case 0xf5:
        m->enabled = v == 0xf4;
        break;
    case 0xf6:
        mouse_defaults(m);
        break;
    case 0xff:
        ps2_mouse_reset(m);
        ps2_reply(q, ACK);
        ps2_reply(q, BAT_OK);
        ps2_reply(q, 0);
        return;
    }
    ps2_reply(q, ACK);
}

void ps2_mouse_write(Ps2Mouse *m, uint8_t v)
{
    if (m->command) {
        mouse_parameter(m, v);
    } else if (m->wrap && v != 0xec && v != 0xff) {
        ps2_reply(&m->queue, v);
    } else if (v == 0xec) {
        m->wrap = false;
        ps2_reply(&m->queue, ACK);
    } else {
        mouse_command(m, v);
    }
}

void ps2_mouse_init(Ps2Mouse *m, void (*ready)(void *), void *opaque)
{
    m->queue.ready = ready;
    m->queue.opaque = opaque;
    m->input = (InputHandler){ .name = "PS/2 mouse", .mouse = mouse_move,
                               .opaque = m };
    ps2_mouse_reset(m);
    input_register(&m->input);
}

void ps2_mouse_free(Ps2Mouse *m)
{
    input_unregister(&m->input);
}

static bool mouse_post_load(void *opaque, int version, GError **errp)
{
    Ps2Mouse *m = opaque;

    m->dx = CLAMP(m->dx, -2000, 2000);
    m->dy = CLAMP(m->dy, -2000, 2000);
    m->dz = CLAMP(m->dz, -127, 127);
    return true;
}

const VMStateDescription vmstate_ps2_mouse = {
    .name = "ps2-mouse",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = mouse_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_STRUCT(queue, Ps2Mouse, vmstate_ps2_queue, Ps2Queue),
        VMSTATE_BOOL(enabled, Ps2Mouse),
        VMSTATE_BOOL(remote, Ps2Mouse),
        VMSTATE_BOOL(wrap, Ps2Mouse),
        VMSTATE_BOOL(scaling, Ps2Mouse),
        VMSTATE_UINT8(id, Ps2Mouse),
        VMSTATE_UINT8(rate, Ps2Mouse),
        VMSTATE_UINT8(resolution, Ps2Mouse),
        VMSTATE_BUFFER(rates, Ps2Mouse),
        VMSTATE_UINT8(command, Ps2Mouse),
        VMSTATE_UINT8(buttons, Ps2Mouse),
        VMSTATE_INT32(dx, Ps2Mouse),
        VMSTATE_INT32(dy, Ps2Mouse),
        VMSTATE_INT32(dz, Ps2Mouse),
        VMSTATE_END
    },
};
