# A bash workload: arithmetic, arrays, strings, patterns, functions, pipes,
# here-documents, traps, job control, process substitution.
set -u
fib() { local n=$1; if ((n < 2)); then echo "$n"; else
    echo $(($(fib $((n - 1))) + $(fib $((n - 2))))); fi; }
fib 9
declare -A h
for i in {1..2000}; do h[k$((i * 7919 % 1009))]=$i; done
echo ${#h[@]}; for k in "${!h[@]}"; do echo "$k=${h[$k]}"; done | sort | cksum
s=; for i in {1..500}; do s+=$(printf '%03x' $i); done
echo "${#s} ${s:10:20} ${s//0/o}" | cksum
[[ "foo-123-bar" =~ ^([a-z]+)-([0-9]+)-(.*)$ ]] && echo "${BASH_REMATCH[@]}"
case abc.tar.gz in *.tar.*) echo tarball;; *) echo no;; esac
a=(5 3 9 1 7); IFS=$'\n' sorted=($(sort -n <<<"${a[*]}")); echo "${sorted[*]}"
unset IFS
mapfile -t lines < <(seq 1 1000); echo "${#lines[@]} ${lines[999]}"
while read -r x y; do echo "$y:$x"; done <<END
1 one
2 two
END
trap 'echo exiting' EXIT
trap 'echo usr1' USR1
kill -USR1 $$
(exit 7); echo $?
false | true; echo "${PIPESTATUS[@]}"
sleep 0.1 & wait $!; echo "waited $?"
(trap 'exit 3' TERM; while :; do :; done) & p=$!; sleep 0.2; kill $p; wait $p
echo "term $?"
bash -c "kill -SEGV \$\$; true" 2>/dev/null >&2 | cat; echo "segv ${PIPESTATUS[0]}"
diff <(seq 1 5) <(seq 1 6); echo "$?"
printf '%5.2f|%-10s|%x\n' 3.14159 left 255
echo $((2**62)) $((7/2)) $((-7%3)) $((0xff ^ 0x0f)) $((16#dead))
coproc cat; echo hello >&"${COPROC[1]}"; read -r l <&"${COPROC[0]}"; echo "$l"
exec {COPROC[1]}>&-
ulimit -n; set -- a b c; shift; echo "$# $*"
t=0; for ((i = 0; i < 20000; i++)); do ((t = (t + i * i) % 1000003)); done; echo $t
eval 'echo evaluated'; type -t fib; printf '%q\n' "a b'c"
f() { return $1; }; f 42; echo $?
echo "$BASH_SUBSHELL $(echo $BASH_SUBSHELL)"
time_fmt='%R'; x=$( { TIMEFORMAT=; time :; } 2>&1 ); echo "[$x]"
