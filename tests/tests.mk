# Test targets.  `make check` is what README promises; .ci/run calls check-all,
# which adds the other hosts and the systems that take minutes to boot.
T ?=
BACKENDS ?= native tci
UNIT_SRC := $(wildcard $(SRC)/tests/unit/*.c)
UNIT_OBJ := $(patsubst $(SRC)/%.c,$(O)/%.o,$(UNIT_SRC))
ISA_SRC := $(wildcard $(SRC)/tests/isa/*.c)
ISA_OBJ := $(patsubst $(SRC)/%.c,$(O)/%.o,$(ISA_SRC))
core-objs = $(call objs,$(fpu-obj-y) $(tcg-obj-y) $(target-i386-obj-y)) $(O)/libqemuutil.a
system-objs = $(call objs,$(qom-obj-y) loader/bootimage.o $(hw-obj-y) $(host-obj-y) $(system-obj-y))
LINKTEST := $(if $(filter -static-pie,$(LINKMODE)),-pie,$(LINKMODE))

.PHONY: check check-deps check-unit check-isa check-tcg check-user \
        check-density check-style style bench sources
check: check-deps
	@$(MAKE) --no-print-directory -j$$(nproc) check-build
	@$(MAKE) --no-print-directory check-style
	@$(MAKE) --no-print-directory check-unit
	@$(MAKE) --no-print-directory check-isa
	@$(MAKE) --no-print-directory check-decode
	@$(MAKE) --no-print-directory check-fuzz
	@$(MAKE) --no-print-directory check-bad-input
	@$(MAKE) --no-print-directory check-density
	@$(MAKE) --no-print-directory check-user
	@$(MAKE) --no-print-directory check-pages
	@$(MAKE) --no-print-directory check-user-i386
	@$(MAKE) --no-print-directory check-system SYSTEM_TESTS="$(CHECK_SYSTEM_TESTS)"

.PHONY: check-all
check-all:
	@$(MAKE) --no-print-directory check CHECK_SYSTEM_TESTS="$(SYSTEM_TESTS)"
	@$(MAKE) --no-print-directory check-cross

# All that the tests link, with every processor at once.
.PHONY: check-build
check-build: all $(B)/unit-test$(if $(MODE),-$(MODE)) $(B)/isa-test$(if $(MODE),-$(MODE)) \
    $(B)/decode-test $(B)/density-test$(if $(MODE),-$(MODE))
	@$(FUZZ_BUILD)

check-deps:
	@$(SRC)/scripts/install-deps test

style check-style:
	@CC="$(CC)" $(SRC)/scripts/check-style

$(B)/unit-test$(if $(MODE),-$(MODE)): $(UNIT_OBJ) $(system-objs) $(call objs,$(syscall-obj-y) $(gdbstub-obj-y)) $(core-objs) $(O)/libqemustub.a
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS_ALL) $(LINKTEST) -o $@ $^ $(SHARED_LIBS) $(HOST_LIBS) -lcriterion

check-unit: $(B)/unit-test$(if $(MODE),-$(MODE))
	$(abspath $<) --short-filename -j2 $(if $(T),--filter '$(T)')

$(B)/isa-test$(if $(MODE),-$(MODE)): $(ISA_OBJ) $(core-objs)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS_ALL) $(LINKTEST) -o $@ $^ $(SHARED_LIBS)

# Every row against the silicon; ISAFLAGS, T: see docs/instruction-tests.md.
# The counts row by row are left in build/isa-rows-*.txt.
ISAFLAGS ?=
ISA_RUN = $(abspath $<) $(ISAFLAGS) -l $(B)/isa-rows-$(1).txt
check-isa: $(B)/isa-test$(if $(MODE),-$(MODE))
	$(call ISA_RUN,native) $(T)
	$(call ISA_RUN,tci) -b tci $(T)
	$(call ISA_RUN,cold) -b cold $(T)
	$(call ISA_RUN,native32) -m 32 $(T)
	$(call ISA_RUN,tci32) -m 32 -b tci $(T)

# Fifty times as many cases, other ones each day.
.PHONY: fuzz-isa
fuzz-isa:
	@$(MAKE) --no-print-directory check-isa \
	    ISAFLAGS="-n 100000 -q 1000000 -s $(or $(SEED),$(shell date +%Y%m%d))"

sources: check-deps
	@$(SRC)/scripts/fetch-source zlib $(B)/sources
	@$(SRC)/scripts/fetch-source lua5.4 $(B)/sources

check-user: all sources
	@for k in $(BACKENDS); do \
	    echo "user programs, back end $$k:"; \
	    SOURCES=$(abspath $(B)/sources) $(SRC)/tests/linux-user/run \
	        -b $(B) -e $(abspath $(B)/$(USER)) -k $$k $(T) || exit 1; \
	done

	@$(if $(T),,$(MAKE) --no-print-directory check-debugger)

# With Debian's gdb, and by hand: T="pie threads" for some.
.PHONY: check-debugger
check-debugger: all check-deps
	@for k in $(BACKENDS); do \
	    echo "debugger, back end $$k:"; \
	    QEMU_TCG_BACKEND=$$k $(SRC)/tests/linux-user/debugger/run.py \
	        $(B)/check-user/debugger $(B)/$(USER) $(T) || exit 1; \
	done

# The same on a pretended host of larger pages.
.PHONY: check-pages
check-pages: $(B)/$(USER) $(B)/$(USER32)
	@for p in 16384 65536; do \
	    QEMU_PAGESIZE=$$p $(SRC)/tests/linux-user/run -b $(B) \
	        -e $(abspath $(B)/$(USER)) mm-pages smc sig-torture exec-forms \
	        static-pie flag-returns i386-threads lua || exit 1; \
	done

.PHONY: check-system
# The longest first, but what waits for the same disk image apart.
# One of them: make check-system T=linux.py
SLOW_SYSTEM_TESTS := disk-ide.py memtest.py installer.py disk-virtio.py
QUICK_SYSTEM_TESTS := linux.py suspend.py kernel.sh firmware.py monitor.py options.py \
    debugger.py bad-input.py
SYSTEM_TESTS := $(SLOW_SYSTEM_TESTS) $(QUICK_SYSTEM_TESTS)
CHECK_SYSTEM_TESTS ?= $(QUICK_SYSTEM_TESTS)
check-system: all check-deps
	@$(SRC)/tests/system/run $(abspath $(B)) $(or $(T),$(SYSTEM_TESTS))

# Debian's i386 programs in a folder of their own, natively and emulated.
I386_ROOT := $(SRC)/build/sysroot
I386_PACKAGES := bash dash coreutils grep sed gawk findutils python3 perl \
    sqlite3 gcc libc6-dev gzip diffutils libc-bin bsdextrautils
.PHONY: check-user-i386
check-user-i386: all
	@$(SRC)/scripts/cross-sysroot i386 $(I386_ROOT) $(I386_PACKAGES) >/dev/null
	@echo "i386 programs, back end native:"
	@$(SRC)/tests/linux-user/run -b $(B) -e $(abspath $(B)/$(USER)) \
	    -r $(I386_ROOT)/i386 $(T)

PEER ?=
bench: all
	@$(SRC)/scripts/install-deps bench
	@$(SRC)/scripts/bench --build $(B) --emulator $(B)/$(USER) \
	    $(foreach p,$(PEER),--peer $(p)) $(BENCHFLAGS)

.PHONY: bench-system
bench-system: all
	@$(SRC)/scripts/install-deps test bench
	@$(SRC)/scripts/bench-system --build $(B) \
	    $(foreach p,$(or $(PEER),qemu-system-x86_64),--peer $(p)) $(BENCHFLAGS)

# libFuzzer's targets, tests/fuzz/*.c: docs/fuzzing.md.  A row is a target or
# one of its variants.
#   make fuzz FUZZ_SECONDS=600 T=registers-ide    look for new inputs
#   make check-fuzz                               the known ones, and some runs
FUZZ_ROWS := elf images options state $(addprefix monitor-,hmp qmp mux) \
    $(addprefix registers-,all ide e1000 blk net vga timers interrupts isa pci)
FUZZ_TARGETS := elf images options state monitor registers
FUZZ_SECONDS ?= 60
FUZZ_SUPPORT := $(addprefix $(O)/tests/,fuzz/support.o fuzz/machine.o fuzz/drivers.o unit/pc.o)
FUZZ_BUILD = $(MAKE) --no-print-directory MODE=fuzz fuzz-targets
.PHONY: fuzz check-fuzz fuzz-targets check-bad-input
.SECONDARY: $(FUZZ_SUPPORT) $(patsubst %,$(O)/tests/fuzz/%.o,$(FUZZ_TARGETS))
fuzz-targets: $(addprefix $(O)/fuzz-,$(FUZZ_TARGETS))
$(O)/fuzz-%: $(O)/tests/fuzz/%.o $(FUZZ_SUPPORT) $(call objs,loader/elf.o loader/script.o) \
    $(system-objs) $(core-objs) $(O)/libqemustub.a
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS_ALL) $(LINKTEST) -fsanitize=fuzzer -o $@ $^ $(SHARED_LIBS) $(HOST_LIBS)

fuzz: check-deps
	@$(FUZZ_BUILD)
	$(SRC)/tests/fuzz/run -b $(abspath $(B)) -s $(FUZZ_SECONDS) $(or $(T),$(FUZZ_ROWS))

check-fuzz: check-deps
	@$(FUZZ_BUILD)
	$(SRC)/tests/fuzz/run -b $(abspath $(B)) $(or $(T),$(FUZZ_ROWS))

check-bad-input: all
	$(SRC)/tests/linux-user/bad-input $(B)/$(USER)
	$(SRC)/tests/linux-user/resident $(B)/$(USER)
# The decoder against Zydis and Capstone.
$(B)/decode-test: $(O)/tests/decode/decode-test.o $(O)/tests/decode/classes.o $(core-objs)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS_ALL) $(LINKTEST) -o $@ $^ $(SHARED_LIBS) -lZydis -lZycore

# Ten million byte strings in each mode, and all the code of some big files.
DECODE_FILES = $(wildcard /usr/bin/python3 /usr/lib/x86_64-linux-gnu/libc.so.6 \
    /usr/lib/x86_64-linux-gnu/libcrypto.so.3 $(shell gcc -print-prog-name=cc1) \
    $(B)/libavcodec.so.59)
$(B)/libavcodec.so.59:
	@mkdir -p $(B)/deb && cd $(B)/deb && \
	    apt-get -q -q -o APT::Sandbox::User=root download libavcodec59 && \
	    dpkg-deb -x libavcodec59_*.deb . && \
	    cp -L usr/lib/*/libavcodec.so.59 .. && cd .. && rm -rf deb

.PHONY: check-decode fuzz-decode
check-decode: $(B)/decode-test $(B)/libavcodec.so.59
	$(abspath $<) -v $(T) $(DECODE_FILES)
fuzz-decode: $(B)/decode-test
	$(abspath $<) -n 100000000 -s $(or $(SEED),$(shell date +%Y%m%d))

# Host instructions per guest snippet, kept as data in tests/density/HOST.txt.
# On a cross host the guest's bytes are an image beside the program, and
# nothing is executed, so that extensions may be assumed (HOST-max.txt).
DENSITY_OBJ := $(O)/tests/density/density.o $(if $(CROSS),,$(O)/tests/density/snippets.o $(O)/tests/density/snippets32.o)
$(B)/density-test$(if $(MODE),-$(MODE)): $(DENSITY_OBJ) $(core-objs)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS_ALL) $(if $(CROSS),$(LINKMODE) $(LINKER),$(LINKTEST)) -o $@ $^ \
	    $(if $(CROSS),$(LIBS),$(SHARED_LIBS))
$(B)/density.img: $(SRC)/tests/density/snippets.S $(SRC)/tests/density/image.ld
	@mkdir -p $(O)
	@$(HOSTCC) -c -o $(O)/density-guest.o $<
	@ld -m elf_x86_64 -static -e 0 -T $(SRC)/tests/density/image.ld -o $(O)/density.elf $(O)/density-guest.o
	@objcopy -O binary $(O)/density.elf $@

.PHONY: density-update
DENSITY_RUN = $(if $(CROSS),QEMU_CPU=$(if $(filter aarch64,$(HOST_ARCH)),neoverse-n1,rv64) QEMU_RISCV_EXT=$(1) DENSITY_IMAGE=$(abspath $(B)/density.img) \
    qemu-$(HOST_ARCH)-static )$(abspath $(B)/density-test$(if $(MODE),-$(MODE)))
RISCV_ALL := v,zba,zbb,zbs,zicond,zacas
check-density: $(B)/density-test$(if $(MODE),-$(MODE)) $(if $(CROSS),$(B)/density.img)
	$(call DENSITY_RUN) $(SRC)/tests/density/$(HOST_ARCH).txt
	$(if $(filter riscv64,$(HOST_ARCH)),$(call DENSITY_RUN,$(RISCV_ALL)) $(SRC)/tests/density/$(HOST_ARCH)-max.txt)
density-update: $(B)/density-test $(if $(CROSS),$(B)/density.img)
	$(call DENSITY_RUN) --update $(SRC)/tests/density/$(HOST_ARCH).txt
	$(if $(filter riscv64,$(HOST_ARCH)),$(call DENSITY_RUN,$(RISCV_ALL)) --update $(SRC)/tests/density/$(HOST_ARCH)-max.txt)

# Cross hosts: the unit tests (against a stand-in for Criterion), programs
# (tests/cross/programs) and kernels (tests/cross/boot.py, kernel.sh), under the
# distribution's qemu-HOST-static.
#   make check-cross                 all four
#   make HOST=aarch64 check-cross    one
#   T="sqlite3 unit"                 these rows
CROSS_HOSTS ?= aarch64 riscv64 s390x ppc64le
CROSS_ROOTS := $(SRC)/build/sysroot
CROSS_GUEST := bash dash coreutils grep sed gawk findutils tar gzip bzip2 \
    xz-utils zstd openssl sqlite3 lua5.4 perl python3 libpython3.11-testsuite \
    git gcc libc6-dev busybox-static
CROSS_SRC := $(UNIT_SRC) $(wildcard $(SRC)/tests/cross/*.c)
CROSS_OBJ := $(patsubst $(SRC)/%.c,$(O)/%.o,$(CROSS_SRC))
ifdef CROSS
$(CROSS_OBJ): CPPFLAGS_ALL += -isystem $(SRC)/tests/cross
endif
$(B)/unit-cross: $(CROSS_OBJ) $(system-objs) $(call objs,$(syscall-obj-y) $(gdbstub-obj-y)) $(core-objs) $(O)/libqemustub.a
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS_ALL) $(SYSTEM_LINK) $(LINKER) -o $@ $^ $(HOST_LIBS) $(SHARED_LIBS)

# Debian 13's, unpacked only: it knows FEAT_AFP, Zicond, Zacas and a good V.
NEWER_QEMU = q=$$(SUITE=trixie $(SRC)/scripts/cross-sysroot x86_64 $(SRC)/build/newer qemu-user)/usr/bin && \
    export NEWER_QEMU_aarch64=$$q/qemu-aarch64 NEWER_QEMU_riscv64=$$q/qemu-riscv64
.PHONY: check-cross cross-build cross-deps
cross-build: all $(B)/unit-cross $(B)/isa-cross \
    $(if $(wildcard $(SRC)/tests/density/$(HOST_ARCH).txt),$(B)/density-test $(B)/density.img)
cross-deps:
	@$(SRC)/scripts/install-deps test cross
ifdef CROSS
check-cross: cross-build
	@$(SRC)/scripts/cross-sysroot x86_64 $(CROSS_ROOTS) $(CROSS_GUEST) >/dev/null
	@$(NEWER_QEMU) && set -x && $(SRC)/tests/cross/run -b $(B)/.. -L $(CROSS_ROOTS)/x86_64 -H $(HOST_ARCH) $(T)
	@$(MAKE) --no-print-directory check-replay T=
else
check-cross: cross-deps
	@$(SRC)/scripts/cross-sysroot x86_64 $(CROSS_ROOTS) $(CROSS_GUEST) >/dev/null
	@mkdir -p $(B); for h in $(CROSS_HOSTS); do \
	    env -u CC -u AR -u MAKEFLAGS $(MAKE) -f $(firstword $(MAKEFILE_LIST)) -j$$(nproc) HOST=$$h \
	        CCACHE="$(or $(CCACHE),$(filter ccache,$(CC)))" cross-build >$(B)/cross-$$h.log 2>&1 || \
	        { tail -n 20 $(B)/cross-$$h.log; exit 1; }; \
	done
	@$(NEWER_QEMU) && set -x && $(SRC)/tests/cross/run -b $(B) -L $(CROSS_ROOTS)/x86_64 -H "$(CROSS_HOSTS)" $(T)
	@$(MAKE) --no-print-directory check-replay T=
endif

# Instruction cases recorded on this x86-64 host, replayed on the others.
comma := ,
$(B)/isa-cross: $(ISA_OBJ) $(core-objs)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS_ALL) $(LINKMODE) $(LINKER) \
	    $(if $(filter ppc64le,$(HOST_ARCH)),-Wl$(comma)--image-base=0x70000000) \
	    -o $@ $^ $(LIBS)

.PHONY: check-replay
ifdef CROSS
check-replay: $(B)/isa-cross
	$(SRC)/tests/isa/replay $(B)/.. $(HOST_ARCH) $(T)
else
check-replay: $(B)/isa-test
	$(SRC)/tests/isa/replay $(B) "$(CROSS_HOSTS)" $(T)
endif

# What the cross-built emulators execute per guest instruction and at start.
.PHONY: bench-cross
bench-cross:
	@for h in aarch64 riscv64; do \
	    $(MAKE) --no-print-directory HOST=$$h all || exit 1; \
	done
	@$(SRC)/scripts/bench-cross --build $(B) aarch64 riscv64
