# The everyday coreutils.
set -u
seq 1 20000 | awk '{print ($1 * 7919) % 10007, "line", $1}' >big
sort -n big | cksum; sort -k3,3nr -k1,1 big | cksum; sort -u -k1,1n big | wc -l
sort -R --random-source=/bin/ls big | cksum
uniq -c <(cut -d' ' -f2 big) ; shuf -n 5 --random-source=/bin/ls big
head -n 3 big; tail -n 3 big; tail -c 20 big; wc big; nl big | tail -n 1
cut -c1-3 big | sort | uniq -c | sort -rn | head -n 5
paste -d, <(seq 5) <(seq 6 10); join <(seq 1 10) <(seq 5 15); comm <(seq 1 5) <(seq 3 7)
tr a-z A-Z <big | cksum; fold -w 7 big | cksum; fmt -w 40 big | cksum; expand big | cksum
tac big | cksum; rev big | cksum; split -l 3000 big part.; ls part.* ; cat part.* | cmp - big
csplit -s big 100 200; wc -l xx*; od -A x -t x1z big | cksum; od -t f8 -N 64 /bin/ls
base64 /bin/ls | cksum; base64 -d <(base64 /bin/ls) | cmp - /bin/ls; base32 big | cksum
for c in cksum sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum; do $c /bin/bash; done
cp -a part.aa copy; mv copy moved; ln moved hard; ln -s moved soft; readlink soft; realpath --relative-to=. soft
stat -c '%n %s %a %F %h' moved soft hard; chmod 640 moved; ls -l moved | cut -d' ' -f1
mkdir -p d/e/f; touch -d '2001-02-03 04:05:06' d/x; ls -lR --time-style=+%F d | sed 's/root root/u g/'
du -b big | cut -f1; df . >/dev/null; echo df $?
rmdir d/e/f; rm -rf d; test -e d; echo $?
date -u -d @1234567890 +%FT%TZ; date -u -d '2024-02-29 + 1 year' +%F; TZ=America/New_York date -d @1700000000
expr 6 \* 7; expr match abcdef 'abc\(.*\)'; factor 1234567890123 18446744073709551557; numfmt --to=iec 123456789
printf '%s %d %e\n' a 5 3.5; echo -e 'tab\there'; yes | head -n 10000 | cksum; seq -s, 1 0.5 5; seq -w 8 12
env -i A=1 B=2 env | sort; basename /a/b.c .c; dirname /a/b.c; pathchk ok; id -u; whoami; uname -m -s; nproc >/dev/null
timeout 0.2 sleep 5; echo "timeout $?"; nice -n 5 nice; nohup true 2>/dev/null; sleep 0.01
tee t1 t2 <big | cksum; cmp t1 t2; dd if=big of=dd.out bs=1k count=10 skip=3 status=none; cksum dd.out
truncate -s 5000 sparse; ls -s sparse; install -m 755 big inst; mktemp -u XXXX | wc -c; shred -u t1; ls t1 2>&1
tsort <<<$'a b\nb c\na c'; ptx -w 30 <<<'hello big world' ; pr -2 -l 20 -h head -D date <(seq 30)
stty -a </dev/null 2>&1; tty </dev/null; mkfifo p; (echo through fifo >p &) ; cat p; hostid | wc -c
chown 12:34 big 2>/dev/null; stat -c %u:%g big; link big l2; unlink l2; sync; who >/dev/null; users >/dev/null
ls --color=always -F . | cat -v; vdir -g --time-style=+x | cut -c1-10; dircolors -b | cksum; false; echo $?; [ 3 -gt 2 ] && echo gt
