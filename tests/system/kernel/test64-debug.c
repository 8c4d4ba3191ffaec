/* SPDX-License-Identifier: MIT */
/*
 * Debug registers, single steps and INT1 in long mode.
 * Source: Intel SDM vol. 3 ch. 18.2 and 18.3.
 */
#include "test64-paging.h"

enum { DR6_BD = 1 << 13, DR6_BS = 1 << 14, DR7_GD = 1 << 13 };
enum { BP_EXEC, BP_WRITE, BP_IO, BP_BOTH };
enum { LEN_1, LEN_2, LEN_8, LEN_4 };
#define DR6_CLEAR 0xffff0ff0ul

#define DR(n)                                                           \
    static void write_dr##n##_(uint64_t v)                              \
    {                                                                   \
        __asm__ volatile("mov %0, %%dr" #n : : "r"(v));                 \
    }
DR(0) DR(1) DR(2) DR(3)
#undef DR

/* Breakpoint n alone. */
static void set_bp(unsigned n, const volatile void *at, unsigned rw,
                   unsigned len)
{
    void (*const set[])(uint64_t) = { write_dr0_, write_dr1_, write_dr2_,
                                      write_dr3_ };

    write_dr7(0x400);
    write_dr6(DR6_CLEAR);
    set[n]((uint64_t)at);
    write_dr7(0x400 | 2ul << 2 * n | (uint64_t)(rw | len << 2) << (16 + 4 * n));
}

static void no_bp(void)
{
    write_dr7(0x400);
}

static void dr6_is(const char *name, uint64_t bits)
{
    equal(name, "DR6", read_dr6(), DR6_CLEAR | bits);
    write_dr6(DR6_CLEAR);
}

/* ---- breakpoints on data ---------------------------------------------------------------- */

/* With room below, where d_push's trap has its frame. */
uint8_t watch_room[256 + 32] __attribute__((aligned(16)));
#define watched (watch_room + 256)
#define WATCHED "$watch_room + 256"
#define STORE(name, insn, off) \
    CASE(name, "mov " WATCHED " + " #off ", %edi", insn " (%rdi)")
STORE(d_b8, "movb $1,", 8)
STORE(d_b15, "movb $1,", 15)
STORE(d_b16, "movb $1,", 16)
STORE(d_w7, "movw $1,", 7)
STORE(d_w6, "movw $1,", 6)
STORE(d_q1, "movq $1,", 1)
STORE(d_q0, "movq $1,", 0)
STORE(d_q15, "movq $1,", 15)
STORE(d_inc, "lock incl", 8)
STORE(d_sse, "movups %xmm0,", 0)
CASE(d_read, "mov " WATCHED " + 8, %edi", "mov (%rdi), %al")
CASE(d_push, "mov " WATCHED " + 16, %esp", "push %rax")
CASE(d_movs, "mov " WATCHED " + 8, %edi; mov $gdt, %esi", "movsb")
CASE(d_alias, "movabs $0x10000000000, %rdi", "mov %al, 24(%rdi)")
USER_CASE(u_alias, "movabs $0x10000000000, %rdi", "mov %al, 24(%rdi)")

static void hits(const char *name, void (*fn)(void), const char *next,
                 unsigned n)
{
    trap_is(name, fn, 1, 0, next, false);
    dr6_is(name, 1 << n);
}

static void misses(const char *name, void (*fn)(void))
{
    fine(name, fn);
    dr6_is(name, 0);
}

static void test_data(void)
{
    static const struct {
        const char *name;
        uint8_t off, rw, len;
        uint16_t hit;           /* by the accesses below */
    } rows[] = {
        { "write, 1", 8, BP_WRITE, LEN_1, 0x331 },
        { "write, 2", 8, BP_WRITE, LEN_2, 0x331 },
        { "write, 4", 8, BP_WRITE, LEN_4, 0x331 },
        { "write, 8", 8, BP_WRITE, LEN_8, 0x3b3 },
        { "write, 8, low bits", 13, BP_WRITE, LEN_8, 0x3b3 },
        { "write, 4, low bits", 11, BP_WRITE, LEN_4, 0x331 },
        { "both, 1", 8, BP_BOTH, LEN_1, 0x731 },
        { "both, 8", 8, BP_BOTH, LEN_8, 0x7b3 },
    };
    static const struct {
        void (*fn)(void);
        const char *next;
    } accesses[] = {
        { d_b8, d_b8_next }, { d_b15, d_b15_next }, { d_b16, d_b16_next },
        { d_w6, d_w6_next }, { d_w7, d_w7_next }, { d_q1, d_q1_next },
        { d_q0, d_q0_next }, { d_q15, d_q15_next }, { d_inc, d_inc_next },
        { d_sse, d_sse_next }, { d_read, d_read_next },
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned k = 0; k < sizeof(accesses) / sizeof(accesses[0]); k++) {
            set_bp(i & 3, watched + rows[i].off, rows[i].rw, rows[i].len);
            if (rows[i].hit >> k & 1) {
                hits(rows[i].name, accesses[k].fn, accesses[k].next, i & 3);
            } else {
                misses(rows[i].name, accesses[k].fn);
            }
        }
    }
    set_bp(2, watched + 8, BP_WRITE, LEN_8);
    traps("push", d_push, 1, 0);
    equal("push", "rip", trap_ip, (uint64_t)d_push_next);
    equal("push", "rsp", trap_sp, (uint64_t)watched + 8);
    dr6_is("push", 4);
    hits("movs", d_movs, d_movs_next, 2);
    /* By linear address, above 4 GiB */
    open_window();
    set_bp(0, WINDOW + 24, BP_WRITE, LEN_1);
    pages[0][24] = 0;
    dr6_is("another mapping", 0);
    hits("window", d_alias, d_alias_next, 0);
    USER_TRAPS("window, ring 3", u_alias, 1);
    dr6_is("window, ring 3", 1);
    /* Two at once; what is off shows nothing. */
    set_bp(3, watched + 8, BP_WRITE, LEN_1);
    write_dr1_((uint64_t)watched + 8);
    write_dr7(read_dr7() | 1 << 2 | BP_BOTH << 20);
    trap_is("two breakpoints", d_b8, 1, 0, d_b8_next, false);
    dr6_is("two breakpoints", 0xa);
    no_bp();
    misses("none", d_b8);
}

/* ---- breakpoints on instructions, ports; general detect ------------------------------------ */

CASE(d_nop, "nop", "nop")
CASE(d_after_ss, "mov %ss, %eax; mov %eax, %ss", "nop; int $0x50")
CASE(d_in, "", "in $0x80, %al")
CASE(d_out, "mov $0x7f, %edx", "out %ax, %dx")
CASE(d_in_far, "", "in $0x84, %al")
CASE(d_read_dr, "", "mov %dr0, %rax")
CASE(d_write_dr, "xor %eax, %eax", "mov %rax, %dr3")
USER_CASE(u_read_dr, "", "mov %dr0, %rax")
USER_CASE(u_nop, "nop", "nop")

static void test_code(void)
{
    set_bp(1, d_nop_at, BP_EXEC, LEN_1);
    /* A fault, but RF is the handler's to set. */
    trap_is("code", d_nop, 1, 0, d_nop_at, false);
    dr6_is("code", 2);
    trap_return = 1;
    trap_or = FL_RF;
    trap_logged = 0;
    fine("code, RF on return", d_nop);
    equal("code, RF on return", "traps", trap_logged, 1);
    equal("code, RF on return", "rip", trap_log[0].ip, (uint64_t)d_nop_at);
    trap_or = 0;
    dr6_is("code, RF on return", 2);
    set_bp(0, d_after_ss_at, BP_EXEC, LEN_1);
    traps("code behind mov ss", d_after_ss, 0x50, 0);
    dr6_is("code behind mov ss", 0);
    set_bp(0, u_nop_at, BP_EXEC, LEN_1);
    user_trap_is("code in ring 3", u_nop, 1, 0, u_nop_at, false);
    dr6_is("code in ring 3", 1);
    no_bp();
}

static void test_ports(void)
{
    unsigned long cr4 = read_cr4();

    write_cr4(cr4 | CR4_DE);
    set_bp(0, (void *)0x80, BP_IO, LEN_1);
    hits("port, in", d_in, d_in_next, 0);
    hits("port, word", d_out, d_out_next, 0);
    misses("port, another", d_in_far);
    set_bp(3, (void *)0x86, BP_IO, LEN_4);
    hits("port, 4", d_in_far, d_in_far_next, 3);
    no_bp();
    write_cr4(cr4);
}

static void test_general_detect(void)
{
    write_dr6(DR6_CLEAR);
    write_dr7(0x400 | DR7_GD);
    FAULTS("general detect, read", d_read_dr, 1, 0);
    equal("general detect", "GD", read_dr7(), 0x400);
    dr6_is("general detect", DR6_BD);
    write_dr7(0x400 | DR7_GD);
    FAULTS("general detect, write", d_write_dr, 1, 0);
    dr6_is("general detect", DR6_BD);
    write_dr7(0x400 | DR7_GD);
    USER_FAULTS("general detect, ring 3", u_read_dr, 13, 0);
    try(d_read_dr);
    write_dr6(0);
    equal("DR6", "of 0", read_dr6(), DR6_CLEAR);
    write_dr6(0xffffffff);
    equal("DR6", "of ones", read_dr6() & ~0x1f0ff0ul, 0xffe0e00f);
    write_dr7(0);
    equal("DR7", "of 0", read_dr7(), 0x400);
    write_dr6(DR6_CLEAR);
}

/* ---- steps and INT1 --------------------------------------------------------------------------- */

#define SET_TF "pushfq; orl $0x100, (%rsp); popfq;"
#define CLEAR_TF "pushfq; andl $~0x100, (%rsp); popfq;"
CASE(d_step, SET_TF, "nop")
CASE(d_int1, "", ".byte 0xf1")
CASE(d_int1_long, "", "int $1")
USER_CASE(u_int1, "", ".byte 0xf1")
USER_CASE(u_int1_long, "", "int $1")
USER_CASE(u_step, SET_TF, "nop")
FN(d_steps, SET_TF "nop; d_step0: mov %ss, %eax; d_step1: mov %eax, %ss; nop;"
            "d_step2: mov " WATCHED " + 8, %edi; d_step3: movb $1, (%rdi);"
            "d_step4:" CLEAR_TF "d_step5: nop; nop")
extern char d_step0[], d_step1[], d_step2[], d_step3[], d_step4[];
USER(u_syscall_steps, SET_TF "nop; u_step0: syscall; u_step1: nop; u_step2: nop;"
                      "u_step3:")
extern char u_step0[], u_step1[], u_step2[], u_step3[];
FN(d_sysret, "sysretq")
CASE(d_iret, "mov %rsp, %rcx; mov %ss, %eax; push %rax; push %rcx; push $0x102;"
     "mov %cs, %eax; push %rax; push $d_iret_next; iretq; nop", "nop")

/* The steps of fn end at these places, with DR6 as said. */
static void steps(const char *name, const char *const *at, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        equal(name, "rip of a step", trap_log[i].ip, (uint64_t)at[i]);
        equal(name, "vector of a step", trap_log[i].vector, 1);
        equal(name, "TF of a step", trap_log[i].flags & FL_TF, FL_TF);
        equal(name, "BS of a step", trap_log[i].dr6 & DR6_BS, DR6_BS);
    }
}

static void test_steps(void)
{
    /* Nothing behind MOV SS, but behind the instruction after it. */
    const char *const kernel[] = { d_step0, d_step1, d_step2, d_step3,
                                   d_step4 };
    const char *const user[] = { u_step0, u_step2, u_step3 };
    const unsigned long flags = FL_TF | 2;

    write_dr6(DR6_CLEAR);
    traps("step", d_step, 1, 0);
    equal("step", "rip", trap_ip, (uint64_t)d_step_next);
    equal("step", "rflags", trap_flags & ~(unsigned long)FL_ARITH, flags);
    equal("step", "TF in the handler", trap_handler_flags & FL_TF, 0);
    dr6_is("step", DR6_BS);
    user_traps("step in ring 3", u_step, 1, 0);
    equal("step in ring 3", "rip", trap_ip, (uint64_t)u_step_next);
    dr6_is("step in ring 3", DR6_BS);
    traps("iretq with TF", d_iret, 1, 0);
    dr6_is("iretq with TF", DR6_BS);
    trap_logged = 0;
    trap_return = 5;
    set_bp(1, watched + 8, BP_WRITE, LEN_1);
    traps("steps", d_steps, 1, 0);          /* the sixth */
    no_bp();
    steps("steps", kernel, 5);
    equal("steps", "traps", trap_logged, 5);
    equal("step onto a breakpoint", "DR6", trap_log[4].dr6,
          DR6_CLEAR | DR6_BS | 2);
    equal("step before it", "DR6", trap_log[3].dr6, DR6_CLEAR | DR6_BS);
    /* SYSCALL masks TF, SYSRET brings it back. */
    wrmsr(0xc0000082, (uint64_t)d_sysret);
    wrmsr(0xc0000084, FL_TF);
    trap_logged = 0;
    trap_return = 3;
    user_traps("steps across syscall", u_syscall_steps, 0x80, 0);
    steps("steps across syscall", user, 3);
    equal("steps across syscall", "left", trap_return, 0);
    equal("int 80h", "TF saved", trap_flags & FL_TF, FL_TF);
    trap_return = 0;
    write_dr6(DR6_CLEAR);
}

static void test_int1(void)
{
    TRAPS("int1", d_int1, 1);
    dr6_is("int1", 0);
    USER_TRAPS("int1 in ring 3", u_int1, 1);
    dr6_is("int1 in ring 3", 0);
    TRAPS("int 1", d_int1_long, 1);
    USER_FAULTS("int 1 in ring 3", u_int1_long, 13, 1 * 8 + 2);
}

void test_debug(void)
{
    test_data();
    test_code();
    test_ports();
    test_general_detect();
    test_steps();
    test_int1();
}
