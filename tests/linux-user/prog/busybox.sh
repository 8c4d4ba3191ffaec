# Debian's static busybox.
B=/bin/busybox
$B | head -n 1 | cut -c1-8; $B sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i'
$B seq 1 5000 | $B sort -n -r | $B md5sum; $B awk 'BEGIN{for(i=0;i<200000;i++)s+=i*i; print s}'
$B gzip -c /bin/ls | $B gunzip | $B cmp - /bin/ls; echo $?; $B tar cf - -C /usr/share/perl . 2>/dev/null | $B tar tf - | $B wc -l
$B bzip2 -c /bin/ls | $B sha256sum; $B find /usr/share/doc -maxdepth 1 | $B sort | $B cksum; $B ls -la / >/dev/null; echo $?
echo 'a b c' | $B sed 's/b/x/'; $B grep -c root /etc/passwd; $B vi -h 2>&1 | $B head -n 1 | $B cut -c1-7; $B bc <<<'2^200; scale=30; 1/7'
$B dc -e '10 k 2 v p'; $B expr 3 + 4; $B printf '%d %s\n' 3 x; $B ash -c 'f() { echo in $1; }; f y; exit 4'; echo $?; $B uname -m; $B true; $B false; echo $?
