# Modules of Python's own test suite.
# timeout: 300
for m in operator random fractions textwrap difflib hashlib zlib gzip base64 binascii; do
    /usr/bin/python3 -m test -q test_$m >log 2>&1; r=$?
    echo "$m $r"; [ $r = 0 ] || tail -n 30 log >&2; rm -rf log
done
