loader-obj-y += loader/elf.o loader/script.o
