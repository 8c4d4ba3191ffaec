# git: init, 500 commits, gc, clone.
# backends: native
# timeout: 240
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b main r; cd r
for i in $(seq 1 500); do
    d=@$((1600000000 + i)); export GIT_AUTHOR_DATE="$d +0000" GIT_COMMITTER_DATE="$d +0000"
    echo "line $i" >>f$((i % 17)); [ $((i % 50)) = 0 ] && mkdir -p d$i && seq 1 $i >d$i/x
    git add -A; git commit -q -m "commit $i"
done
git rev-parse HEAD; git rev-list --count HEAD; git log --oneline --stat -n 5 | cat
git checkout -q -b side HEAD~50; echo side >s; git add s; git commit -q -m side; git checkout -q main; git merge -q -m merge side
git rev-parse HEAD; git diff HEAD~100 --stat | tail -n 1; git blame f3 | cksum; git tag v1; git describe
git gc -q; git count-objects; git fsck 2>&1 | grep -v notice; cd ..; git clone -q r c; cd c; git rev-parse HEAD; git status --short
git log --format=%H | cksum; git grep -n 'line 49' | head -n 3; git archive HEAD | tar tf - | cksum; git bisect start HEAD HEAD~20 >/dev/null
git bisect run sh -c 'grep -q "line 490" f14' | grep -c commit; cd ..; rm -rf r c
