# SPDX-License-Identifier: MIT
"""What options make the guest see, read through fw_cfg, CMOS and PCI by the
test protocol; and their help."""
import os
import socket
import struct
import subprocess
import time
import uuid

from machine import QEMU, Machine, check, equal, main

PC = ('-display', 'none', '-nic', 'none', '-serial', 'null', '-S')
KEY_DIRECTORY = 0x19


def pc(*args):
    return Machine(*PC, *args, qmp=True, qtest=True)


def item(m, key, size):
    """The first bytes of a fw_cfg item."""
    m.store('outw', 0x510, key)
    return bytes(m.load('inb', 0x511) for _ in range(size))


def files(m):
    """fw_cfg's directory: name -> (key, size)."""
    n = struct.unpack('>I', item(m, KEY_DIRECTORY, 4))[0]
    found = {}
    for i in range(n):
        size, key, _, name = struct.unpack('>IHH56s', bytes(
            m.load('inb', 0x511) for _ in range(64)))
        found[name.rstrip(b'\0').decode()] = key, size
    return found


def content(m, name):
    directory = files(m)
    check(name in directory, f'{name} is not in {sorted(directory)}')
    return item(m, *directory[name])


def structures(m):
    """SMBIOS structures: type -> list of (formatted bytes, strings)."""
    table = content(m, 'etc/smbios/smbios-tables')
    found = {}
    while table:
        kind, size = table[0], table[1]
        end = table.index(b'\0\0', size)
        strings = [s.decode() for s in table[size:end].split(b'\0') if s]
        found.setdefault(kind, []).append((table[:size], strings))
        table = table[end + 2:]
    return found


def texts(m, kind, *offsets):
    """The strings that the first structure of a type refers to."""
    data, strings = structures(m)[kind][0]
    return [strings[data[o] - 1] if data[o] else None for o in offsets]


def smbios():
    name = '123e4567-e89b-12d3-a456-426614174000'
    with pc('-smbios', 'type=0,vendor=V,version=W,date=01/02/2003,'
            'release=4.5,uefi=on', '-smbios', 'type=1,product=Box,,1,serial=S',
            '-smbios', 'type=1,family=F', '-smbios', 'type=2,location=L',
            '-smbios', 'type=3,asset=A,sku=K', '-smbios',
            'type=11,value=one,value=two', '-uuid', name) as m:
        found = structures(m)
        equal(texts(m, 0, 4, 5, 8), ['V', 'W', '01/02/2003'], 'firmware')
        equal(found[0][0][0][20:22], b'\x04\x05', 'release')
        equal(found[0][0][0][19] & 8, 8, 'UEFI')
        equal(texts(m, 1, 4, 5, 7, 0x19, 0x1a),
              ['QEMU', 'Box,1', 'S', None, 'F'], 'system')
        equal(found[1][0][0][8:24], uuid.UUID(name).bytes_le, 'UUID')
        equal(texts(m, 2, 4, 5, 0xa), ['QEMU', None, 'L'], 'board')
        equal(texts(m, 3, 8, 0x15), ['A', 'K'], 'chassis')
        equal(found[11][0][1], ['one', 'two'], 'strings')
        equal(m.cmd('query-uuid')['UUID'], name, 'query-uuid')
    with pc() as m:
        found = structures(m)
        check(not {0, 2, 11} & set(found), f'not asked for: {sorted(found)}')


def files_for_firmware():
    with open('rom', 'wb') as f:
        f.write(b'\x55\xaa\x01' + bytes(509))
    with open('splash', 'wb') as f:
        f.write(b'BM' + bytes(30))
    with pc('-fw_cfg', 'opt/text,string=a,,b', '-fw_cfg',
            'name=opt/file,file=rom', '-option-rom', 'rom', '-boot',
            'splash=splash,splash-time=1000,reboot-timeout=-1,menu=on') as m:
        equal(content(m, 'opt/text'), b'a,b', 'string=')
        equal(content(m, 'opt/file')[:3], b'\x55\xaa\x01', 'file=')
        equal(len(content(m, 'genroms/rom')), 512, 'option ROM')
        equal(content(m, 'bootsplash.bmp')[:2], b'BM', 'splash')
        equal(content(m, 'etc/boot-menu-wait'), b'\xe8\x03', 'splash-time')
        equal(content(m, 'etc/boot-fail-wait'), b'\xff' * 4, 'reboot-timeout')
        equal(item(m, 0x0e, 2), b'\1\0', 'menu')
    with pc() as m:
        check('etc/boot-fail-wait' not in files(m), 'firmware decides')


def boot_order():
    """Of "once=" before the first start, of "order=" from a reset on."""
    def drives(m):
        m.store('outb', 0x70, 0x3d)
        low = m.load('inb', 0x71)
        m.store('outb', 0x70, 0x38)
        return low & 15, low >> 4, m.load('inb', 0x71) >> 4

    with pc('-boot', 'order=cd,once=n') as m:
        equal(drives(m), (4, 0, 0), 'once')
        m.cmd('system_reset')
        m.event('RESET')
        equal(drives(m), (2, 3, 0), 'order')
    card = ['-device', 'virtio-net-pci,addr=5,bootindex=3']
    for strict in 'off', 'on':
        with pc('-boot', f'strict={strict}', *card) as m:
            lines = content(m, 'bootorder').rstrip(b'\0').decode().split('\n')
            equal(lines[0], '/pci@i0cf8/ethernet@5/ethernet-phy@0', 'path')
            equal(lines[1:], ['HALT'] if strict == 'on' else [], strict)


def clock():
    def date(m):
        def cmos(at):
            m.store('outb', 0x70, at)
            return '%02x' % m.load('inb', 0x71)
        return cmos(0x32) + cmos(9), cmos(8), cmos(7), cmos(4), cmos(2)

    for kind in 'host', 'vm', 'rt':
        with pc('-rtc', f'base=1999-12-31T23:45:00,clock={kind}') as m:
            equal(date(m), ('1999', '12', '31', '23', '45'), kind)
            equal(m.cmd('qom-get', path='/machine/rtc', property='clock'),
                  kind, 'property')
    # The virtual clock stands before the machine starts.
    with pc('-rtc', 'base=1999-12-31T23:59:59,clock=vm') as m:
        time.sleep(1.2)
        equal(date(m), ('1999', '12', '31', '23', '59'), 'vm')
        m.qt(f'clock_step {10 ** 9}')
        equal(date(m), ('2000', '01', '01', '00', '00'), 'a second later')


def name():
    with pc('-name', 'guest=box,process=ps-name,debug-threads=on', '-vnc',
            '127.0.0.1:50,to=99') as m:
        equal(m.cmd('query-name'), {'name': 'box'}, 'query-name')
        equal(m.hmp('info name'), 'box\n', 'info name')
        with open(f'/proc/{m.proc.pid}/comm', encoding='ascii') as f:
            equal(f.read(), 'ps-name\n', 'process')
        port = int(m.hmp('info vnc').split('port ')[1].split(',')[0])
        with socket.create_connection(('127.0.0.1', port), 20) as s:
            f = s.makefile('rwb')
            f.write(f.read(12))             # version
            f.flush()
            f.read(f.read(1)[0])            # security types
            f.write(b'\1')                  # none
            f.flush()
            f.read(4)
            f.write(b'\1')                  # shared
            f.flush()
            size = struct.unpack('>I', f.read(24)[20:])[0]
            equal(f.read(size), b'QEMU (box)', 'title')
    with Machine('-machine', 'none', qmp=True, qtest=True) as m:
        equal(m.cmd('query-name'), {}, 'no name')


def link():
    with pc('-netdev', 'user,id=n0', '-device', 'e1000,netdev=n0,addr=6',
            '-nodefaults') as m:
        def up():
            return bool(m.load('inl', 0xc004) & 2)      # STATUS.LU

        m.store('outl', 0xcf8, 0x80003014)              # BAR1: ports
        m.store('outl', 0xcfc, 0xc000)
        m.store('outl', 0xcf8, 0x80003004)
        m.store('outl', 0xcfc, 1)
        m.store('outl', 0xc000, 8)
        check(up(), 'up at first')
        m.cmd('set_link', name='n0', up=False)
        check(not up(), 'down')
        equal(m.hmp('set_link n0 on'), '', 'set_link')
        check(up(), 'up again')
        check('on or off' in m.hmp('set_link n0 maybe'), 'value')
        check('n1' in m.error('set_link', name='n1', up=True)['desc'], 'id')


def accelerators():
    """The first that is there; how many instructions blocks have."""
    for one in 'on', 'off':
        log = f'in_asm-{one}'
        with Machine('-display', 'none', '-nic', 'none', '-serial', 'null',
                     '-accel', 'kvm', '-accel', 'tcg,thread=multi,tb-size=16,'
                     f'one-insn-per-tb={one}', '-d', 'in_asm', '-D', log,
                     qmp=True) as m:
            end = time.monotonic() + 20
            while os.path.getsize(log) < 20000:
                check(time.monotonic() < end, 'firmware does not run')
                time.sleep(0.05)
            m.cmd('quit')
            equal(m.wait(), 0, 'status')
        with open(log, encoding='latin-1') as f:
            blocks = f.read().split('IN:\n')[1:-1]
        longest = max(b.count('0x000f') for b in blocks)
        check((longest == 1) == (one == 'on'), f'{one}: {longest}')


def devices_on_the_monitor():
    with pc('-device', 'virtio-net-pci,addr=7') as m:
        text = m.hmp('info pci')
        check('device   7, function 0: 1af4:1000' in text, text)
        check('LVT LINT0' in m.hmp('info lapic'), 'info lapic')
        text = m.hmp('info qtree')
        for line in ('bus: main-system-bus', '  dev: i440FX-pcihost, id ""',
                     '    bus: pci.0', '      dev: VGA, id ""',
                     '      dev: PIIX3, id ""', '        bus: isa.0',
                     '          dev: isa-serial, id ""',
                     '            index = 0', '  dev: i8042, id ""'):
            check(f'{line}\n' in text, f'{line!r} is not in {text}')
        equal(m.hmp('chardev-add null,id=c0'), '', 'chardev-add')
        check('c0' in m.hmp('info chardev'), 'info chardev')
        m.cmd('chardev-remove', id='c0')
        check('c0' not in m.hmp('info chardev'), 'chardev-remove')
        check('in use' in m.hmp('chardev-remove serial0'), 'in use')
        check('no chardev' in m.error('chardev-remove', id='c0')['desc'],
              'gone')


def help_texts():
    for option, word in (('-device', 'name "e1000", bus PCI'),
                         ('-object', 'user creatable'),
                         ('-machine', 'pc-i440fx'), ('-cpu', 'qemu64'),
                         ('-accel', 'tcg'), ('-chardev', 'socket'),
                         ('-netdev', 'user'), ('-display', 'vnc'),
                         ('-vga', 'std'), ('-d', 'in_asm')):
        for text in 'help', '?':
            p = subprocess.run([QEMU, option, text], capture_output=True,
                               text=True, timeout=30)
            equal((p.returncode, p.stderr), (0, ''), f'{option} {text}')
            check(word in p.stdout, f'{option} {text}: {p.stdout}')
    for args, word in ((['-device', 'e1000,help'], 'mac=<string>'),
                       (['-nic', 'model=help'], 'virtio-net-pci'),
                       (['-drive', 'format=help'], 'raw'),
                       (['-h'], '-fw_cfg'), (['--version'], 'version')):
        p = subprocess.run([QEMU, *args], capture_output=True, text=True,
                           timeout=30)
        equal(p.returncode, 0, f'{args}')
        check(word in p.stdout, f'{args}: {p.stdout}')


main([smbios, files_for_firmware, boot_order, clock, name, link,
      accelerators, devices_on_the_monitor, help_texts])
