# SPDX-License-Identifier: MIT
"""memtest86+ from its ISO: a whole pass over 64 MiB with two CPUs."""
import os
import re

from images import fetch, wait_for_text
from machine import Machine, check, main


def one_pass():
    iso = os.path.join(fetch('memtest'), 'memtest86+x64.iso')
    with Machine('-cdrom', iso, '-boot', 'd', '-m', '64', '-smp', '2',
                 '-display', 'none', '-nic', 'none', qmp=True,
                 timeout=540) as m:
        wait_for_text(m, r'Memtest86\+', 60)
        wait_for_text(m, r'2 Threads|CPUs? Found: *2|2T\b', 60)
        screen = wait_for_text(m, r'Pass: *1\b.*|Pass complete', 500)
        check(screen, 'pass')
        wait_for_text(m, r'Errors: *0\b', 5)


main([one_pass])
