# dash: POSIX shell scripts run by another shell, with and without shebang.
cat >a.sh <<'END'
#!/bin/dash
i=0; s=0
while [ $i -lt 20000 ]; do i=$((i+1)); s=$(( (s * 31 + i) % 65521 )); done
echo $s
f() { [ "$1" -le 1 ] && { echo 1; return; }; echo $(( $1 * $(f $(($1 - 1))) )); }
f 10
for x in a b c; do case $x in b) continue;; esac; echo "$x"; done
set -- one "two three" four; echo $#; for a; do echo "<$a>"; done
trap 'echo bye' 0
echo "args: $*" | sed 's/three/3/'
v=abcdef; echo ${v%def} ${v#abc} ${#v} ${undefined:-dflt}
cat <<E2
heredoc $v $(echo sub)
E2
( exit 5 ) || echo "sub $?"
sh -c 'kill -9 $$'; echo "killed $?"
read x y <<E3
hello world
E3
echo "$y $x"
END
chmod +x a.sh; ./a.sh; echo $?
printf 'echo no shebang $1\n' >b.sh; chmod +x b.sh; ./b.sh arg
printf '#!/usr/bin/env dash\necho env "$0" "$@"\n' >c.sh; chmod +x c.sh; ./c.sh 1 2
printf '#!/bin/sh -eu\nfalse\necho never\n' >d.sh; chmod +x d.sh; ./d.sh; echo $?
printf '#!/no/such/interp\n' >e.sh; chmod +x e.sh; ./e.sh 2>/dev/null; echo $?
dash -c 'exec ./a.sh' | cksum
