# Objects of this folder; add yours here.
target-i386-obj-y += $(addprefix target-i386/, decode.o frontend.o translate.o \
	gen-alu.o gen-mov.o gen-flow.o gen-string.o gen-sys.o helper.o seg.o seg_helper.o watch.o fault.o cpu.o cpuid.o dump.o)
target-i386-obj-y += target-i386/cold-int.o target-i386/cold-flow.o target-i386/cold-vec.o target-i386/cold-mem.o
target-i386-obj-y += target-i386/gen-x87.o target-i386/fpu_helper.o target-i386/fpu_helper_arith.o
target-i386-obj-y += target-i386/fpu_helper_env.o target-i386/fpu_pointers.o target-i386/fpu_state.o
target-i386-obj-y += target-i386/gen-sse.o target-i386/gen-sse-fp.o target-i386/gen-mmx.o target-i386/gen-avx.o target-i386/vec_helper.o target-i386/now3d_helper.o

target-i386-obj-y += $(addprefix target-i386/, gen-priv.o sys-state.o sys-mmu.o sys-stack.o \
	sys-seg.o sys-task.o sys-int.o sys-exec.o sys-smm.o sys-msr.o sys-mwait.o sys-v86.o sys-helper.o sys-string.o)

# The decoder's tables are generated from insn.def by a tool of the build host.
HOSTCC ?= $(CC)
$(O)/target-i386/insn-gen: $(SRC)/target-i386/insn-gen.c \
		$(wildcard $(SRC)/target-i386/insn*.def) $(SRC)/target-i386/cold.def
	@mkdir -p $(@D)
	@echo "  HOSTCC target-i386/insn-gen"
	@$(HOSTCC) -std=gnu17 -O1 -Wall -Wextra -Wno-missing-field-initializers \
		-I$(SRC) -o $@ $<
$(O)/target-i386/insn-tables.inc: $(O)/target-i386/insn-gen
	@echo "  GEN   target-i386/insn-tables.inc"
	@$< > $@.tmp && mv $@.tmp $@
$(O)/target-i386/decode.o: $(O)/target-i386/insn-tables.inc
$(O)/target-i386/decode.o: CPPFLAGS_ALL += -I$(O)/target-i386
