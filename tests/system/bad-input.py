# SPDX-License-Identifier: MIT
"""Bad command lines: one clear line naming program and cause, status 1, and
files as they were."""
import os
import subprocess
import sys

from machine import QEMU, Failure, check, main

PROG = 'qemu-system-x86_64'
NONE = ['-machine', 'none', '-display', 'none', '-qtest', 'null']
PC = ['-display', 'none', '-qtest', 'null', '-nic', 'none']


def refused(args, *words, base=NONE):
    p = subprocess.run([QEMU, *base, *args], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=30)
    lines = p.stderr.strip().splitlines()
    what = f'{args}: status {p.returncode}, {p.stderr!r}'
    check(p.returncode == 1, what)
    check(len(lines) == 1 and lines[0].startswith(PROG + ': '), what)
    for w in words:
        check(w in lines[0], f'{what}: no {w!r}')


def image(name='disk.img', data=b'\x11' * 65536):
    with open(name, 'wb') as f:
        f.write(data)
    return name


def options():
    refused(['-nonsense'], '-nonsense', 'unknown option')
    refused(['-m'], '-m', 'argument')
    refused(['-m', 'lots'], '-m', 'lots')
    refused(['-m', '0'], '-m')
    refused(['-m', '2T'], '2T')
    refused(['-m', '999999999999999999999'], '-m')
    refused(['-smp', '0'], 'smp')
    refused(['-smp', 'x'], "'x'")
    refused(['-smp', '1,cores=3'], 'cores')
    refused(['-smp', '1000'], '1000')
    refused(['-machine', 'nonsense'], 'nonsense')
    refused(['-machine', 'none,wrong=1'], 'wrong')
    refused(['-cpu', 'nonsense'], 'nonsense')
    refused(['-cpu', 'qemu64,+nonsense'], 'nonsense')
    refused(['-accel', 'nonsense'], 'nonsense')
    refused(['-accel', 'tcg,tb-size=0'], 'tb-size')
    refused(['-accel', 'tcg,thread=many'], 'many')
    refused(['-accel', 'tcg,one-insn-per-tb=1'], "'1'")
    refused(['-accel', 'kvm'], 'kvm', 'not available')
    refused(['-machine', 'none,accel=kvm:xen'], 'xen', 'not available')
    refused(['-enable-kvm'], 'kvm')
    refused(['-boot', 'order=1'], 'order')
    refused(['-boot', 'wrong=1'], 'wrong')
    refused(['-boot', 'order=acdn'], 'acdn', base=PC)
    refused(['-vga', 'cirrus'], 'cirrus')
    refused(['-display', 'nonsense'], 'nonsense')
    refused(['-vnc', 'nonsense'], 'vnc')
    refused(['-rtc', 'base=yesterday'], 'yesterday')
    refused(['-uuid', '1234'], '1234')
    refused(['-d', 'nonsense'], 'nonsense')
    refused(['-D', '/no/such/folder/log', '-d', 'int'], '/no/such/folder')
    refused(['-pidfile', '/no/such/folder/pid'], '/no/such/folder')
    refused(['-global', 'nonsense'], 'global')
    refused(['-boot', 'reboot-timeout=70000'], '65535')
    refused(['-boot', 'splash-time=x'], "'x'")
    refused(['-rtc', 'clock=sundial'], 'sundial')
    refused(['-rtc', 'driftfix=slew'], 'slew', 'not supported yet')
    refused(['-name', 'a,wrong=1'], 'wrong')
    refused(['-smbios', 'vendor=x'], 'smbios', 'type')
    refused(['-smbios', 'type=0,wrong=1'], 'type 0', 'wrong')
    refused(['-smbios', 'type=0,release=1'], "'1'")
    refused(['-smbios', 'type=1,uuid=1'], "'1'")
    refused(['-smbios', 'type=17,size=1'], '17', 'not supported yet')
    refused(['-smbios', 'type=x'], "'x'")
    refused(['-fw_cfg', 'name=opt/a,string=b'], 'no fw_cfg')
    refused(['-option-rom', '/dev/null'], 'no fw_cfg')
    refused(['-device', 'nonsense,help'], 'nonsense')
    refused(['-object', 'nonsense,help'], 'nonsense')
    refused(['-cpu', 'qemu64,sse2=perhaps'], 'perhaps')
    refused(['-usbdevice', 'tablet'], 'usbdevice')
    refused(['-append', 'x'], '-append', '-kernel')
    refused(['-initrd', 'x'], '-initrd', '-kernel')
    refused(['-k', 'de'], "'de'")


def devices():
    refused(['-device', 'nonsense'], '-device', 'nonsense')
    refused(['-device', ''], '-device')
    refused(['-object', 'nonsense,id=a'], '-object', 'nonsense')
    refused(['-chardev', 'nonsense,id=a'], '-chardev', 'nonsense')
    refused(['-chardev', 'null'], 'id')
    refused(['-chardev', 'null,id=-'], "'-'")
    refused(['-chardev', 'socket,id=a,host=localhost,port=99999'], '65535')
    refused(['-serial', 'nonsense'], '-serial', 'nonsense')
    refused(['-monitor', 'chardev:gone'], 'gone')
    refused(['-mon', 'gone'], 'gone')
    refused(['-netdev', 'nonsense,id=a'], '-netdev', 'nonsense')
    refused(['-netdev', 'user'], 'id')
    refused(['-netdev', 'user,id=#n'], "'#n'")
    refused(['-nic', 'nonsense'], 'nonsense')
    refused(['-serial', 'stdio', '-monitor', 'stdio'], 'stdio')


def drives():
    refused(['-drive', 'file=/no/such/image'], '/no/such/image')
    refused(['-hda', '/no/such/image'], '/no/such/image')
    refused(['-cdrom', '/'], 'directory')
    refused(['-drive', 'file=/dev/null'], '/dev/null')
    refused(['-drive', 'wrong=1'], 'wrong')
    refused(['-drive', f'file={image()},if=nonsense'], 'nonsense')
    refused(['-drive', f'file={image()},if=floppy'], 'floppy', 'yet')
    refused(['-drive', f'file={image()},id=0'], "'0'", 'id')
    refused(['-hda', image()], 'ide0-hd0', 'no place')
    refused(['-drive', f'file={image()},if=virtio,index=99'], 'virtio99',
            'no place', base=PC)
    refused(['-drive', f'file={image()},index=9'], 'ide bus 4')
    refused(['-hda', image('a'), '-drive', f'file={image("b")},index=0'],
            'two drives')
    refused(['-hda', image('a'), '-hdb', 'a'], 'lock')
    qcow = image('x.qcow2', b'QFI\xfb\0\0\0\3' + b'\0' * 1000)
    refused(['-hda', qcow], 'qcow2')


def kernels():
    text = image('text', b'just text\n' * 100)
    short = image('short', b'\x7fELF\x01\x01\x01')
    zeros = image('zeros', bytes(4096))
    # A bzImage's header, and nothing behind it.
    head = bytearray(1024)
    head[0x1f1] = 30
    head[0x1fe:0x200] = b'\x55\xaa'
    head[0x202:0x206] = b'HdrS'
    head[0x206:0x208] = b'\x0f\x02'
    cut = image('cut', bytes(head))
    refused(['-kernel', '/no/such/kernel'], '/no/such/kernel', base=PC)
    refused(['-kernel', '/'], '/', base=PC)
    for k in (text, short, zeros, cut, image('empty', b'')):
        refused(['-kernel', k], k, base=PC)
    refused(['-bios', '/no/such/bios'], '/no/such/bios', base=PC)
    refused(['-bios', image('odd', b'x' * 1000)], 'odd', base=PC)
    refused(['-bios', image('none', b'')], 'none', base=PC)


def files_for_firmware():
    refused(['-fw_cfg', 'opt/a'], 'fw_cfg', 'file=', base=PC)
    refused(['-fw_cfg', 'opt/a,file=/dev/null,string=x'], 'file=', base=PC)
    refused(['-fw_cfg', 'opt/a,wrong=x'], 'wrong', base=PC)
    refused(['-fw_cfg', 'opt/a,file=/no/such/file'], '/no/such/file', base=PC)
    refused(['-fw_cfg', f'opt/{"a" * 60},string=x'], '55', base=PC)
    refused(['-fw_cfg', 'opt/a,string=x'] * 2, 'already', base=PC)
    refused(['-option-rom', '/no/such/rom'], '/no/such/rom', base=PC)
    refused(['-boot', 'splash=/no/such/picture'], '/no/such/picture', base=PC)
    refused(['-boot', f'splash={image()}'], 'JPEG', base=PC)


def pc_devices():
    refused(['-machine', 'pc,usb=on'], 'USB', base=PC)
    refused(['-device', 'virtio-net-pci,addr=4', '-device',
             'virtio-net-pci,addr=4'], 'virtio-net-pci', base=PC)
    refused(['-device', 'virtio-net-pci,addr=zz'], 'addr', base=PC)
    refused(['-device', 'virtio-net-pci,netdev=gone'], 'gone', base=PC)
    refused(['-device', 'virtio-net-pci,mac=xyz'], 'xyz', base=PC)
    refused(['-device', 'virtio-net-pci,wrong=1'], 'wrong', base=PC)
    refused(['-device', 'virtio-blk-pci'], 'drive', base=PC)
    refused(['-device', 'virtio-blk-pci,drive=gone'], 'gone', base=PC)
    refused(['-device', 'virtio-net-pci,bus=gone'], 'gone', base=PC)
    refused(['-device', 'isa-serial,chardev=gone'], 'gone', base=PC)
    refused(['-device', 'pc-i440fx-machine'], 'pc-i440fx-machine', base=PC)
    refused(['-nic', 'user,model=nonsense'], 'nonsense',
            base=PC[:-2])
    two = image('two.img')
    refused(['-drive', f'file={two},if=none,id=d,format=raw', '-device',
             'virtio-blk-pci,drive=d', '-device', 'virtio-blk-pci,drive=d'],
            "'d'", base=PC)
    refused(['-serial', 'null'] * 5, 'serial', base=PC)
    refused(['-smp', '256'], '256', base=PC)
    refused(['-cpu', 'nonsense'], 'nonsense', base=PC)
    refused(['-machine', 'pc,wrong=1'], 'wrong', base=PC)


def images_stay_as_they_are():
    data = bytes(range(256)) * 300
    name = image('keep.img', data)
    refused(['-hda', name, '-hdb', name], 'lock')
    refused(['-hda', name, '-nonsense'], 'nonsense')
    with open(name, 'rb') as f:
        check(f.read() == data, 'the image changed')


def unreadable():
    if os.getuid() == 0:
        return                  # root reads everything
    name = image('secret.img')
    os.chmod(name, 0)
    refused(['-hda', name], 'denied')


def a_running_machine_keeps_its_image():
    name = image('busy.img')
    first = subprocess.Popen([QEMU, *PC, '-S', '-hda', name],
                             stdin=subprocess.DEVNULL)
    try:
        import fcntl
        import struct
        import time
        end = time.monotonic() + 20
        while True:             # until it has the lock
            with open(name, 'rb+') as f:
                try:
                    # struct flock, F_OFD_GETLK
                    lk = struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0)
                    lk = fcntl.fcntl(f, 36, lk)
                    if struct.unpack('hhqqi4x', lk)[0] != fcntl.F_UNLCK:
                        break
                except OSError as e:
                    raise Failure(str(e))
            check(time.monotonic() < end, 'never locked')
            time.sleep(0.02)
        refused(['-hda', name], 'lock')
        refused(['-drive', f'file={name},readonly=on'], 'lock')
    finally:
        first.kill()
        first.wait()


main([options, devices, drives, kernels, files_for_firmware, pc_devices,
      images_stay_as_they_are, unreadable, a_running_machine_keeps_its_image])
