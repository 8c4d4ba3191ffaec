# SPDX-License-Identifier: MIT
"""Debian's stock kernel suspends to RAM; the clock's alarm wakes it, and the
power button, by way of SeaBIOS's resume path."""
import os

from images import fetch, initramfs
from machine import Machine, equal, main

BODY = '''
alarm=/sys/class/rtc/rtc0/wakealarm
sum() { seq 1 2000 | md5sum | cut -c1-8; }
echo STATES $(cat /sys/power/state)
echo 0 > /sys/class/rtc/rtc0/wakealarm
echo +2 > $alarm; echo mem > /sys/power/state
echo FIRST $? $(sum) $(grep -c ^processor /proc/cpuinfo)
echo mem > /sys/power/state
echo SECOND $? $(sum) $(grep -c ^processor /proc/cpuinfo)
dmesg | grep -c 'BUG:\\|Oops\\|Call Trace'
echo END
'''


def resumed(m, name):
    match = m.expect(name + r' (\d+) (\w+) (\d+)\r?\n')
    equal(match[1], b'0', 'status of the write to /sys/power/state')
    equal(match[2], b'ea4d0a24', 'a checksum inside')
    equal(int(match[3]), 2, 'CPUs after that')


def suspend():
    initrd = initramfs(os.path.join(os.getcwd(), 'suspend.gz'), BODY,
                       'busybox')
    with Machine('-kernel', os.path.join(fetch('kernel-amd64'), 'vmlinuz'),
                 '-initrd', initrd, '-append',
                 'console=ttyS0 panic=-1 quiet no_console_suspend',
                 '-m', '256', '-smp', '2', '-nographic', '-nic', 'none',
                 '-no-reboot', qmp=True, timeout=240) as m:
        m.expect(r'STATES [^\n]*mem')
        m.event('SUSPEND')
        m.event('WAKEUP')
        resumed(m, 'FIRST')
        m.event('SUSPEND')
        equal(m.cmd('query-status')['status'], 'suspended', 'state')
        m.cmd('system_powerdown')
        m.event('WAKEUP')
        resumed(m, 'SECOND')
        m.expect('0\r?\nEND')
        equal(m.wait(), 0, 'status after power-off')


main([suspend])
