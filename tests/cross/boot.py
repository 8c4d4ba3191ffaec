# SPDX-License-Identifier: MIT
"""Debian's cloud kernel on a cross-built qemu-system-x86_64, which runs under
user-mode emulation of its host (RUNNER)."""
from linux_boot import boot
from machine import main


def cloud_one_cpu():
    boot('kernel-cloud', 'busybox', 1, 'x86_64', timeout=560)


main([cloud_one_cpu])
