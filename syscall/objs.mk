# Objects of this folder; add yours here.
SYSCALL_ARCH := $(patsubst ppc64le,ppc64,$(HOST_ARCH))
syscall-obj-y += syscall/dispatch.o syscall/table.o syscall/uaccess.o
syscall-obj-y += syscall/host/$(SYSCALL_ARCH)/syscall.o
syscall-obj-y += syscall/host/$(SYSCALL_ARCH)/context.o
syscall-obj-y += syscall/path.o syscall/procfs.o syscall/proc-cpuinfo.o
syscall-obj-y += syscall/file.o syscall/ioctl.o syscall/ownfd.o
syscall-obj-y += syscall/wait.o syscall/time.o syscall/futex.o syscall/siginfo.o syscall/swap.o syscall/swap-data.o
syscall-obj-y += syscall/limits.o syscall/misc.o syscall/prctl.o
syscall-obj-y += syscall/strace.o syscall/strace-args.o
syscall-obj-y += syscall/strace-structs.o
syscall-obj-y += $(addprefix syscall/, dispatch32.o compat32.o stat32.o \
    time32.o file32.o wait32.o socket32.o ipc32.o misc32.o)
ifneq ($(SYSCALL_ARCH),x86_64)
syscall-obj-y += syscall/legacy.o syscall/convert-stat.o
syscall-obj-y += syscall/convert-epoll.o syscall/convert-ipc.o
syscall-obj-y += syscall/convert-flags.o syscall/convert-ioctl.o
endif
