/* SPDX-License-Identifier: MIT */
/*
 * syscall.def as constant data: the rows indexed by the 64-bit guest's number,
 * their names, and the sizes of structs.def.
 */
#include "util/osdep.h"
#include "syscall/table.h"
#include "syscall/handlers.h"
#include "syscall/host-nr.h"

/* clang-format off */

/* One argument: A_IN(timespec) -> { AKK_IN, ST_timespec }. */
#define A_(x)           A_##x
#define A_INT           { AKK_INT }
#define A_UINT          { AKK_UINT }
#define A_LONG          { AKK_LONG }
#define A_ULONG         { AKK_ULONG }
#define A_HEX           { AKK_HEX }
#define A_SIZE          { AKK_SIZE }
#define A_OFF           { AKK_OFF }
#define A_MODE          { AKK_MODE }
#define A_PTR           { AKK_PTR }
#define A_KEY           { AKK_KEY }
#define A_FD            { AKK_FD }
#define A_ATFD          { AKK_ATFD }
#define A_SIG           { AKK_SIG }
#define A_FL(f)         { AKK_FL, FS_##f }
#define A_CLONE         { AKK_CLONE }
#define A_PATH          { AKK_PATH }
#define A_RPATH         { AKK_RPATH }
#define A_STR           { AKK_STR }
#define A_STRV          { AKK_STRV }
#define A_IN(t)         { AKK_IN, ST_##t }
#define A_OUT(t)        { AKK_OUT, ST_##t }
#define A_IO(t)         { AKK_IO, ST_##t }
#define A_INA(t, c)     { AKK_INA, ST_##t, c }
#define A_INN(t, c)     { AKK_INN, ST_##t, c }
#define A_OUTA(t, c)    { AKK_OUTA, ST_##t, c }
#define A_IOA(t, c)     { AKK_IOA, ST_##t, c }
#define A_IBUF(l)       { AKK_IBUF, l }
#define A_OBUF(l)       { AKK_OBUF, l }
#define A_OBUFX(l)      { AKK_OBUFX, l }
#define A_OBUFB(l)      { AKK_OBUFB, l }
#define A_OBUFP(l)      { AKK_OBUFP, l }
#define A_OPAGES(l)     { AKK_OPAGES, l }
#define A_OMSGB(l)      { AKK_OMSGB, l }
#define A_IIOV(c)       { AKK_IIOV, c }
#define A_OIOV(c)       { AKK_OIOV, c }
#define A_IMSG          { AKK_IMSG }
#define A_OMSG          { AKK_OMSG }
#define A_IMMSG(c)      { AKK_IMMSG, c }
#define A_OMMSG(c)      { AKK_OMMSG, c }
#define A_ISA(l)        { AKK_ISA, l }
#define A_OSA(l)        { AKK_OSA, l }
#define A_FDS           { AKK_FDS }
#define A_SIGP          { AKK_SIGP }
#define A_IOC           { AKK_IOC }
#define A_IOCARG        { AKK_IOCARG }
#define A_FCNTLARG      { AKK_FCNTLARG }
#define A_SEMARG        { AKK_SEMARG }

/* Kinds alone, for the masks. */
#define K_(x)           K_##x
#define K_INT           0
#define K_UINT          0
#define K_LONG          0
#define K_ULONG         0
#define K_HEX           0
#define K_SIZE          0
#define K_OFF           0
#define K_MODE          0
#define K_PTR           0
#define K_KEY           0
#define K_FD            4
#define K_ATFD          4
#define K_SIG           0
#define K_FL(f)         0
#define K_CLONE         0
#define K_PATH          0
#define K_RPATH         2
#define K_STR           0
#define K_STRV          0
#define K_IN(t)         0
#define K_INA(t, c)     0
#define K_INN(t, c)     0
#define K_IBUF(l)       0
#define K_IIOV(c)       0
#define K_IMSG          0
#define K_IMMSG(c)      0
#define K_ISA(l)        0
#define K_SIGP          0
#define K_IOC           0
#define K_IOCARG        0
#define K_FCNTLARG      0
#define K_OUT(t)        1
#define K_IO(t)         1
#define K_OUTA(t, c)    1
#define K_IOA(t, c)     1
#define K_OBUF(l)       1
#define K_OBUFX(l)      1
#define K_OBUFB(l)      1
#define K_OBUFP(l)      1
#define K_OPAGES(l)     1
#define K_OMSGB(l)      1
#define K_OIOV(c)       1
#define K_OMSG          1
#define K_OMMSG(c)      1
#define K_OSA(l)        1
#define K_FDS           1
#define K_SEMARG        1

#define COUNT_(_0, _1, _2, _3, _4, _5, _6, n, ...) n
#define COUNT(...) COUNT_(0, ##__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)

#define ARGS_0()                    { AKK_NONE }
#define ARGS_1(a)                   A_##a
#define ARGS_2(a, b)                A_##a, A_##b
#define ARGS_3(a, b, c)             A_##a, A_##b, A_##c
#define ARGS_4(a, b, c, d)          A_##a, A_##b, A_##c, A_##d
#define ARGS_5(a, b, c, d, e)       A_##a, A_##b, A_##c, A_##d, A_##e
#define ARGS_6(a, b, c, d, e, f)    A_##a, A_##b, A_##c, A_##d, A_##e, A_##f

#define O_1(i, a)                   ((K_##a & 1) << (i))
#define OUT_0()                     0
#define OUT_1(a)                    O_1(0, a)
#define OUT_2(a, b)                 O_1(0, a) | O_1(1, b)
#define OUT_3(a, b, c)              O_1(0, a) | O_1(1, b) | O_1(2, c)
#define OUT_4(a, b, c, d) \
    O_1(0, a) | O_1(1, b) | O_1(2, c) | O_1(3, d)
#define OUT_5(a, b, c, d, e) \
    O_1(0, a) | O_1(1, b) | O_1(2, c) | O_1(3, d) | O_1(4, e)
#define OUT_6(a, b, c, d, e, f) \
    O_1(0, a) | O_1(1, b) | O_1(2, c) | O_1(3, d) | O_1(4, e) | O_1(5, f)

#define R_1(i, a)                   (K_##a & 2 ? (i) : 0)
#define RP_0()                      0
#define RP_1(a)                     R_1(1, a)
#define RP_2(a, b)                  R_1(1, a) | R_1(2, b)
#define RP_3(a, b, ...)             R_1(1, a) | R_1(2, b)
#define RP_4(a, b, ...)             R_1(1, a) | R_1(2, b)
#define RP_5(a, b, ...)             R_1(1, a) | R_1(2, b)
#define RP_6(a, b, ...)             R_1(1, a) | R_1(2, b)

#define FD_0()                      0
#define FD_1(a, ...)                (K_##a >> 2)
#define FD_2                        FD_1
#define FD_3                        FD_1
#define FD_4                        FD_1
#define FD_5                        FD_1
#define FD_6                        FD_1

/* The ways: how the call is made here, and whether sys_name() is used. */
#define LACKS(name)     (__NR_##name < 0)
#define HOW_PASS(name)  (LACKS(name) ? SYS_NOSYS : SYS_PASS)
#define HOW_WAIT(name)  (LACKS(name) ? SYS_NOSYS : SYS_WAIT)
#define HOW_WAITN(name) (LACKS(name) ? SYS_NOSYS : SYS_WAITN)
#define HOW_L_PASS(name)  (LACKS(name) ? SYS_OWN : SYS_PASS)
#define HOW_L_WAIT(name)  (LACKS(name) ? SYS_OWN : SYS_WAIT)
#define HOW_L_WAITN(name) (LACKS(name) ? SYS_OWN : SYS_WAITN)
#define HOW_C_PASS(name)  (HOST_SAME_LAYOUT ? HOW_PASS(name) : SYS_OWN)
#define HOW_C_WAIT(name)  (HOST_SAME_LAYOUT ? HOW_WAIT(name) : SYS_OWN)
#define HOW_C_WAITN(name) (HOST_SAME_LAYOUT ? HOW_WAITN(name) : SYS_OWN)
#define HOW_OWN(name)   SYS_OWN
#define HOW_NOSYS(name) SYS_NOSYS
#define FN_PASS(name)   NULL
#define FN_WAIT(name)   NULL
#define FN_WAITN(name)  NULL
#define FN_L_PASS(name)  (LACKS(name) ? sys_##name : NULL)
#define FN_L_WAIT(name)  (LACKS(name) ? sys_##name : NULL)
#define FN_L_WAITN(name) (LACKS(name) ? sys_##name : NULL)
#define FN_C_PASS(name)  (HOST_SAME_LAYOUT ? NULL : sys_##name)
#define FN_C_WAIT(name)  (HOST_SAME_LAYOUT ? NULL : sys_##name)
#define FN_C_WAITN(name) (HOST_SAME_LAYOUT ? NULL : sys_##name)
#define FN_OWN(name)    sys_##name
#define FN_NOSYS(name)  NULL
#define RET_D 'D'
#define RET_X 'X'
#define RET_O 'O'

#define S(name, nr64, nr32, how_, ret_, ...)                            \
    [nr64] = {                                                          \
        .handler = FN_##how_(name),                                     \
        .host_nr = __NR_##name,                                         \
        .how = HOW_##how_(name),                                        \
        .ret = RET_##ret_,                                              \
        .out = CAT(OUT_, COUNT(__VA_ARGS__))(__VA_ARGS__),              \
        .fd0 = CAT(FD_, COUNT(__VA_ARGS__))(__VA_ARGS__),               \
        .rpath = CAT(RP_, COUNT(__VA_ARGS__))(__VA_ARGS__),             \
        .arg = { CAT(ARGS_, COUNT(__VA_ARGS__))(__VA_ARGS__) },         \
    },
const SysRow sys_table64[SYS_NR64_MAX] = {
#include "syscall/syscall.def"
};
#undef S

#define S(name, nr64, nr32, ...) [nr64] = #name,
static const char names[SYS_NR64_MAX][25] = {
#include "syscall/syscall.def"
};
#undef S

#define T(name, size, show, fields) size,
const uint16_t sys_struct_size[ST_MAX] = {
#include "syscall/structs.def"
};
#undef T
/* clang-format on */

const char *sys_name64(unsigned nr)
{
    return nr < SYS_NR64_MAX && names[nr][0] ? names[nr] : NULL;
}
