# The object model.
qom-obj-y += qom/module.o qom/type.o qom/object.o qom/path.o
qom-obj-y += qom/property.o qom/property-kind.o qom/property-add.o
qom-obj-y += qom/user-creatable.o
