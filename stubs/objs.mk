# What binaries without a process front (tests, tools) link in its place.
stub-obj-y += stubs/process.o stubs/handlers.o stubs/cpus.o
# Debian 13's static libelf wants them of nobody.
user-extra-y += $(if $(filter riscv64,$(HOST_ARCH)),stubs/eu-search.o)
