/* SPDX-License-Identifier: MIT */
/* Private to cpus*.c and gdb.c. */
#ifndef SYSTEM_CPUS_INT_H
#define SYSTEM_CPUS_INT_H

#include <pthread.h>

#include "target-i386/sys.h"

typedef struct VCPU {
    CPUX86State *env;
    unsigned index;
    int tid;
    pthread_t thread;
    GCond cond;                 /* with the big lock: */
    bool run;                   /* it shall */
    bool stopped;               /* it does not, and will not */
    bool held;                  /* a debugger lets the others run only */
    bool fpu_written;           /* while it stood: take the x87's state anew */
    bool idle;                  /* it waits for an interrupt */
    bool quit;
    void *alt_stack;
} VCPU;
extern VCPU *vcpus;

/* Memory looks different: every vCPU forgets what it knew. */
void cpus_memory_changed(void);

#endif
