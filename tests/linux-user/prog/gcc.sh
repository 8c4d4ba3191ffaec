# gcc -O2 compiles and links zlib and Lua from their Debian sources, alone and
# with make -j2, and what it built runs.
# timeout: 600
# backends: native
cp -r "$SOURCES/zlib" z; cp -r "$SOURCES/lua5.4/src" lua
cd z; for f in adler32 crc32 deflate inflate inftrees inffast trees zutil compress uncompr gzlib gzread gzwrite gzclose infback; do
    gcc -O2 -D_LARGEFILE64_SOURCE=1 -DHAVE_HIDDEN -c $f.c || echo "fail $f"
done
ar rcs libz.a *.o; gcc -O2 -o mini test/minigzip.c libz.a; gcc -O2 -o ex test/example.c libz.a; ./ex | tail -n 3
./mini <deflate.c | ./mini -d | cmp - deflate.c && echo mini; size libz.a | tail -n 3; nm libz.a | cksum
strip -s mini; cksum mini; objdump -d inflate.o | cksum; cd ..
cd lua; rm -f *.o; echo '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"' >lua5.4-deb-multiarch.h
 cat >mk <<'END'
SRC = $(filter-out luac.c,$(wildcard *.c))
lua: $(SRC:.c=.o)
	gcc -o $@ $^ -lm -ldl
%.o: %.c
	gcc -O2 -DLUA_USE_LINUX -c -o $@ $<
END
make -j2 -s -f mk lua; ls *.o | wc -l; ./lua -e 'print(_VERSION, 2^10, ("x"):rep(3))'; sha1sum lapi.o lvm.o lgc.o
cat >t.cc <<'END'
#include <iostream>
#include <map>
#include <stdexcept>
int main() { std::map<int, std::string> m; for (int i = 0; i < 10; i++) m[i * 7 % 10] = std::to_string(i);
for (auto &[k, v] : m) std::cout << k << v << ' '; try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << e.what() << '\n'; } }
END
g++ -O2 -std=c++17 t.cc -o t && ./t; echo 'int main(void){return x;}' >bad.c; gcc bad.c 2>&1 | head -n 2; cd ..; rm -r z lua
