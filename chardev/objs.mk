# Character streams on the host's side.
chardev-obj-y += chardev/char.o chardev/char-spec.o chardev/char-fd.o
chardev-obj-y += chardev/char-socket.o
