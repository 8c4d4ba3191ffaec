# Objects of this folder; add yours here.
util-obj-y += util/log.o
util-obj-y += util/optstr.o
