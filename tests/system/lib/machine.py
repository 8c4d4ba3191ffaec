# SPDX-License-Identifier: MIT
"""A running qemu-system-x86_64 with its QMP and qtest connections."""
import json
import os
import re
import select
import shlex
import socket
import subprocess
import sys
import time

QEMU = os.environ['QEMU']
# What starts it: an emulator of the host that it was built for.
RUNNER = shlex.split(os.environ.get('RUNNER', ''))


class Failure(Exception):
    pass


def check(cond, what):
    if not cond:
        raise Failure(what)


def equal(got, want, what=''):
    if got != want:
        raise Failure(f'{what}: got {got!r}, want {want!r}')


class Lines:
    """A socket that speaks lines, each wait bounded."""

    def __init__(self, path, timeout=20):
        self.sock = socket.socket(socket.AF_UNIX)
        end = time.monotonic() + timeout
        while True:
            try:
                self.sock.connect(path)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.sock.settimeout(timeout)
        self.buf = b''

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def line(self):
        while b'\n' not in self.buf:
            more = self.sock.recv(65536)
            if not more:
                raise Failure('connection closed')
            self.buf += more
        line, self.buf = self.buf.split(b'\n', 1)
        return line.decode()


class Machine:
    """args: the command line; qmp, qtest: open those connections."""

    count = 0

    def __init__(self, *args, qmp=False, qtest=False, timeout=60):
        Machine.count += 1
        base = f'{os.getcwd()}/m{Machine.count}'
        self.events = []
        self.deadline = time.monotonic() + timeout
        cmd = [*RUNNER, QEMU, *args]
        if qmp:
            cmd += ['-qmp', f'unix:{base}.qmp,server,nowait']
        if qtest:
            cmd += ['-qtest', f'unix:{base}.qtest,server,nowait']
        self.err = open(f'{base}.err', 'w+')
        self.proc = subprocess.Popen(cmd, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=self.err)
        os.set_blocking(self.proc.stdout.fileno(), False)
        self.out = b''
        try:
            if qmp:
                self.qmp = Lines(f'{base}.qmp')
                self.greeting = json.loads(self.qmp.line())
                self.cmd('qmp_capabilities')
            if qtest:
                self.qtest = Lines(f'{base}.qtest')
        except Exception:
            print(self.stderr(), file=sys.stderr)
            self.proc.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()
        text = self.stderr()
        if exc[0] and text:
            print(text, file=sys.stderr)

    def stderr(self):
        self.err.seek(0)
        return self.err.read()

    # QMP

    def reply(self):
        while True:
            msg = json.loads(self.qmp.line())
            if 'event' not in msg:
                return msg
            self.events.append(msg)

    def raw(self, text):
        self.qmp.send(text)
        return self.reply()

    def cmd(self, name, /, **args):
        msg = {'execute': name}
        if args:
            msg['arguments'] = {k.replace('_', '-') if name != 'device_add'
                                else k: v for k, v in args.items()}
        answer = self.raw(json.dumps(msg))
        if 'error' in answer:
            raise Failure(f'{name}: {answer["error"]}')
        return answer['return']

    def error(self, name, /, **args):
        answer = self.raw(json.dumps({'execute': name, 'arguments': args}))
        check('error' in answer, f'{name} {args}: no error but {answer}')
        return answer['error']

    def hmp(self, line):
        answer = self.raw(json.dumps({
            'execute': 'human-monitor-command',
            'arguments': {'command-line': line}}))
        return answer['return']

    def event(self, name):
        for e in self.events:
            if e['event'] == name:
                self.events.remove(e)
                return e
        while True:
            msg = json.loads(self.qmp.line())
            if msg.get('event') == name:
                return msg
            if 'event' in msg:
                self.events.append(msg)

    # The test protocol

    def qt(self, line):
        self.qtest.send(line + '\n')
        while True:
            answer = self.qtest.line().strip()
            if not answer.startswith('IRQ'):
                break
        check(answer.startswith('OK'), f'{line}: {answer}')
        return answer[3:]

    def load(self, kind, addr):
        return int(self.qt(f'{kind} {addr:#x}'), 16)

    def store(self, kind, addr, value):
        self.qt(f'{kind} {addr:#x} {value:#x}')

    # What the guest prints on stdout (-serial stdio)

    def pump(self, seconds):
        ready, _, _ = select.select([self.proc.stdout], [], [], seconds)
        if ready:
            data = self.proc.stdout.read()
            if data:
                self.out += data
            elif data == b'':
                time.sleep(0.05)

    def expect(self, pattern, timeout=None):
        """Waits for a regular expression in the output; returns the match
        and drops what came before."""
        end = time.monotonic() + timeout if timeout else self.deadline
        regex = re.compile(pattern.encode() if isinstance(pattern, str)
                           else pattern, re.S)
        while True:
            match = regex.search(self.out)
            if match:
                self.out = self.out[match.end():]
                return match
            if time.monotonic() > end:
                raise Failure(f'no {pattern!r} in the output; it ends with '
                              f'{self.out[-2000:]!r}')
            if self.proc.poll() is not None:
                self.pump(0)
                if not regex.search(self.out):
                    raise Failure(f'ended (status {self.proc.returncode}) '
                                  f'without {pattern!r}: {self.out[-2000:]!r} '
                                  f'{self.stderr()}')
            self.pump(0.2)

    def type(self, text):
        self.proc.stdin.write(text.encode())
        self.proc.stdin.flush()

    def wait(self, timeout=None):
        """Waits for the end; returns the status."""
        end = time.monotonic() + timeout if timeout else self.deadline
        while self.proc.poll() is None:
            if time.monotonic() > end:
                raise Failure(f'still running: {self.out[-2000:]!r}')
            self.pump(0.1)
        self.pump(0)
        return self.proc.returncode


def main(tests):
    """Runs functions one by one; the first failure ends it."""
    for test in tests:
        try:
            test()
            print(f'ok {test.__name__}')
        except Exception as e:
            print(f'not ok {test.__name__}: {type(e).__name__}: {e}')
            sys.exit(1)
