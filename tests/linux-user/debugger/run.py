#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""User mode under Debian's gdb, and under clients that talk nonsense.

    run.py WORK EMULATOR [TEST...]

QEMU_TCG_BACKEND chooses the back end.  Prints a line a test, and the debugger's
output of one that failed.
"""
import concurrent.futures
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

SRC = os.path.dirname(os.path.abspath(__file__))
WORK, EMU = (os.path.abspath(a) for a in sys.argv[1:3])
EMU32 = os.path.join(os.path.dirname(EMU),
                     os.path.basename(EMU).replace('x86_64', 'i386'))
TIMEOUT = 60


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def build(name, *flags):
    """Compiles NAME.c; returns the program."""
    source = f'{SRC}/{name}.c'
    out = f'{WORK}/{name}{"".join(flags)}'
    if not os.path.exists(out) or \
            os.path.getmtime(out) < os.path.getmtime(source):
        part = f'{out}.{os.getpid()}'
        if subprocess.run(['gcc', '-g', '-O0', '-pthread', *flags, '-o', part,
                           source], capture_output=True).returncode:
            raise Skip(f'cannot build {name} with {flags}')
        os.rename(part, out)
    return out


class Guest:
    """An emulated program that waits for a debugger at a socket."""
    count = 0

    def __init__(self, program, *args, emulator=EMU):
        Guest.count += 1
        self.path = f'{WORK}/s{os.getpid()}.{Guest.count}'
        self.proc = subprocess.Popen(
            [emulator, '-g', self.path, program, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while not os.path.exists(self.path):
            if self.proc.poll() is not None or time.monotonic() > end:
                raise Failure('the emulator does not listen')
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        s.connect(self.path)
        return s

    def end(self):
        """Output and status."""
        out = self.proc.communicate(timeout=TIMEOUT)[0].decode()
        return out, self.proc.returncode


def gdb(guest, program, *commands):
    """What gdb prints for these commands."""
    cmd = ['gdb', '-nx', '-batch', '-ex', 'set debuginfod enabled off',
           '-ex', 'set confirm off', '-ex', f'file {program}',
           '-ex', 'set sysroot /', '-ex', f'target remote {guest.path}']
    for c in commands:
        cmd += ['-ex', c]
    out = subprocess.run(cmd, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                         timeout=TIMEOUT).stdout.decode()
    return out


def expect(text, *patterns):
    """The patterns, in this order."""
    at = 0
    for p in patterns:
        m = re.compile(p, re.S | re.M).search(text, at)
        if not m:
            raise Failure(f'no {p!r} behind {at} in:\n{text}')
        at = m.end()


# ---- with gdb ---------------------------------------------------------------

def session(program, emulator=EMU, st0=r'3\.1415926535897932'):
    wide = emulator == EMU
    with Guest(program, emulator=emulator) as guest:
        out = gdb(guest, program, 'break add', 'continue', 'bt',
                  'next', 'next', 'print sum', 'delete', 'finish', 'step',
                  'step', 'step', 'print outer(2)', 'watch counter',
                  'continue', 'delete', 'tbreak look', 'continue',
                  'print $st0', 'print $ymm7.v4_double',
                  'print $xmm7.v2_double', 'print $eflags',
                  'set $xmm7.v2_double[0] = 8', 'print $ymm7.v4_double[0]',
                  'set $eflags = 0x206', 'stepi', 'print $al',
                  'print $al = 1', 'print point.y = 44',
                  'print text = "changed by gdb "', 'continue')
        expect(out, r'Breakpoint 1, add \(a=0, b=10\)',
               r'#0 +add.*#1 .*in outer \(n=3\).*#2 .*in main',
               r'\$1 = 10', r'Value returned is \$2 = 10',
               r'add \(a=1, b=10\)', r'\$3 = 21$', r'Hardware watchpoint \d+: counter.*Old value = \d+\s+'
               r'New value = \d+', rf'\$\d+ = {st0}',
               r'= \{1\.5, -2\.25, 1.*e\+100, 4\}', r'= \{1\.5, -2\.25\}',
               r'\[ CF ', r'= 8$', r'\$\d+ = 0$', r'= 1$',
               r'= 44', r'exited with code 07')
        text, status = guest.end()
        if status != 7 or 'point=3,44 changed by gdb' not in text or \
                'r=133' not in text:
            raise Failure(f'status {status}, output {text}\n{out}')


def pie():
    session(build('program', '-pie'))


def static():
    session(build('program', '-static'))


def i386():
    session(build('program', '-m32', '-static', '-mfpmath=387'),
            emulator=EMU32)


def threads():
    program = build('threads', '-static')
    with Guest(program) as guest:
        out = gdb(guest, program, 'break marker', 'continue',
                  'info threads', 'thread 3', 'set scheduler-locking on',
                  'set $n = spins[0] + spins[1]', 'stepi 20',
                  'print spins[0] + spins[1] - $n < 20', 'thread 1', 'set scheduler-locking off', 'continue',
                  'print $_siginfo.si_signo', 'continue', 'print caught',
                  'handle SIGUSR1 nostop noprint nopass', 'continue',
                  'print caught', 'info threads', 'continue', 'bt 1',
                  'continue')
        expect(out, r'Breakpoint 1, marker \(n=1\)',
               r'Thread \d+\.\d+ \(threads-static\) marker',
               r'^  3 +Thread ',
               r'Switching to thread 3', r'\$1 = 1',
               r'received signal SIGUSR1', r'\$2 = 10',
               r'marker \(n=2\)', r'\$3 = 10',
               r'marker \(n=3\)', r'\$4 = 10',
               r'\* 1 +Thread', r'received signal SIGSEGV',
               r'#0 +main', r'terminated with signal SIGSEGV')
        if 'n=9' in out or 'n=8' in out:
            raise Failure(f'a child stopped:\n{out}')
        text, status = guest.end()
        if status != -signal.SIGSEGV or 'child 5 caught 10' not in text:
            raise Failure(f'status {status}, output {text}')


INTERRUPT = '''python
import os, signal, threading
threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
end'''


def interrupt_and_detach():
    program = build('threads', '-static')
    script = f'{WORK}/interrupt.gdb'
    with open(script, 'w') as f:
        f.write(INTERRUPT)
    with Guest(program, 'pause') as guest:
        out = gdb(guest, program, 'handle SIGUSR1 nostop noprint pass',
                  f'source {script}', 'continue', 'bt', 'break pause',
                  'print $orig_rax', 'detach')
        expect(out, r'received signal SIGINT', r'in pause \(\)',
               r'in main', r'\$1 = -1', r'detached')
        time.sleep(0.3)
        if guest.proc.poll() is not None:
            raise Failure('the guest ended')
        guest.proc.send_signal(signal.SIGTERM)
        text, status = guest.end()
        if status != -signal.SIGTERM or 'caught 20' not in text:
            raise Failure(f'status {status}, output {text}')


def kill():
    program = build('threads', '-static')
    with Guest(program, 'pause') as guest:
        expect(gdb(guest, program, 'kill'), 'killed')
        if guest.end()[1] != 0:
            raise Failure('not ended')


# ---- by hand ----------------------------------------------------------------

def packet(text):
    if isinstance(text, str):
        text = text.encode('latin-1')
    return b'$%s#%02x' % (text, sum(text) & 255)


class Client:
    """A debugger without acknowledgements."""

    def __init__(self, guest):
        self.sock = guest.connect()
        self.buf = b''
        self.ask('QStartNoAckMode')

    def recv(self):
        data = self.sock.recv(65536)
        if not data:
            raise Failure('connection closed')
        self.buf += data

    def reply(self):
        while True:
            m = re.match(rb'[+-]*\$([^#]*)#..', self.buf, re.S)
            if m:
                self.buf = self.buf[m.end():]
                return m.group(1).decode('latin-1')
            self.recv()

    def ask(self, text):
        self.sock.sendall(packet(text))
        return self.reply()


def equal(got, want, what):
    if got != want:
        raise Failure(f'{what}: got {got!r}, want {want!r}')


def malformed():
    """Each gets an answer, and the stub is as well as before."""
    program = build('program', '-static')
    with Guest(program) as guest:
        s = guest.connect()
        s.sendall(b'$g#00')
        equal(s.recv(1), b'-', 'a wrong sum')
        s.sendall(b'$' + b'a' * 40000 + b'#' + b'%02x' % (0x61 * 40000 & 255))
        equal(s.recv(1), b'-', 'a packet too long')
        s.sendall(b'+\x03\x03-}garbage$m0,$?#3f')
        equal(s.recv(1), b'+', 'a packet in a packet')
        while b'#' not in (got := s.recv(100)):
            pass
        s.sendall(b'-')         # once more, please
        equal(s.recv(100)[:1], b'$', 'a repetition')
        s.sendall(b'+')
        s.close()
        equal(guest.end()[1], 7, 'it goes on without a debugger')
    with Guest(program) as guest:
        c = Client(guest)
        for text in ['p', 'pzz', 'p9999', 'P', 'P0', 'P0=', 'P0=12', 'G12',
                     'm', 'm0', 'm0,', 'mx,1', 'm11112222333344445,1', 'M0,1',
                     'M0,1:', 'M0,4:11', 'X0,5:a', 'Z', 'Z9,0,1', 'Z2,0,0',
                     'Z2,ffffffffffffffff,10', 'z0,1,1', 'Hx1', 'Hg', 'Hg99',
                     'T', 'T99', 'vCont;', 'vCont;x', 'vCont;C', 'vCont;c:',
                     'vCont;c:pz', 'vCont;r1', 'Cxx', 'Sxx', 'c,1',
                     'qXfer:auxv:read::zz,1', 'qXfer:features:read:no:0,1',
                     'qXfer:auxv:read::ffffffff,1', 'qThreadExtraInfo,77',
                     'm0,10', 'M0,1:11']:
            answer = c.ask(text)
            if not re.fullmatch('E[0-9a-f]{2}', answer):
                raise Failure(f'{text}: {answer!r}')
        for text in ['', 'y', 'vNothing', 'qNothing', 'QNothing', 'qXfer:',
                     'qXfer:nothing:read::0,1', 'vFile:nothing:', 'qRcmd,00',
                     'qemu', 'Qqemu.sstep=1', '!']:
            equal(c.ask(text), '', text)
        for text in ['vFile:pread:0,1,0', 'vFile:close:77', 'vFile:fstat:x',
                     'vFile:open:zz,0,0', 'vFile:open:2f,2,0', 'vFile:open:']:
            if not c.ask(text).startswith('F-1,'):
                raise Failure(text)
        equal(c.ask('X0,0:'), 'OK', 'nothing written')
        rng = random.Random(1)
        letters = b'?gGpPmMXZzHTqQvDF;:,=.-+*0123456789abcdef\0\xff'
        for _ in range(3000):
            n = rng.randrange(1, 24)
            text = bytes(rng.choice(letters) for _ in range(n))
            if text[:1] not in b'cD':       # those go on
                c.sock.sendall(packet(text))
                c.reply()
        for _ in range(50):
            c.sock.sendall(b'$' + rng.randbytes(200).replace(b'#', b'') + b'#')
            c.sock.sendall(b'zz')
        equal(c.ask('qAttached'), '0', 'alive')
        equal(len(c.ask('g')) % 2, 0, 'registers')
        c.sock.close()
        guest.end()


def exit_reply():
    with Guest(build('program', '-static')) as guest:
        c = Client(guest)
        c.ask('qSupported:multiprocess-')
        if not c.ask('?').startswith('T05thread:'):
            raise Failure('?')
        equal(c.ask('vCont;c'), 'W07', 'exit')
        equal(guest.end()[1], 7, 'status')


TESTS = [pie, static, i386, threads, interrupt_and_detach, kill, malformed,
         exit_reply]


def one(test):
    start = time.monotonic()
    try:
        test()
        what = 'PASS'
    except Skip as e:
        what = f'SKIP {e}:'
    except Exception as e:
        what = f'{type(e).__name__}: {e}\nFAIL'
    return f'{what} {test.__name__} ({time.monotonic() - start:.1f} s)'


def main():
    os.makedirs(WORK, exist_ok=True)
    if not shutil.which('gdb'):
        print('debugger: there is no gdb: skipped')
        return 0
    tests = [t for t in TESTS if not sys.argv[3:] or
             t.__name__ in sys.argv[3:]]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        lines = list(pool.map(one, tests))
    print('\n'.join(lines))
    return any('FAIL' in line for line in lines)


sys.exit(main())
