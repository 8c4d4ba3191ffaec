# Node: JIT, WebAssembly, workers, timers, child processes, streams.
# timeout: 240
type node >/dev/null 2>&1 || { echo "no node"; exit 0; }
cat >t.js <<'END'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (!isMainThread) {
    let s = 0;
    for (let i = 0; i < 300000; i++) s = (s * 31 + i * workerData) | 0;
    parentPort.postMessage(s);
} else {
    const { execFileSync, spawn } = require('child_process');
    const crypto = require('crypto'), zlib = require('zlib');
    function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
    console.log(fib(27));
    const o = {};
    for (let i = 0; i < 200000; i++) o['k' + i % 5003] = (o['k' + i % 5003] || 0) + i * 0.5;
    console.log(Object.keys(o).length, o.k77);
    console.log(crypto.createHash('sha256').update('x'.repeat(1e6)).digest('hex'));
    console.log(zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(1e6, 'abc'))).length);
    console.log(/(\w+)\s(\w+)/.exec('hello world again').slice(1).join());
    console.log([3, 1, 2].sort((a, b) => a - b), 2n ** 100n, new Date(0).toISOString());
    const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0,
        7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
    const inst = new WebAssembly.Instance(new WebAssembly.Module(wasm));
    let w = 0;
    for (let i = 0; i < 1e5; i++) w = inst.exports.add(w, i);
    console.log(w);
    try { (function r() { r(); })(); } catch (e) { console.log(e instanceof RangeError); }
    console.log(execFileSync('echo', ['child']).toString().trim());
    Promise.all([1, 2, 3, 4].map(n => new Promise(r => new Worker(__filename, { workerData: n }).on('message', r))))
        .then(v => {
            console.log(v.join());
            setTimeout(() => {
                const c = spawn('cat');
                let len = 0;
                c.stdout.on('data', d => len += d.length);
                c.on('close', code => console.log(len, code));
                c.stdin.end('z'.repeat(200000));
            }, 20);
        });
}
END
node t.js; echo $?; node -e 'process.exit(7)'; echo $?; node -e 'process.kill(process.pid, "SIGTERM")'; echo $?
rm -f t.js
