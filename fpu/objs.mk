fpu-obj-y += fpu/softfloat.o fpu/softfloat-arith.o fpu/softfloat-cvt.o
fpu-obj-y += fpu/softfloat-cmp.o fpu/softfloat-f80.o
fpu-obj-y += fpu/x87-trans.o fpu/x87-trans-trig.o
