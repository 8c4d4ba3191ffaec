# What binaries without a process front (tests, tools) link in its place.
stub-obj-y += stubs/process.o stubs/handlers.o
