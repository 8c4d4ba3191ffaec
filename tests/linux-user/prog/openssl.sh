# openssl: digests, ciphers, keys, signatures, speed.
head -c 2000000 /usr/bin/perl >in
for d in md5 sha1 sha224 sha256 sha384 sha512 sha512-256 sha3-256 blake2b512 blake2s256 ripemd160 sm3; do
    openssl dgst -$d in 2>&1
done
openssl dgst -sha256 -hmac key in
for c in aes-128-cbc aes-256-cbc aes-256-ctr aes-192-ofb aes-256-cfb camellia-256-cbc chacha20 aria-128-ctr des-ede3-cbc; do
    openssl enc -$c -K 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f -iv 0f0e0d0c0b0a09080706050403020100 -in in -out enc 2>/dev/null
    echo "$c $(cksum <enc)"
    openssl enc -d -$c -K 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f -iv 0f0e0d0c0b0a09080706050403020100 -in enc 2>/dev/null | cmp - in && echo same
done
openssl enc -aes-256-cbc -pbkdf2 -iter 20000 -k pass -S 0102030405060708 -in in | cksum
openssl genrsa -out k.pem 2048 2>/dev/null; openssl rsa -in k.pem -check -noout 2>&1
openssl rsa -in k.pem -pubout -out p.pem 2>/dev/null; openssl dgst -sha256 -sign k.pem -out sig in
openssl dgst -sha256 -verify p.pem -signature sig in
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem; openssl dgst -sha256 -sign ec.pem -out sig2 in
openssl ec -in ec.pem -pubout -out ecp.pem 2>/dev/null; openssl dgst -sha256 -verify ecp.pem -signature sig2 in
openssl genpkey -algorithm ed25519 -out ed.pem; openssl pkey -in ed.pem -pubout -out edp.pem
echo hi >m; openssl pkeyutl -sign -inkey ed.pem -rawin -in m -out sig3; openssl pkeyutl -verify -pubin -inkey edp.pem -rawin -in m -sigfile sig3
openssl req -x509 -newkey rsa:2048 -nodes -keyout rk.pem -out rc.pem -subj /CN=test -days 3650 2>/dev/null
openssl x509 -in rc.pem -noout -subject; openssl verify -CAfile rc.pem rc.pem
openssl prime -hex FFFFFFFFFFFFFFC5; openssl rand 16 | wc -c; openssl base64 -in m
openssl speed -seconds 1 -bytes 1024 sha256 2>&1 | grep -c 'Doing\|sha256'
openssl speed -seconds 1 -bytes 1024 -evp aes-128-gcm 2>&1 | grep -ci 'doing\|gcm' >/dev/null; echo speed $?
rm -f *.pem sig* enc
