#!/bin/bash
# SPDX-License-Identifier: MIT
# The test kernels of tests/system/kernel/, started by the Multiboot loader:
# every exception, gate, mode switch and paging feature, on both back ends.
set -u
src=$SRC/tests/system/kernel
cflags='-O1 -ffreestanding -fno-pic -fno-pie -no-pie -fno-stack-protector
    -nostdlib -static -Wall -Wextra -Werror
    -fno-asynchronous-unwind-tables -z noexecstack -z max-page-size=4096
    -Wl,--no-warn-rwx-segments -Wl,--build-id=none'

build() {       # bits
    local m="-m$1"
    [ "$1" = 32 ] && m="$m -march=i686 -mno-sse -mno-mmx"
    [ "$1" = 64 ] && m="$m -mno-red-zone -mgeneral-regs-only"
    # shellcheck disable=SC2086
    gcc $m $cflags -T "$src/kernel.ld" -o "test$1" "$src/start$1"*.S \
        "$src/kernel.c" "$src/test$1"*.c ||
        { echo "test$1 does not build"; exit 1; }
    # The loader takes 32-bit files; all addresses are below 4 GiB.
    [ "$1" = 32 ] || objcopy -O elf32-i386 test64
}

start() {       # kernel accelerator cpu command line
    echo "$1, $2, $3, $4:"
    # shellcheck disable=SC2086
    timeout 300 ${RUNNER-} "$QEMU" -accel "$2" -cpu "$3" -smp 2 -m 64 -display none \
        -nodefaults -nic none -no-reboot \
        -chardev file,id=d,path=out -device isa-debugcon,iobase=0xe9,chardev=d \
        -device isa-debug-exit,iobase=0xf4 -kernel "$1" -append "$4"
    status=$?
    cat out
}

run() {         # kernel accelerator cpu checks
    start "$1" "$2" "$3" hello
    [ $status = 1 ] && grep -qx "PASS $4 checks" out ||
        { echo "status $status, not PASS $4 checks"; bad=1; }
}

# PCID is slow where the guest uses it, so no model has it on by itself.
amd=max,pcid,invpcid intel=Icelake-Server,pcid,invpcid
bad=0
build 32
build 64
for accel in ${ACCELS:-tcg tci}; do
    run test32 $accel max 1081
    # Not as many checks: what the makers' processors do differs.
    run test64 $accel $amd 5895
    run test64 $accel $intel 5873
    start test64 $accel max triple
    [ $status = 0 ] && [ "$(cat out)" = 'triple fault' ] ||
        { echo "status $status"; bad=1; }
done
exit $bad
