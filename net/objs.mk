# Networks on the host's side.  User networking where libslirp is there.
net-obj-y += net/net.o $(if $(SLIRP_LIBS),net/slirp.o,net/no-slirp.o)
