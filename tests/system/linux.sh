#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian's kernels with a busybox initramfs, by -kernel: they boot, see their
# processors, run a few programs, and power off through ACPI.
set -u
images() { "$SRC/tests/system/images" "$@"; }

script='
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
echo "MARKER $(/bin/busybox nproc) cpus"
/bin/busybox seq 1 2000 | /bin/busybox sort -n -r | /bin/busybox md5sum
/bin/busybox dd if=/dev/zero bs=1M count=16 2>/dev/null | /bin/busybox sha256sum
for i in 1 2 3 4; do (i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done) & done
wait
echo "DONE"
/bin/busybox poweroff -f'
md5=$(seq 1 2000 | sort -n -r | md5sum | cut -c1-32)
sha=$(head -c 16777216 /dev/zero | sha256sum | cut -c1-64)

bad=0
boot() {        # name kernel initramfs smp options...
    local name=$1 kernel=$2 initrd=$3 smp=$4 status
    shift 4
    timeout 60 "$QEMU" -display none -nodefaults -nic none -m 256 \
        -smp "$smp" -serial "file:$name.log" -kernel "$kernel" \
        -initrd "$initrd" -append "console=ttyS0 panic=-1" -no-reboot "$@"
    status=$?
    if [ $status = 0 ] && grep -q "MARKER $smp cpus" "$name.log" &&
        grep -q "$md5" "$name.log" && grep -q "$sha" "$name.log" &&
        grep -q DONE "$name.log" && grep -q 'Power down' "$name.log"; then
        echo "ok: $name"
    else
        echo "failed: $name, status $status"
        tail -n 15 "$name.log"
        bad=1
    fi
}

busybox=$(images busybox) && cloud=$(images cloud-kernel) ||
    { echo "no images"; exit 77; }
initrd=$(echo "$script" | images initramfs linux "$busybox")
boot cloud1 "$cloud" "$initrd" 1
boot cloud2 "$cloud" "$initrd" 2
boot cloud4 "$cloud" "$initrd" 4
boot cloud-max "$cloud" "$initrd" 2 -cpu max
if stock=$(images stock-kernel); then
    boot stock "$stock" "$initrd" 2
fi
if pae=$(images pae-kernel) && busybox32=$(images busybox32); then
    initrd32=$(echo "$script" | images initramfs linux32 "$busybox32")
    boot pae "$pae" "$initrd32" 1
    boot pae2 "$pae" "$initrd32" 2
fi
exit $bad
