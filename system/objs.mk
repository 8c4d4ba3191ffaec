# The system front.
system-obj-y += system/memory.o system/memory-flat.o system/memory-access.o
system-obj-y += system/memory-ram.o system/memory-info.o
system-obj-y += system/timer.o
system-obj-y += system/main-loop.o system/runstate.o system/options.o
system-obj-y += system/monitor.o system/hmp.o system/hmp-info.o
system-obj-y += system/hmp-memory.o system/hmp-object.o system/qtest.o
# QMP where JSON-GLib is there.
qmp-obj-y := system/qmp.o system/qmp-machine.o system/qmp-query.o
qmp-obj-y += system/qmp-object.o
system-obj-y += $(if $(JSON_LIBS),$(qmp-obj-y),system/no-qmp.o)
system-main-y += system/main.o system/firmware.o system/cpus.o system/cpus-info.o
system-main-y += system/cpu-memory.o system/gdb.o
