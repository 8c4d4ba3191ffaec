linux-user-obj-y += $(addprefix linux-user/, \
    main.o options.o program.o path.o exec.o clone.o exit.o cpu-loop.o \
    mm-area.o mm-code.o mm-map.o mm-syscall.o mm-place32.o mm-split.o proc-maps.o symbols.o vdso.o \
    signal.o signal-host.o signal-frame.o signal-fault.o signal-syscall.o \
    gdb.o gdb-front.o gdb-socket.o program32.o signal32.o signal-syscall32.o clone32.o segments.o)
