# Modules of Python's own test suite.
# timeout: 300
for m in fcntl mmap posix thread epoll pty select urlparse html enum dataclasses contextlib; do
    /usr/bin/python3 -m test -q test_$m >log 2>&1; r=$?
    echo "$m $r"; [ $r = 0 ] || tail -n 30 log >&2; rm -rf log
done
