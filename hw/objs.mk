# Devices and what they are built on.
hw-obj-y += hw/core/irq.o hw/core/irq-devices.o hw/core/gpio.o
hw-obj-y += hw/core/reset.o hw/core/qdev.o hw/core/bus.o
hw-obj-y += hw/core/qdev-props.o hw/core/qdev-opts.o hw/core/vmstate.o hw/core/null-machine.o
hw-obj-y += hw/timer/i8254.o
hw-obj-y += hw/core/vcpu.o hw/core/runstate.o hw/core/machine.o
hw-obj-y += hw/intc/intc-info.o
