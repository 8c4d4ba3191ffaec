# python3: json, re, decimal, threads, subprocess, multiprocessing, asyncio.
cat >a.py <<'END'
import asyncio, collections, decimal, fractions, hashlib, heapq, itertools, json, math, multiprocessing, os, pickle, queue, random, re, struct, subprocess, sys, threading, time, zlib
random.seed(42)
if __name__ != "__main__": print = lambda *a: None
d = [{"i": i, "s": "x" * (i % 17), "f": random.random(), "n": [None, True, {"k": i}]} for i in range(20000)]
s = json.dumps(d, sort_keys=True); print(hashlib.sha256(s.encode()).hexdigest(), json.loads(s) == d)
print(len(re.findall(r'"f": (0\.\d{3})\d*', s)), re.sub(r"(x+)", lambda m: str(len(m[1])), s[:500]))
text = open(os.__file__).read(); print(collections.Counter(re.findall(r"[a-z_]{4,}", text)).most_common(12))
decimal.getcontext().prec = 200
def pi():
    decimal.getcontext().prec += 2; t = decimal.Decimal(3); lasts, n, na, dd, da, s = 0, 1, 0, 0, 24, 3
    s = t
    while s != lasts: lasts = s; n, na = n + na, na + 8; dd, da = dd + da, da + 32; t = (t * n) / dd; s += t
    decimal.getcontext().prec -= 2; return +s
print(pi()); print(fractions.Fraction(355, 113) ** 5, 2 ** 500 % 10 ** 40, math.factorial(100))
lock = threading.Lock(); total = 0
def work(n):
    global total
    for i in range(n):
        with lock: total += i
ts = [threading.Thread(target=work, args=(5000,)) for _ in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]; print(total)
q = queue.Queue(); r = []
def cons():
    while (x := q.get()) is not None: r.append(x * x)
c = threading.Thread(target=cons); c.start(); [q.put(i) for i in range(1000)]; q.put(None); c.join(); print(sum(r))
print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True))
p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE); print(len(p.communicate(b"z" * 300000)[0]))
try: subprocess.run(["sleep", "9"], timeout=0.2)
except subprocess.TimeoutExpired as e: print("timeout", e.cmd)
def sq(x): return x * x, os.getpid() != os.getppid()
def child(q, e): q.put("from child"); e.wait()
async def amain():
    async def w(i): await asyncio.sleep(0.001 * (i % 5)); return i
    print(sum(await asyncio.gather(*(w(i) for i in range(300)))))
    srv = await asyncio.start_server(lambda r, w: echo(r, w), "127.0.0.1", 0); port = srv.sockets[0].getsockname()[1]
    async def echo(r, w): w.write((await r.readline()).upper()); await w.drain(); w.close()
    async def cl(i): r, w = await asyncio.open_connection("127.0.0.1", port); w.write(f"hello {i}\n".encode()); x = await r.read(); w.close(); return x
    globals()["echo"] = echo
    print(sorted(await asyncio.gather(*(cl(i) for i in range(20))))[:3])
    p = await asyncio.create_subprocess_exec("echo", "sub", stdout=asyncio.subprocess.PIPE); print(await p.communicate())
    loop = asyncio.get_running_loop(); print(await loop.run_in_executor(None, sum, range(1000)))
if __name__ == "__main__":
    with multiprocessing.Pool(4) as pool: print(sum(x for x, _ in pool.map(sq, range(1000))))
    q = multiprocessing.Queue(); e = multiprocessing.Event(); p = multiprocessing.Process(target=child, args=(q, e)); p.start(); print(q.get()); e.set(); p.join(); print(p.exitcode)
    ctx = multiprocessing.get_context("spawn"); 
    with ctx.Pool(2) as pool: print(pool.map(math.factorial, range(8)))
    v = multiprocessing.Value("i", 0); 
    asyncio.run(amain())
    print(struct.pack("<ifdq", 1, 2.5, math.pi, -1).hex(), pickle.loads(pickle.dumps(d[5])), zlib.crc32(s.encode()), zlib.decompress(zlib.compress(s.encode(), 6)) == s.encode())
    print(["%.17g" % f(x) for f in (math.sin, math.exp, math.log, math.gamma, math.erf, math.tanh) for x in (0.5, 1.7, 20.25)])
    h = []; [heapq.heappush(h, (i * 7919) % 1009) for i in range(5000)]; print([heapq.heappop(h) for _ in range(5)], sum(itertools.islice(itertools.accumulate(range(100)), 50)))
    def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
    print(deep(900)); 
    try: deep(10 ** 6)
    except RecursionError as e: print(e)
    sys.exit(4)
END
/usr/bin/python3 -u a.py; echo $?; /usr/bin/python3 -c "import os; os.abort()" 2>/dev/null | cat; echo ${PIPESTATUS[0]}
/usr/bin/python3 -X faulthandler -c 'import ctypes; ctypes.string_at(0)' 2>&1 | head -n 1; echo 'print(1+1)' | /usr/bin/python3 -; /usr/bin/python3 -m this | cksum
