/* SPDX-License-Identifier: MIT */
/*
 * PS/2 keyboard and mouse: what hangs at the two ports of an i8042.  Embedded
 * there.  READY is called when bytes have come into an empty queue.
 */
#ifndef HW_INPUT_PS2_H
#define HW_INPUT_PS2_H

#include "hw/core/vmstate.h"
#include "ui/console.h"

#define PS2_QUEUE 256

typedef struct Ps2Queue {
    uint8_t data[PS2_QUEUE];
    uint16_t head, count;
    /* Answers to commands come before what was typed meanwhile. */
    uint8_t replies[16];
    uint8_t n_replies;
    uint8_t last;               /* for "resend" */
    void (*ready)(void *opaque);
    void *opaque;
} Ps2Queue;

bool ps2_empty(const Ps2Queue *q);
uint8_t ps2_take(Ps2Queue *q);              /* 0 when empty */
void ps2_put(Ps2Queue *q, const uint8_t *bytes, unsigned n);
void ps2_reply(Ps2Queue *q, uint8_t byte);
void ps2_clear(Ps2Queue *q);

typedef struct Ps2Keyboard {
    Ps2Queue queue;
    InputHandler input;
    bool scanning;
    uint8_t set;                /* 1 or 2 */
    uint8_t command;            /* whose parameter comes next; 0: none */
    uint8_t leds;
} Ps2Keyboard;

void ps2_kbd_init(Ps2Keyboard *k, void (*ready)(void *), void *opaque);
void ps2_kbd_reset(Ps2Keyboard *k);
void ps2_kbd_write(Ps2Keyboard *k, uint8_t v);
void ps2_kbd_free(Ps2Keyboard *k);
/* Set 2 to set 1, as the controller translates. */
uint8_t ps2_translate(uint8_t set2);

typedef struct Ps2Mouse {
    Ps2Queue queue;
    InputHandler input;
    bool enabled, remote, wrap, scaling;
    uint8_t id;                 /* 0, 3: wheel, 4: five buttons */
    uint8_t rate, resolution;
    uint8_t rates[3];           /* the last ones set: the knock */
    uint8_t command;
    uint8_t buttons;
    int32_t dx, dy, dz;
} Ps2Mouse;

void ps2_mouse_init(Ps2Mouse *m, void (*ready)(void *), void *opaque);
void ps2_mouse_reset(Ps2Mouse *m);
void ps2_mouse_write(Ps2Mouse *m, uint8_t v);
void ps2_mouse_free(Ps2Mouse *m);

extern const VMStateDescription vmstate_ps2_queue, vmstate_ps2_kbd,
                                vmstate_ps2_mouse;

#endif
