# Screens and input.  VNC and PNG where their libraries are there.
ui-obj-y += ui/console.o ui/screendump.o ui/input.o
ui-obj-y += $(if $(VNC_LIBS),ui/vnc.o,ui/no-vnc.o)
