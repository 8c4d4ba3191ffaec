tcg-obj-y += tcg/ir.o tcg/dump.o
tcg-obj-y += tcg/region.o tcg/flags.o tcg/opt.o tcg/liveness.o
tcg-obj-y += tcg/cache.o tcg/tb.o tcg/translate.o tcg/run.o tcg/disas.o
tcg-obj-y += tcg/ops-ref.o
tcg-obj-y += tcg/tci/approx.o
tcg-obj-$(if $(filter x86_64,$(HOST_ARCH)),y) += tcg/x86_64/host-fpu.o
tcg-obj-y += tcg/tci/backend.o tcg/tci/compile.o tcg/tci/lower.o
tcg-obj-y += tcg/tci/interp.o tcg/tci/mem.o
