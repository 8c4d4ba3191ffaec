# grep, sed, gawk, find, xargs, diff on inputs of real size.
find /usr/share/perl /usr/lib/python3.11 -name '*.p[ym]' -size +1k | sort | head -n 400 >list
wc -l list; xargs cat <list >all 2>/dev/null; wc all
grep -c import all; grep -Eo '[A-Za-z_]+\(' all | sort | uniq -c | sort -rn | head -n 20
grep -n -i -w 'class' all | cksum; grep -P '(?<=def )\w+(?=\(self\))' -o all | sort -u | cksum
grep -rl --include='*.py' 'subprocess' /usr/lib/python3.11 | sort | cksum; grep -vF -e '#' all | cksum
grep -E '^([a-z]+)_\1' all | head; grep -z -c . all; echo "no" | grep -q yes; echo $?
sed -n 's/^\(class\|def\) \([A-Za-z_]*\).*/\2 \1/p' all | cksum
sed -e '/^#/d' -e 's/[ \t]*$//' -e 'y/abc/xyz/' all | cksum; sed -E 's/([0-9]+)/<\1>/g;$!N;P;D' all | cksum
sed '1!G;h;$!d' list | head -n 3; sed -i.bak 's/usr/USR/' list; diff list list.bak | wc -l
gawk '{ for (i = 1; i <= NF; i++) w[$i]++ } END { PROCINFO["sorted_in"] = "@val_num_desc"; for (k in w) if (n++ < 15) print k, w[k] }' all
gawk 'BEGIN { for (i = 0; i < 300000; i++) { x = (x * 1103515245 + 12345) % 2147483648; s += sin(x) } printf "%.10f %d\n", s, x }'
gawk -F/ '{ print NF, $NF; a[length($0)]++ } END { for (k in a) c += k * a[k]; print c; print substr("hello", 2, 3), toupper("abc"), gensub(/(a)(b)/, "\\2\\1", "g", "abab"), strftime("%Y", 0, 1), match("foobar", /o+/), RLENGTH }' list | cksum
gawk 'BEGIN { "echo piped" | getline x; print x; print "z\na\nm" | "sort"; close("sort"); system("echo sys"); exit 3 }'; echo $?
mawk 'BEGIN { print 1/3, 2^31 }' 2>/dev/null; awk 'NR % 1000 == 0' all | cksum
find /usr/share/doc -maxdepth 2 -type f -name 'c*' -printf '%f %s %m\n' | sort | cksum
find . -newer list.bak -o -size +10k -print | sort; find /usr/bin -perm -4000 -printf '%f\n' | sort
find /usr/lib/python3.11/json -type f -exec sha1sum {} + | sort | cksum
diff -u --label a --label b <(head -n 3000 all) <(sed 's/self/this/' all | head -n 3000) | cksum; cmp all list | head -n 1
diff -y -W 60 <(seq 1 20) <(seq 3 22) ; sdiff -s <(seq 5) <(seq 6); diff3 <(seq 5) <(seq 6) <(seq 7)
