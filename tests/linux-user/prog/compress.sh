# Archivers and compressors, round trips on real data.
# backends: native
# timeout: 240
mkdir data; cp /usr/bin/gcc-12 /usr/bin/perl data/; cp -r /usr/lib/python3.11/json /usr/lib/python3.11/asyncio data/
find data -name __pycache__ -prune -exec rm -r {} +
find data -exec touch -h -d '2020-01-01' {} +
tar --sort=name --owner=0 --group=0 --numeric-owner -cf data.tar data; cksum data.tar; tar tf data.tar | sort | cksum
for c in 'gzip -9 -n' 'gzip -1 -n' 'bzip2 -9' 'xz -3 -T1' 'xz -6 -T1' 'zstd -9 -q -T1' 'zstd -19 -q -T1 --single-thread' 'zstd -1 -q'; do
    $c -c data.tar >out.$$; echo "$c $(cksum <out.$$)"
    case $c in gz*) gzip -dc;; bz*) bzip2 -dc;; xz*) xz -dc;; zstd*) zstd -dcq;; esac <out.$$ | cmp - data.tar && echo round
    rm out.$$
done
xz -T2 -2 -c data.tar | xz -dc | cmp - data.tar && echo xz-threads
zstd -T2 -3 -qc data.tar | zstd -dcq | cmp - data.tar && echo zstd-threads
tar czf a.tgz data; mkdir x; tar xzf a.tgz -C x; diff -r data x/data && echo tar-gz; rm -r x a.tgz
tar cJf a.txz data/json && tar tJf a.txz | sort; rm a.txz
7z a -bso0 -bsp0 -mmt1 a.7z data >/dev/null; 7z l a.7z | tail -n 1 | cut -c54-; 7z t -bso0 -bsp0 a.7z; echo 7z $?
7z x -bso0 -bsp0 -oy a.7z && diff -r data y/data && echo 7z-round; rm -rf y a.7z
7z a -bso0 -bsp0 -tzip -mx9 -mmt2 a.zip data/json; 7z t -bso0 -bsp0 a.zip; echo zip $?; rm a.zip
printf garbage | gzip -dc 2>&1; echo $?; head -c 1000 data.tar | xz -c | head -c 100 | xz -dc 2>&1 >/dev/null | sed 's/.*: //'
gzip -c data.tar | gzip -l | tail -n 1 | awk '{print $2}'; rm -r data data.tar
