# SPDX-License-Identifier: MIT
"""A Linux kernel with a busybox initial RAM disk, by -kernel: to a marker, the
number of CPUs, some work, and power off through ACPI."""
import hashlib
import os

from images import fetch, initramfs
from machine import Machine, equal

BODY = '''
echo MARKER cpus=$(grep -c ^processor /proc/cpuinfo) arch=$(uname -m)
echo SUM $(seq 1 20000 | sha256sum | cut -c1-16)
for i in 1 2 3 4; do (i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done) & done
wait
n=0; for i in 1 2 3 4 5 6 7 8 9 10; do sh -c 'exit 3' || n=$((n + 1)); done
echo FORKS $n
cat /proc/interrupts > /dev/null
dmesg | grep -B9 -A24 'BUG:\\|Oops\\|Call Trace'
dmesg | grep -c 'BUG:\\|Oops\\|Call Trace'
echo END
'''


def boot(kernel, busybox, cpus, arch, *options, memory='256', timeout=240):
    """Boots KERNEL (a name of scripts/fetch-image) and checks what it says."""
    initrd = initramfs(os.path.join(os.getcwd(), f'{kernel}-{cpus}.gz'), BODY,
                       busybox)
    with Machine('-kernel', os.path.join(fetch(kernel), 'vmlinuz'),
                 '-initrd', initrd, '-append',
                 'console=ttyS0 panic=-1 quiet', '-m', memory,
                 '-smp', str(cpus), '-nographic', '-nic', 'none',
                 '-no-reboot', *options, timeout=timeout) as m:
        match = m.expect(r'MARKER cpus=(\d+) arch=(\w+)\r?\n')
        equal(int(match[1]), cpus, 'CPUs')
        equal(match[2].decode(), arch, 'architecture')
        match = m.expect(r'SUM ([0-9a-f]+)\r?\n')
        want = hashlib.sha256(b''.join(b'%d\n' % i
                                       for i in range(1, 20001))).hexdigest()
        equal(match[1].decode(), want[:16], 'a checksum inside')
        match = m.expect('FORKS 10\r?\n(.*)END')
        equal(match[1].decode().strip(), '0', 'complaints of the kernel')
        equal(m.wait(), 0, 'status after power-off')
