/* SPDX-License-Identifier: MIT */
/*
 * The system-call table in memory, built from syscall.def.  dispatch.c runs
 * it, strace.c prints from it.
 */
#ifndef SYSCALL_TABLE_H
#define SYSCALL_TABLE_H

#include "syscall/process.h"

/* Does this host lay out every kernel structure and number every flag as
 * x86-64 does?  If not, the C_ rows go through syscall/convert-*.c. */
#ifdef HOST_X86_64
#define HOST_SAME_LAYOUT 1
#else
#define HOST_SAME_LAYOUT 0
#endif

/* Argument kinds, see the legend in syscall.def. */
typedef enum SysArgKind {
    AKK_NONE,
    AKK_INT, AKK_UINT, AKK_LONG, AKK_ULONG, AKK_HEX, AKK_SIZE, AKK_OFF,
    AKK_MODE, AKK_PTR, AKK_KEY, AKK_FD, AKK_ATFD, AKK_SIG, AKK_FL,
    AKK_CLONE,
    AKK_PATH, AKK_RPATH, AKK_STR, AKK_STRV,
    AKK_IN, AKK_INA, AKK_INN, AKK_IBUF, AKK_IIOV, AKK_IMSG, AKK_IMMSG,
    AKK_ISA, AKK_SIGP, AKK_IOC,
    /* From here on the kernel writes guest memory. */
    AKK_OUT,
    AKK_FIRST_OUT = AKK_OUT,
    AKK_OUTA, AKK_IO, AKK_IOA, AKK_OBUF, AKK_OBUFX, AKK_OBUFB, AKK_OBUFP,
    AKK_OPAGES, AKK_OMSGB, AKK_OIOV, AKK_OMSG, AKK_OMMSG, AKK_OSA, AKK_FDS,
    AKK_SEMARG,
    /* The handler sees to it. */
    AKK_IOCARG, AKK_FCNTLARG,
} SysArgKind;

typedef struct SysArg {
    uint8_t kind;       /* SysArgKind */
    uint8_t p;          /* structure, flag set or index of the length */
    uint8_t n;          /* index of the count, or the count (INN) */
} SysArg;

typedef enum SysHow {
    SYS_NONE,           /* no such number */
    SYS_PASS,
    SYS_WAIT,
    SYS_WAITN,
    SYS_OWN,
    SYS_NOSYS,
} SysHow;

typedef struct SysRow {
    SysHandler *handler;    /* SYS_OWN only */
    int16_t host_nr;        /* -1: the host has none */
    uint8_t how;            /* SysHow */
    uint8_t out;            /* bit i: the kernel writes through argument i */
    uint8_t rpath;          /* 1 + index of the RPATH argument, or 0 */
    uint8_t ret;            /* 'D', 'X', 'O' */
    uint8_t fd0;            /* argument 0 is a descriptor */
    SysArg arg[6];
} SysRow;

/* Structures of structs.def. */
enum {
#define T(name, size, show, fields) ST_##name,
#include "syscall/structs.def"
#undef T
    ST_MAX
};

/* Flag sets of flags.def. */
enum {
#define SET(name, kind) FS_##name,
#define F(name)
#define FV(name, value)
#define END
#include "syscall/flags.def"
#undef SET
#undef F
#undef FV
#undef END
    FS_MAX
};

#define SYS_NR64_MAX 512
extern const SysRow sys_table64[SYS_NR64_MAX];
extern const uint16_t sys_struct_size[ST_MAX];
/* Name of a 64-bit call, or NULL. */
const char *sys_name64(unsigned nr);

/* Runs a row, without strace. */
int64_t sys_call_row(CPUX86State *env, const SysRow *row,
                     const uint64_t a[6]);
/* The same with strace. */
int64_t strace_call(CPUX86State *env, uint32_t nr, const SysRow *row,
                    const uint64_t a[6]);

#endif
