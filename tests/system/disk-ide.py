# SPDX-License-Identifier: MIT
"""A Debian 12 disk on IDE: see lib/disk.py."""
from disk import IMAGE, start

start('-hda', IMAGE)
