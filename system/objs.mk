# The system front.
system-obj-y += system/memory.o system/memory-flat.o system/memory-access.o
system-obj-y += system/memory-ram.o system/memory-info.o
system-obj-y += system/timer.o
system-obj-y += system/main-loop.o
