/* SPDX-License-Identifier: MIT */
/* The human monitor's commands: tables, arguments. */
#ifndef SYSTEM_HMP_INT_H
#define SYSTEM_HMP_INT_H

#include "system/monitor.h"

typedef struct HmpCommand {
    const char *name;           /* "cont|c" */
    const char *args;           /* for help; "" if none */
    const char *help;
    unsigned min_args;
    void (*run)(char **args, GString *out);     /* NULL at the end */
} HmpCommand;

extern const HmpCommand hmp_info_commands[];
extern const HmpCommand hmp_memory_commands[];
extern const HmpCommand hmp_object_commands[];

/* NULL: there is none. */
const HmpCommand *hmp_find(const HmpCommand *table, const char *name);
void hmp_error(GString *out, GError *err);      /* frees it */
/* "0x7c00", "$rip+4", "$esp": numbers, + - * ( ), registers of hmp_cpu. */
bool hmp_number(const char *text, uint64_t *value, GString *out);
/* The vCPU that commands are about. */
extern unsigned hmp_cpu;
void hmp_info_qtree(char **args, GString *out);
void hmp_info_qom_tree(char **args, GString *out);

#endif
