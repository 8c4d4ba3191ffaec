# SPDX-License-Identifier: MIT
"""Things to boot: fetched by scripts/fetch-image, initial RAM disks made here,
and what is on the screen."""
import fcntl
import gzip
import os
import re
import stat
import subprocess
import time

from machine import Failure

SRC = os.environ['SRC']
DEST = os.path.join(os.environ['BUILD'], 'images')


def fetch(name):
    """The folder with NAME's files."""
    os.makedirs(DEST, exist_ok=True)
    with open(os.path.join(DEST, '.lock'), 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([os.path.join(SRC, 'scripts/fetch-image'), DEST, name],
                       check=True)
    return os.path.join(DEST, name)


class Cpio:
    """An initial RAM disk (cpio, new ASCII format)."""

    def __init__(self):
        self.data = bytearray()
        self.ino = 1
        for d in ('bin', 'dev', 'proc', 'sys', 'tmp', 'mnt'):
            self.add(d, b'', stat.S_IFDIR | 0o755)
        self.add('dev/console', b'', stat.S_IFCHR | 0o600, (5, 1))
        self.add('dev/null', b'', stat.S_IFCHR | 0o666, (1, 3))

    def add(self, name, data, mode=stat.S_IFREG | 0o755, rdev=(0, 0)):
        fields = [self.ino, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0],
                  rdev[1], len(name) + 1, 0]
        self.data += b'070701' + b''.join(b'%08X' % f for f in fields)
        self.data += name.encode() + b'\0'
        self.data += b'\0' * (-len(self.data) % 4)
        self.data += data
        self.data += b'\0' * (-len(self.data) % 4)
        self.ino += 1

    def write(self, path):
        self.add('TRAILER!!!', b'', 0)
        with open(path, 'wb') as f:
            f.write(gzip.compress(bytes(self.data), 1))
        return path


INIT = '''#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
{body}
poweroff -f
sleep 60
'''


def initramfs(path, body, busybox='busybox', extra=()):
    """An initial RAM disk whose init runs BODY (shell) and powers off.
    EXTRA: pairs of name and content."""
    cpio = Cpio()
    with open(os.path.join(fetch(busybox), 'busybox'), 'rb') as f:
        cpio.add('bin/busybox', f.read())
    cpio.add('init', INIT.format(body=body).encode())
    for name, content in extra:
        cpio.add(name, content)
    return cpio.write(path)


def text_screen(machine, columns=80, rows=25):
    """Lines of the VGA text mode, read from its memory."""
    dump = machine.hmp(f'xp /{columns * rows}xh 0xb8000')
    cells = [int(v, 16) & 0xff for v in re.findall(r' 0x([0-9a-f]{4})\b',
                                                   dump)]
    text = ''.join(chr(c) if 32 <= c < 127 else ' ' for c in cells)
    return [text[i:i + columns] for i in range(0, len(text), columns)]


def wait_for_text(machine, pattern, timeout):
    """Waits until the text screen has PATTERN (a regular expression)."""
    end = time.monotonic() + timeout
    while True:
        lines = text_screen(machine)
        screen = '\n'.join(lines)
        match = re.search(pattern, screen)
        if match:
            return match
        if time.monotonic() > end or machine.proc.poll() is not None:
            raise Failure(f'no {pattern!r} on the screen:\n{screen}')
        time.sleep(0.3)


def type_keys(machine, text):
    """Types TEXT on the keyboard through the monitor."""
    names = {' ': 'spc', '\n': 'ret', '-': 'minus', '=': 'equal',
             '/': 'slash', '.': 'dot', ',': 'comma', ';': 'semicolon',
             '(': 'shift-9', ')': 'shift-0', '_': 'shift-minus',
             ':': 'shift-semicolon', '"': 'shift-apostrophe'}
    for c in text:
        key = names.get(c) or (f'shift-{c.lower()}' if c.isupper() else c)
        machine.hmp(f'sendkey {key} 20')
        time.sleep(0.06)


def read_ppm(path):
    """(width, height, pixels as bytes, 3 a pixel) of a screendump."""
    with open(path, 'rb') as f:
        data = f.read()
    match = re.match(rb'P6\s+(\d+)\s+(\d+)\s+255\s', data)
    if not match:
        raise Failure(f'{path} is no PPM')
    width, height = int(match[1]), int(match[2])
    pixels = data[match.end():]
    if len(pixels) != 3 * width * height:
        raise Failure(f'{path} has {len(pixels)} bytes of pixels')
    return width, height, pixels


def screendump(machine, name):
    path = os.path.join(os.getcwd(), name)
    machine.cmd('screendump', filename=path)
    return read_ppm(path)


def colours(pixels):
    """How many pixels have each colour."""
    counts = {}
    for i in range(0, len(pixels), 3):
        c = pixels[i:i + 3]
        counts[c] = counts.get(c, 0) + 1
    return counts
