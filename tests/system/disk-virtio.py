# SPDX-License-Identifier: MIT
"""A Debian 12 disk on virtio: see lib/disk.py."""
from disk import IMAGE, start

start('-drive', f'file={IMAGE},if=virtio,format=raw', button=True)
