# SPDX-License-Identifier: MIT
"""-gdb and -s with Debian's gdb, and with a client by hand."""
import os
import re
import socket
import subprocess
import time

from machine import Failure, Machine, check, equal, main

SRC = os.path.join(os.environ['SRC'], 'tests/system/debugger')
KERNEL = os.path.abspath('guest')
SOCKET = os.path.abspath('gdb.sock')
# After a second the debugger gets the Ctrl-C that its user would type.
CTRL_C = '''python
import os, signal, threading
threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
end'''


def build():
    """The kernel with 64-bit symbols for gdb, and as the loader takes it."""
    subprocess.run(
        ['gcc', '-g', '-O0', '-ffreestanding', '-fno-pic', '-no-pie',
         '-fno-stack-protector', '-fcf-protection=none', '-nostdlib',
         '-static', '-mno-red-zone', '-Wl,--build-id=none',
         '-Wl,-Ttext-segment=0x100000', '-Wl,-z,max-page-size=4096',
         '-Wl,--no-warn-rwx-segments', '-Wl,-z,noseparate-code', '-o', KERNEL,
         f'{SRC}/start.S', f'{SRC}/guest.c'], check=True)
    subprocess.run(['objcopy', '-O', 'elf32-i386', KERNEL, f'{KERNEL}32'],
                   check=True)
    with open('ctrl-c.gdb', 'w') as f:
        f.write(CTRL_C)


def machine(*args, gdb=f'unix:{SOCKET}', **kw):
    return Machine('-gdb', gdb, '-kernel', f'{KERNEL}32', '-smp', '2', '-m',
                   '64', '-display', 'none', '-nodefaults', '-nic', 'none',
                   '-device', 'isa-debug-exit,iobase=0xf4', '-no-reboot',
                   *args, **kw)


def gdb(*commands, where=SOCKET):
    cmd = ['gdb', '-nx', '-batch', '-ex', 'set debuginfod enabled off',
           '-ex', 'set confirm off', '-ex', f'file {KERNEL}',
           '-ex', f'target remote {where}']
    for c in commands:
        cmd += ['-ex', c]
    return subprocess.run(cmd, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, timeout=60,
                          stdin=subprocess.DEVNULL).stdout


def expect(text, *patterns):
    """The patterns, in this order."""
    at = 0
    for p in patterns:
        m = re.compile(p, re.S | re.M).search(text, at)
        if not m:
            raise Failure(f'no {p!r} behind {at} in:\n{text}')
        at = m.end()


def from_reset(accel='tcg'):
    """-S: the first instruction is the firmware's."""
    with machine('-S', '-accel', accel) as m:
        out = gdb('print $cs', 'print $pc', 'hbreak kernel_main', 'continue',
                  'print $cr0', 'print $efer', 'print/x $cr3 == &pml4',
                  'info threads', 'break add', 'continue', 'continue', 'bt',
                  'finish', 'print $fs_base', 'watch counter', 'continue',
                  'delete', 'print counter', 'next', 'step', 'info line',
                  'print add(40, 2)', 'print half * 3', 'print stop = 1',
                  'finish', 'continue')
        expect(out, r'\$1 = 61440', r'\$2 = .*0xfff0',
               r'hit Breakpoint 1, kernel_main', r'\$3 = 0x80000033|= 21474836',
               r'\$4 = \d+', r'\$5 = 0x1', r'CPU#0 \[running\]',
               r'CPU#1 \[halted\]', r'Breakpoint 2, add \(a=0, b=1\)',
               r'Breakpoint 2, add \(a=1, b=1\)',
               r'#0 +add.*#1 .* count.*#2 .* kernel_main',
               r'Value returned is \$6 = 2', r'\$7 = 0',
               r'Old value = 1\s+New value = 2', r'\$8 = 2',
               r'Line \d+ of', r'\$9 = 42', r'\$10 = 1\.5', r'exited with code 041')
        equal(m.wait(), 0x21, 'status')


def interpreted():
    from_reset('tci')


def running_machine():
    """Without -S: a debugger comes, looks, leaves; the guest goes on."""
    with machine(qmp=True) as m:
        time.sleep(1)
        out = gdb('info threads', 'print counter > 0', 'print ticks > 0',
                  'print *(unsigned *)0x9000 > 0',
                  'print counter == *(int *)((char *)&counter + 0x40000000)',
                  'x/b 0x80000000000', 'maint packet Qqemu.PhyMemMode:1',
                  'print *(unsigned *)0x9000 > 0',
                  'maint packet Qqemu.PhyMemMode:0', 'thread 2', 'stepi',
                  'stepi', 'print $pc', 'thread 1', 'source ctrl-c.gdb',
                  'set $c = counter', 'set $n = *(unsigned *)0x9000',
                  'continue', 'print counter > $c',
                  'print *(unsigned *)0x9000 > $n', 'monitor info registers',
                  'monitor nonsense', 'detach')
        expect(out, r'CPU#0.*CPU#1', r'\$1 = 1', r'\$2 = 1', r'\$3 = 1',
               r'\$4 = 1', 'Cannot access memory', 'received: "OK"',
               r'\$5 = 1', r'\$6 = .*0x[0-9]$', 'received signal SIGINT',
               r'\$7 = 1', r'\$8 = 1', r'RIP=.*CR0=80000033',
               'unknown command', 'detached')
        equal(m.cmd('query-status')['status'], 'running', 'after it')
        expect(gdb('set $c = counter', 'source ctrl-c.gdb', 'continue',
                   'print counter > $c', 'print stop = 1', 'kill'),
               'SIGINT', r'\$1 = 1', 'killed')
        equal(m.wait(), 0, 'status')


def steps_and_interrupts():
    """Interrupts wait while the debugger steps, unless it wants them."""
    with machine() as m:
        time.sleep(0.5)
        out = gdb('break add', 'continue', 'delete', 'set $t = ticks',
                  'maint packet qqemu.sstepbits', 'maint packet qqemu.sstep',
                  'stepi 100', 'print ticks - $t',
                  'maint packet Qqemu.sstep=1', 'stepi 200',
                  'print ticks > $t', 'rwatch stop', 'continue', 'delete',
                  'awatch counter', 'continue', 'delete', 'print stop = 1',
                  'continue')
        expect(out, 'ENABLE=1,NOIRQ=2,NOTIMER=4', '"0x7"', r'\$1 = 0',
               'received: "OK"', r'\$2 = 1', 'read watchpoint.*Value = 0',
               r'acc.* watchpoint.*(Value|Old value) = ', 'exited')
        equal(m.wait(), 0x21, 'status')


def packet(text):
    return b'$%s#%02x' % (text, sum(text) & 255)


def by_hand():
    """Over TCP; malformed packets; a monitor's stop and cont."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    with machine('-S', gdb=f'tcp:127.0.0.1:{port}', qmp=True) as m:
        s = socket.create_connection(('127.0.0.1', port))
        s.settimeout(20)
        got = b''

        def reply():
            nonlocal got
            while not (found := re.search(rb'\$([^#]*)#..', got)):
                more = s.recv(4096)
                check(more, 'connection closed')
                got += more
            got = got[found.end():]
            return found.group(1).decode()

        def ask(text):
            s.sendall(packet(text.encode()))
            return reply()

        ask('QStartNoAckMode')
        for text in ['p99999', 'mz', 'm0', 'M0,1:', 'Z9,0,1', 'Z2,0,0',
                     'vCont;', 'vCont;z', 'Hg7', 'T9', 'qRcmd,0',
                     'Qqemu.sstep=8', 'Qqemu.PhyMemMode:', 'X0,9:1']:
            check(ask(text).startswith('E'), text)
        equal(ask('vFile:open:2f,0,0'), '', 'no files')
        equal(ask('qAttached'), '1', 'attached')
        check('not from the debugger' in bytes.fromhex(
            ask('qRcmd,' + 'gdbserver none'.encode().hex())[1:]).decode(),
            'gdbserver from inside')
        equal(reply(), 'OK', 'end of output')
        s.sendall(packet(b'vCont;c'))
        time.sleep(0.3)
        s.sendall(b'\x03')
        check(reply().startswith('T02thread:'), 'Ctrl-C')
        s.sendall(packet(b'c'))
        time.sleep(0.3)
        m.cmd('stop')
        check(reply().startswith('T02thread:'), 'the monitor stops it')
        m.cmd('cont')
        equal(ask('qC')[:2], 'QC', 'a question stops it')
        equal(m.cmd('query-status')['status'], 'paused', 'stopped')
        s.close()
        check('Disabled' in m.hmp('gdbserver none'), 'gdbserver none')
        check('Waiting' in m.hmp(f'gdbserver tcp:127.0.0.1:{port}'), 'again')
        check('Error' in m.hmp('gdbserver nonsense:'), 'no such stream')
        m.cmd('quit')
        equal(m.wait(), 0, 'status')


build()
main([from_reset, interpreted, running_machine, steps_and_interrupts, by_hand])
