# SPDX-License-Identifier: MIT
"""SeaBIOS without anything to boot; GRUB's rescue CD to its prompt on screen
and serial line."""
import os

from images import fetch, screendump, colours, type_keys, wait_for_text
from machine import Machine, check, equal, main


def seabios_finds_nothing_to_boot():
    with Machine('-display', 'none', '-nic', 'none', '-serial', 'null',
                 '-debugcon', 'file:debug.log', '-global',
                 'isa-debugcon.iobase=0x402', qmp=True) as m:
        wait_for_text(m, r'SeaBIOS \(version', 30)
        wait_for_text(m, 'No bootable device', 60)
        width, height, pixels = screendump(m, 'bios.ppm')
        equal((width, height), (720, 400), 'size of the text screen')
        check(len(colours(pixels)) >= 2, 'nothing on the screen')
        m.hmp('system_reset')
        m.event('RESET')
        wait_for_text(m, 'No bootable device', 60)
        m.cmd('quit')
        equal(m.wait(), 0, 'status')
    with open('debug.log', encoding='latin-1') as f:
        check('SeaBIOS' in f.read(), 'debug port')


def grub_rescue_prompt():
    iso = os.path.join(fetch('grub-rescue'), 'grub-rescue-cdrom.iso')
    with Machine('-cdrom', iso, '-boot', 'd', '-display', 'none', '-nic',
                 'none', '-serial', 'stdio', qmp=True, timeout=120) as m:
        wait_for_text(m, 'GNU GRUB', 60)
        type_keys(m, 'c')
        wait_for_text(m, r'grub>', 60)
        type_keys(m, 'ls\n')
        wait_for_text(m, r'\(cd0?\)', 30)
        check(len(colours(screendump(m, 'grub.ppm')[2])) >= 2, 'screen')
        m.cmd('screendump', filename=os.path.abspath('grub.png'),
              format='png')
        with open('grub.png', 'rb') as f:
            equal(f.read(8), b'\x89PNG\r\n\x1a\n', 'PNG')
        type_keys(m, 'serial\n')
        type_keys(m, 'terminal_output serial\n')
        type_keys(m, 'terminal_input serial\n')
        m.expect('grub>', 60)
        m.type('ls\r')
        m.expect(r'\(cd0?\)', 60)
        m.type('halt\r')
        equal(m.wait(60), 0, 'status')


main([seabios_finds_nothing_to_boot, grub_rescue_prompt])
