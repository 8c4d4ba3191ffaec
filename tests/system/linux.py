# SPDX-License-Identifier: MIT
"""Debian's kernels with a busybox initial RAM disk, by -kernel."""
from linux_boot import boot
from machine import main


def cloud_one_cpu():
    boot('kernel-cloud', 'busybox', 1, 'x86_64')


def cloud_two_cpus():
    boot('kernel-cloud', 'busybox', 2, 'x86_64')


def cloud_four_cpus():
    boot('kernel-cloud', 'busybox', 4, 'x86_64')


def cloud_with_all_features():
    boot('kernel-cloud', 'busybox', 2, 'x86_64', '-cpu', 'max')


def stock_kernel():
    boot('kernel-amd64', 'busybox', 2, 'x86_64')


def i386_kernel():
    boot('kernel-686', 'busybox-i386', 2, 'i686')


main([cloud_one_cpu, cloud_two_cpus, cloud_four_cpus, cloud_with_all_features,
      stock_kernel, i386_kernel])
