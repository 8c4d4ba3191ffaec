loader-obj-y += loader/elf.o loader/script.o
loader-obj-y += loader/bootimage.o
