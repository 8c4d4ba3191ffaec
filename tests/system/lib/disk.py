# SPDX-License-Identifier: MIT
"""A Debian 12 disk, on IDE and on virtio: to a login; compiles and runs a C
program, copies 100 MB with a checksum, fetches over the user network,
reboots, powers off (by a command, or by the monitor's power button)."""
import fcntl
import hashlib
import http.server
import os
import re
import subprocess
import sys
import threading

from images import DEST, SRC
from machine import Machine, check, equal, main

IMAGE = os.path.join(DEST, 'disk', 'debian.img')
CONTENT = b''.join(b'line %d\n' % i for i in range(100000))


def make_image():
    os.makedirs(DEST, exist_ok=True)
    with open(os.path.join(DEST, '.disk-lock'), 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(IMAGE):
            subprocess.run([os.path.join(SRC, 'scripts/make-disk-image'),
                            IMAGE], check=True)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *args):
        pass


def run(m, command, timeout=240):
    """Runs a shell command; returns its output."""
    m.run_count = getattr(m, 'run_count', 0) + 1
    mark = f'DONE{m.run_count}'
    # The echo of the command must not look like the mark.
    m.type(f"{command}; echo '{mark[:2]}''{mark[2:]}' $?\n")
    match = m.expect(r'(.*?)' + mark + r' (\d+)\r?\n', timeout)
    equal(int(match[2]), 0, f'status of {command}: {match[1][-500:]!r}')
    return match[1].decode(errors='replace')


def login(m, timeout=400):
    m.expect(r'pc-test login: ', timeout)
    m.type('root\n')
    m.expect(r'root@pc-test:~# ', 120)
    run(m, 'stty -echo; PS1=; bind "set enable-bracketed-paste off"')


def boot(*drive, button):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Machine('-m', '512', '-nographic', '-snapshot', '-nic',
                 'user,model=virtio-net-pci', *drive, qmp=button,
                 timeout=1200) as m:
        login(m)
        m.type("cat > t.c <<'EOF'\n#include <stdio.h>\n#include <math.h>\n"
               "int main(void) { double s = 0; for (int i = 1; i < 1000; i++)"
               " s += sqrt(i); printf(\"%.6f\\n\", s); return 0; }\nEOF\n")
        out = run(m, 'gcc -O2 t.c -o t -lm && ./t')
        check('21065.833111' in out, f'the C program: {out!r}')
        out = run(m, 'dd if=/dev/urandom of=a bs=1M count=100 status=none && '
                  'cp a b && sync && echo 3 > /proc/sys/vm/drop_caches && '
                  'sha256sum a b')
        sums = re.findall(r'\b([0-9a-f]{64})\b', out)
        check(len(sums) == 2 and sums[0] == sums[1], f'copy: {out!r}')
        run(m, 'for i in $(seq 60); do ip route | grep -q default && break; '
            'sleep 1; done')
        run(m, f'exec 3<>/dev/tcp/10.0.2.2/{server.server_port}; '
            r'printf "GET / HTTP/1.0\r\n\r\n" >&3; '
            'cat <&3 >got; exec 3<&-')
        out = run(m, r"sed '1,/^\r*$/d' got | sha256sum")
        check(hashlib.sha256(CONTENT).hexdigest() in out, f'fetch: {out!r}')
        equal(run(m, 'dmesg | grep -c "BUG:\\|Oops" || true').strip(), '0',
              'complaints of the kernel')
        m.type('reboot\n')
        login(m)
        if button:
            m.cmd('system_powerdown')
        else:
            m.type('poweroff\n')
        equal(m.wait(240), 0, 'status after power-off')
    server.shutdown()


def start(*drive, button=False):
    """The whole test with the disk attached as DRIVE says."""
    if os.getuid() != 0:
        print('make-disk-image needs root')
        sys.exit(77)
    make_image()

    def debian():
        boot(*drive, button=button)
    main([debian])
