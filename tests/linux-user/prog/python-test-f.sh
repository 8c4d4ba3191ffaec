# Modules of Python's own test suite.
# timeout: 400
# backends: native
for m in unicode ordered_dict memoryview bufio fileio glob argparse threadsignals subprocess threading; do
    /usr/bin/python3 -m test -q test_$m >log 2>&1; r=$?
    echo "$m $r"; [ $r = 0 ] || tail -n 30 log >&2; rm -rf log
done
