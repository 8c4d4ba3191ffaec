tcg-obj-y += tcg/ir.o tcg/dump.o
