# SPDX-License-Identifier: MIT
"""Debian's installer, text and graphical: the first dialog, seen in a
screendump, and keys that it takes."""
import os
import time

from images import colours, fetch, screendump
from machine import Failure, Machine, check, main


def stable(m, name, good, timeout):
    """Screendumps until GOOD says yes to two equal ones in a row."""
    end = time.monotonic() + timeout
    last = None
    while time.monotonic() < end:
        dump = screendump(m, name)
        if dump == last and good(*dump):
            return dump
        last = dump
        time.sleep(1.5)
    raise Failure(f'{name}: no dialog; {last[0]}x{last[1]}, most of it '
                  f'{sorted(colours(last[2]).items(), key=lambda c: -c[1])[:4]}')


def start(kind, *append):
    folder = os.path.join(fetch('installer'), kind)
    return Machine('-kernel', os.path.join(folder, 'linux'), '-initrd',
                   os.path.join(folder, 'initrd.gz'), '-append',
                   ' '.join(append), '-m', '1024', '-display', 'none',
                   '-nic', 'none', qmp=True, timeout=400)


def share(pixels, colour):
    """How much of the screen has about that colour: palettes differ."""
    n = sum(count for c, count in colours(pixels).items()
            if all(abs(a - b) < 12 for a, b in zip(c, colour)))
    return n * 3 / len(pixels)


def text_dialog():
    """newt: a grey window with red and black on a blue screen."""
    def good(width, height, pixels):
        return share(pixels, (0, 0, 0xaa)) > 0.1 and \
            share(pixels, (0xaa, 0xaa, 0xaa)) > 0.2

    with start('text', 'vga=normal', 'nomodeset') as m:
        first = stable(m, 'text.ppm', good, 380)
        m.hmp('sendkey down')
        m.hmp('sendkey down')
        second = stable(m, 'text2.ppm',
                        lambda *d: good(*d) and d != first, 60)
        check(first[:2] == second[:2], 'size')


def gtk_dialog():
    """A frame buffer with Debian's banner: many colours, much white."""
    def good(width, height, pixels):
        c = colours(pixels)
        return width >= 640 and len(c) > 60 and max(c.values()) * 3 < \
            len(pixels) * 0.95

    with start('gtk', 'vga=788') as m:
        first = stable(m, 'gtk.ppm', good, 380)
        m.hmp('sendkey down')
        m.hmp('sendkey down')
        stable(m, 'gtk2.ppm', lambda *d: good(*d) and d != first, 60)


main([text_dialog, gtk_dialog])
