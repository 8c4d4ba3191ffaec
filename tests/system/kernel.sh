#!/bin/bash
# SPDX-License-Identifier: MIT
# The test kernels of tests/system/kernel/, started by the Multiboot loader:
# every exception, gate, mode switch and paging feature, on both back ends.
set -u
src=$SRC/tests/system/kernel
cflags='-O1 -ffreestanding -fno-pic -fno-pie -no-pie -fno-stack-protector
    -nostdlib -static -Wall -Wextra -Werror
    -fno-asynchronous-unwind-tables -z noexecstack
    -Wl,--no-warn-rwx-segments -Wl,--build-id=none'

build() {       # name bits
    local m="-m$2"
    [ "$2" = 32 ] && m="$m -march=i686 -mno-sse -mno-mmx"
    [ "$2" = 64 ] && m="$m -mcmodel=kernel -mno-red-zone -mgeneral-regs-only"
    # shellcheck disable=SC2086
    gcc $m $cflags -T "$src/kernel.ld" -o "$1" "$src/start$2.S" \
        "$src/kernel.c" "$src/$1"*.c ||
        { echo "$1 does not build"; exit 1; }
}

run() {         # kernel accelerator cpu
    echo "$1, $2, $3:"
    timeout 120 "$QEMU" -accel "$2" -cpu "$3" -m 64 -display none \
        -nodefaults -nic none -no-reboot \
        -chardev file,id=d,path=out -device isa-debugcon,iobase=0xe9,chardev=d \
        -device isa-debug-exit,iobase=0xf4 -kernel "$1" -append hello
    local status=$?
    cat out
    [ $status = 1 ] && grep -q '^PASS' out || { echo "status $status"; bad=1; }
}

bad=0
for t in 32 64; do
    [ -e "$src/test$t.c" ] || continue
    build "test$t" $t
    run "test$t" tcg max
    run "test$t" tci max
done
exit $bad
