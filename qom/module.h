/* SPDX-License-Identifier: MIT */
/*
 * Module lists: constructors put functions into one list a kind before main;
 * main runs the lists when the subsystem they belong to is wanted.  Nothing
 * else may happen in a constructor, so the order of objects never matters.
 */
#ifndef QOM_MODULE_H
#define QOM_MODULE_H

#include "util/osdep.h"

typedef enum ModuleInit {
    MODULE_INIT_BLOCK,
    MODULE_INIT_MACHINE,
    MODULE_INIT_QAPI,
    MODULE_INIT_QOM,
    MODULE_INIT__MAX
} ModuleInit;

typedef struct ModuleEntry ModuleEntry;
struct ModuleEntry {
    void (*fn)(void);
    ModuleEntry *next;
};

/* Called by constructors; the entry must be static. */
void module_register(ModuleInit kind, ModuleEntry *entry);
/* Runs what is in the list, each function once however often it is called. */
void module_call_init(ModuleInit kind);

#define module_init(function, kind)                                   \
    static void __attribute__((constructor)) function##_ctor(void)    \
    {                                                                 \
        static ModuleEntry entry = { function };                      \
        module_register(kind, &entry);                                \
    }

#define block_init(function)   module_init(function, MODULE_INIT_BLOCK)
#define machine_init(function) module_init(function, MODULE_INIT_MACHINE)
#define qapi_init(function)    module_init(function, MODULE_INIT_QAPI)
#define type_init(function)    module_init(function, MODULE_INIT_QOM)

#endif
