# Disks on the host's side.
block-obj-y += block/drive.o block/image.o block/overlay.o block/request.o
