tcg-obj-y += tcg/ir.o tcg/dump.o tcg/breakpoint.o
tcg-obj-y += tcg/softmmu-line.o tcg/softmmu-pass.o tcg/softmmu.o tcg/softmmu-split.o
tcg-obj-y += tcg/region.o tcg/flags.o tcg/opt.o tcg/liveness.o
tcg-obj-y += tcg/cache.o tcg/tb.o tcg/translate.o tcg/run.o tcg/pcs.o tcg/cold.o tcg/disas.o
tcg-obj-y += tcg/ops-ref.o
tcg-obj-y += tcg/disas-trim.o
tcg-obj-y += tcg/tci/approx.o
tcg-obj-$(if $(filter x86_64,$(HOST_ARCH)),y) += tcg/x86_64/host-fpu.o
tcg-obj-y += tcg/tci/backend.o tcg/tci/compile.o tcg/tci/lower.o tcg/tci/lower-int.o
tcg-obj-y += tcg/tci/interp.o tcg/tci/mem.o
ifeq ($(HOST_ARCH),x86_64)
tcg-obj-y += tcg/regalloc.o
tcg-obj-y += $(patsubst %,tcg/x86_64/%.o,alu asm backend bits compile ctl flags \
               mem mmu moves muldiv opnd ops shift thunks vec x87)
endif
ifeq ($(HOST_ARCH),aarch64)
tcg-obj-y += tcg/regalloc.o
tcg-obj-y += $(patsubst %,tcg/aarch64/%.o,asm atomic backend bits compile crypto \
               ctl features flags fma fp fpcvt fpexact fprun int mem mmu \
               muldiv opnd ops order perm thunks vec vecint)
endif
ifeq ($(HOST_ARCH),riscv64)
tcg-obj-y += tcg/regalloc.o
tcg-obj-y += $(patsubst %,tcg/riscv64/%.o,alu asm backend compile ctl fcache flags \
               fp host mem mmu muldiv nmove nvec opnd ops shift thunks vfp vlane vmem vmove)
endif
