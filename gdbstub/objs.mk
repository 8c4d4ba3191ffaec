# The debugger stub of both fronts.
gdbstub-obj-y += $(addprefix gdbstub/, packet.o commands.o query.o regs.o \
    points.o vfile.o signals.o)
