/* SPDX-License-Identifier: MIT */
/*
 * Interrupt and trap gates of long mode, the interrupt stack table, the TSS and
 * IRETQ.  Source: Intel SDM vol. 3 ch. 6.14, vol. 2 (INT n, IRET, LTR).
 */
#include "test64.h"

/* ---- gates ------------------------------------------------------------------------ */

CASE(f_int51, "", "int $0x51")
CASE(f_int51_flags, "pushfq; orl $0x4200, (%rsp); popfq", "int $0x51")
CASE(f_int51_odd, "sub $5, %rsp", "int $0x51")
CASE(f_ud, "", "ud2")
USER_CASE(u_int51, "", "int $0x51")
USER_CASE(u_int51_flags, "pushfq; orl $0x4000, (%rsp); popfq", "int $0x51")
USER_CASE(u_int80, "", "int $0x80")

static char ist_stacks[8][512] __attribute__((aligned(16)));
static const uint64_t stub51 = 0x51 * 16;

static void gate51(unsigned sel, unsigned type, unsigned dpl)
{
    set_idt(0x51, gate64(sel, (uint64_t)trap_stubs + stub51, type, dpl, 0));
}

static void handler_began(const char *name, unsigned long frame,
                          unsigned long flags, unsigned long ss)
{
    equal(name, "frame", trap_frame, frame);
    equal(name, "flags in the handler",
          trap_handler_flags & ~(unsigned long)FL_ARITH, flags);
    equal(name, "cs in the handler", trap_handler_cs, KCODE);
    equal(name, "ss in the handler", trap_handler_ss, ss);
}

static void test_entry(void)
{
    unsigned long top = (unsigned long)trap_stack_top;

    gate51(KCODE, GATE_INT, 3);
    TRAPS("interrupt gate", f_int51, 0x51);
    handler_began("interrupt gate", ((try_sp - 8) & ~15ul) - 40, 2, KDATA);
    traps("interrupt gate, IF and NT", f_int51_flags, 0x51, 0);
    equal("interrupt gate", "rflags", trap_flags & 0x7fff02, 0x4202);
    equal("interrupt gate", "flags in the handler",
          trap_handler_flags & 0x7fff02, 2);
    traps("rsp rounded down", f_int51_odd, 0x51, 0);
    equal("rsp rounded down", "rsp", trap_sp, try_sp - 13);
    equal("rsp rounded down", "frame", trap_frame,
          ((try_sp - 13) & ~15ul) - 40);
    USER_TRAPS("interrupt gate from ring 3", u_int51, 0x51);
    handler_began("interrupt gate from ring 3", top - 40, 2, 0);
    user_flags = 2 | FL_IF;
    USER_TRAPS("interrupt gate from ring 3, IF", u_int51, 0x51);
    handler_began("interrupt gate from ring 3, IF", top - 40, 2, 0);
    gate51(KCODE, GATE_TRAP, 3);
    traps("trap gate, IF and NT", f_int51_flags, 0x51, 0);
    equal("trap gate", "rflags", trap_flags & 0x7fff02, 0x4202);
    equal("trap gate", "flags in the handler", trap_handler_flags & 0x7fff02,
          0x202);
    USER_TRAPS("trap gate from ring 3, IF", u_int51, 0x51);
    handler_began("trap gate from ring 3, IF", top - 40, 0x202, 0);
    user_flags = 2;
    tss.rsp[0] = top - 256 + 8;
    USER_TRAPS("RSP0 rounded down", u_int51, 0x51);
    handler_began("RSP0 rounded down", top - 256 - 40, 2, 0);
    tss.rsp[0] = top;
    user_mode32();
    USER_TRAPS("gate from compatibility mode", u_int51, 0x51);
    handler_began("gate from compatibility mode", top - 40, 2, 0);
    user_mode64();
}

static void test_ist(void)
{
    for (unsigned i = 1; i < 8; i++) {
        uint64_t sp = (uint64_t)ist_stacks[i] + 512 - i * 8;

        tss.ist[i] = sp;
        set_ist(0x51, i);
        TRAPS("IST", f_int51, 0x51);
        handler_began("IST", (sp & ~15ul) - 40, 2, KDATA);
        idt[0x51].lo |= 3ull << 45;
        USER_TRAPS("IST from ring 3", u_int51, 0x51);
        handler_began("IST from ring 3", (sp & ~15ul) - 40, 2, 0);
    }
    reset_idt(0x51);
}

/* ---- gates that are wrong ---------------------------------------------------------- */

static void wrong(const char *name, unsigned vector, unsigned error)
{
    FAULTS(name, f_int51, vector, error);
}

static void test_wrong_gates(void)
{
    static const uint8_t types[] = { 0, 1, 4, 5, 6, 7, 9, 11, 12, 16, 31 };
    const unsigned own = 0x51 * 8 + 2;

    gate51(KCODE, GATE_INT, 0);
    USER_FAULTS("gate of DPL 0 from ring 3", u_int51, 13, own);
    idt[0x51].lo &= ~(1ull << 47);
    wrong("gate not present", 11, own);
    for (unsigned i = 0; i < sizeof(types); i++) {
        gate51(KCODE, types[i], 0);
        wrong("gate of a wrong type", 13, own);
    }
    gate51(0, GATE_INT, 0);
    wrong("gate to null", 13, 0);
    gate51(3, GATE_INT, 0);
    wrong("gate to null, RPL 3", 13, 0);
    gate51(KDATA, GATE_INT, 0);
    wrong("gate to data", 13, KDATA);
    gate51(KCODE32, GATE_INT, 0);
    wrong("gate to 32-bit code", 13, KCODE32);
    gate51(CODE_LD, GATE_INT, 0);
    wrong("gate to code with L and D", 13, CODE_LD);
    gate51(UCODE, GATE_INT, 0);
    wrong("gate to outer code", 13, UCODE);
    gate51(NP_CODE, GATE_INT, 0);
    wrong("gate to absent code", 11, NP_CODE);
    gate51(0xff8, GATE_INT, 0);
    wrong("gate beyond the GDT", 13, 0xff8);
    gate51(TSS_SEL, GATE_INT, 0);
    wrong("gate to a TSS", 13, TSS_SEL);
    set_idt(0x51, gate64(KCODE, NON_CANONICAL, GATE_INT, 0, 0));
    wrong("gate to no canonical place", 13, 0);
    reset_idt(0x51);
    load_idt(0x51 * 16 + 14);
    wrong("beyond the IDT", 13, own);
    load_idt(0x51 * 16 + 15);
    TRAPS("up to the IDT's limit", f_int51, 0x51);
    load_idt(256 * 16 - 1);
    /* Not by an instruction: the external bit */
    set_idt(6, gate64(KDATA, (uint64_t)trap_stubs, GATE_INT, 0, 0));
    FAULTS("#UD's gate to data", f_ud, 13, KDATA + 1);
    set_idt(6, gate64(0, (uint64_t)trap_stubs, GATE_INT, 0, 0));
    FAULTS("#UD's gate to null", f_ud, 13, 1);
    set_idt(6, gate64(KCODE, (uint64_t)trap_stubs, GATE_CALL, 0, 0));
    FAULTS("#UD's gate of a wrong type", f_ud, 13, 6 * 8 + 3);
    reset_idt(6);
}

static void go_int51(void)
{
    enter_user(u_int51);
}

/* Handlers that do not run in ring 0 can do little: what stops them shows how
 * they began. */
static void test_levels(void)
{
    gate51(CONFORMING, GATE_INT, 3);
    TRAPS("gate to conforming code", f_int51, 0x51);
    equal("gate to conforming code", "cs", trap_handler_cs, CONFORMING);
    user_cs = CONFORMING + 3;
    user_traps("conforming handler in ring 3", u_int51, 14, 0x15);
    user_cs = UCODE + 3;
    equal("conforming handler in ring 3", "rip", trap_ip,
          (unsigned long)trap_stubs + stub51);
    equal("conforming handler in ring 3", "rsp", trap_sp,
          (unsigned long)user_stack_top - 40);
    equal("conforming handler in ring 3", "ss", trap_ss, UDATA + 3);
    tss.rsp[1] = (uint64_t)ist_stacks[3];
    gate51(CODE_RING1, GATE_INT, 3);
    traps("handler in ring 1", go_int51, 13, 0);        /* reads CR2 */
    equal("handler in ring 1", "cs", trap_cs, CODE_RING1 + 1);
    equal("handler in ring 1", "ss", trap_ss, 1);
    equal("handler in ring 1", "rsp", trap_sp, tss.rsp[1]);
    reset_idt(0x51);
}

/* ---- the TSS ------------------------------------------------------------------------- */

static void load_tss(uint32_t limit)
{
    set_descriptor16(TSS_SEL, (uint64_t)&tss, limit, 0x089);
    __asm__ volatile("ltr %w0" : : "r"(TSS_SEL));
}

static void test_tss(void)
{
    equal("LTR", "busy", gdt[TSS_SEL / 8] >> 40 & 31, 11);
    load_tss(90);
    set_ist(0x51, 7);
    wrong("IST7 beyond the TSS", 10, TSS_SEL);
    load_tss(91);
    TRAPS("IST7 at the TSS's limit", f_int51, 0x51);
    equal("IST7 at the TSS's limit", "frame", trap_frame,
          (tss.ist[7] & ~15ul) - 40);
    load_tss(sizeof(tss) - 1);
    set_ist(0x51, 6);
    tss.ist[6] = NON_CANONICAL + 0x1000;
    wrong("IST6 not canonical", 12, 0);
    reset_idt(0x51);
    /* RSP0 no good: #SS has a stack of its own. */
    set_ist(12, 1);
    tss.rsp[0] = NON_CANONICAL + 0x1000;
    USER_FAULTS("RSP0 not canonical", u_int80, 12, 0);
    tss.rsp[0] = (uint64_t)trap_stack_top;
    reset_idt(12);
}

/* ---- IRETQ ----------------------------------------------------------------------------- */

static char landing_stack[256] __attribute__((aligned(16)));
CASE(f_iretq, "lea -40(%rsp), %rsp; mov $back_frame, %esi; mov %rsp, %rdi;"
     "mov $5, %ecx; rep movsq; mov back_flags, %rax; push %rax; popfq",
     "iretq")
CASE(f_iretl, "lea -20(%rsp), %rsp; mov $back_frame, %esi; mov %rsp, %rdi;"
     "mov $5, %ecx; 1: movsl; add $4, %rsi; loop 1b", "iretl")
CASE(f_landed, "", "int $0x55")
USER_CASE(u_landed, "mov %ds, %eax; mov %es, %ecx", "int $0x80")
USER_CASE(u_iretq, "push $0x10; push %rsp; pushfq; push $0x8; push $0x1000",
          "iretq")
USER(u_iretq_own, "mov %ss, %eax; mov %rsp, %rcx; push %rax; push %rcx;"
                  "pushfq; orl $0x3200, (%rsp); mov %cs, %eax; push %rax;"
                  "lea 1f(%rip), %rax; push %rax; iretq; 1:")
uint64_t back_frame[5], back_flags = 2;

static void set_back(const void *ip, unsigned cs, uint64_t flags, uint64_t sp,
                     unsigned ss)
{
    back_frame[0] = (uint64_t)ip;
    back_frame[1] = cs;
    back_frame[2] = flags;
    back_frame[3] = sp;
    back_frame[4] = ss;
}

static uint64_t landing(void)
{
    return (uint64_t)landing_stack + sizeof(landing_stack);
}

static void iret_fails(const char *name, unsigned vector, unsigned error)
{
    traps(name, f_iretq, vector, error);
    equal(name, "rip", trap_ip, (unsigned long)f_iretq_at);
    equal(name, "rsp", trap_sp, try_sp - 48);
    equal(name, "cs", trap_cs, KCODE);
}

/* To ip, where a software interrupt follows at once. */
static void iret_goes(const char *name, unsigned vector, const void *next,
                      unsigned long flags)
{
    traps(name, f_iretq, vector, 0);
    equal(name, "rip", trap_ip, (unsigned long)next);
    equal(name, "cs", trap_cs, back_frame[1]);
    equal(name, "rflags", trap_flags, flags);
    equal(name, "rsp", trap_sp, back_frame[3]);
    equal(name, "ss", trap_ss, back_frame[4]);
}

static void test_iret(void)
{
    const uint64_t user = (uint64_t)user_stack_top;

    set_back(f_landed_at, KCODE, 0x3247, landing(), KDATA);
    iret_goes("iretq in ring 0", 0x55, f_landed_next, 0x3247);
    set_back(f_landed_at, KCODE, 2, landing() - 3, 0);
    iret_goes("iretq, null ss", 0x55, f_landed_next, 2);
    set_back(f_landed_at, KCODE, 2 | 1 << 17 | 0x240000, landing(), KDATA);
    iret_goes("iretq, VM ignored", 0x55, f_landed_next, 0x240002);
    set_back(f_landed_at, KCODE32, 2, landing(), KDATA);
    iret_goes("iretq to 32-bit code", 0x55, f_landed_next, 2);
    set_back(u_landed_at, UCODE + 3, 0x3202, user, UDATA + 3);
    iret_goes("iretq to ring 3", 0x80, u_landed_next, 0x3202);
    set_back(u_landed_at, UCODE32 + 3, 2, user, UDATA + 3);
    iret_goes("iretq to 32-bit ring 3", 0x80, u_landed_next, 2);
    set_back(f_landed_at, CODE_RING1 + 1, 2, landing(), 1);
    set_idt(0x55, gate64(KCODE, (uint64_t)trap_stubs + 16 * 0x55, GATE_INT, 1,
                         0));
    iret_goes("iretq to ring 1, null ss", 0x55, f_landed_next, 2);
    set_back(f_landed_at, CODE_RING1 + 1, 2, landing(), DATA_RING1 + 1);
    iret_goes("iretq to ring 1", 0x55, f_landed_next, 2);
    reset_idt(0x55);
    set_back(f_landed_at, KCODE, 2, landing(), KDATA);
    traps("iretl in 64-bit code", f_iretl, 0x55, 0);
    equal("iretl in 64-bit code", "rsp", trap_sp, landing());
    user_traps("iretq in ring 3", u_iretq_own, 0x80, 0);
    equal("iretq in ring 3", "rflags", trap_flags, 2);
    user_traps("iretq from ring 3 to 0", u_iretq, 13, KCODE);
    equal("iretq from ring 3 to 0", "rip", trap_ip, (unsigned long)u_iretq_at);
}

static void test_iret_segments(void)
{
    unsigned es;

    __asm__ volatile("mov %0, %%ds; mov %1, %%es" : : "r"(KDATA),
                     "r"(UDATA + 3));
    set_back(u_landed, UCODE + 3, 2, (uint64_t)user_stack_top, UDATA + 3);
    traps("segments in ring 3", f_iretq, 0x80, 0);
    equal("segments in ring 3", "ds", trap_rax & 0xffff, 0);
    equal("segments in ring 3", "es", trap_rcx & 0xffff, UDATA + 3);
    __asm__ volatile("mov %%es, %0; mov %1, %%ds; mov %1, %%es"
                     : "=&r"(es) : "r"(KDATA));
    equal("segments in ring 3", "es later", es & 0xffff, UDATA + 3);
}

static void test_wrong_iret(void)
{
    static const struct {
        const char *name;
        unsigned cs, ss, vector, error;
    } rows[] = {
        { "iretq to null", 0, KDATA, 13, 0 },
        { "iretq to data", KDATA, KDATA, 13, KDATA },
        { "iretq to absent code", NP_CODE, KDATA, 11, NP_CODE },
        { "iretq to code with L and D", CODE_LD, KDATA, 13, CODE_LD },
        { "iretq to a TSS", TSS_SEL, KDATA, 13, TSS_SEL },
        { "iretq beyond the GDT", 0xff8, KDATA, 13, 0xff8 },
        { "iretq to ring 3 code, RPL 0", UCODE, KDATA, 13, UCODE },
        { "iretq to ring 0 code, RPL 3", KCODE + 3, KDATA, 13, KCODE },
        { "iretq, ss of ring 3", KCODE, UDATA, 13, UDATA },
        { "iretq, ss of RPL 3", KCODE, KDATA + 3, 13, KDATA },
        { "iretq, ss absent", KCODE, NP_DATA, 12, NP_DATA },
        { "iretq, ss read-only", KCODE, RO_DATA, 13, RO_DATA },
        { "iretq, ss code", KCODE, KCODE, 13, KCODE },
        { "iretq, ss beyond the GDT", KCODE, 0xff8, 13, 0xff8 },
        { "iretq to ring 3, ss null", UCODE + 3, 3, 13, 0 },
        { "iretq to ring 3, ss of ring 0", UCODE + 3, KDATA, 13, KDATA },
        { "iretq to 32-bit code, ss null", KCODE32, 0, 13, 0 },
        { "iretq to ring 1, ss null of ring 0", CODE_RING1 + 1, 0, 13, 0 },
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        set_back(f_landed_at, rows[i].cs, 2, landing(), rows[i].ss);
        iret_fails(rows[i].name, rows[i].vector, rows[i].error);
    }
    set_back((void *)NON_CANONICAL, KCODE, 2, landing(), KDATA);
    iret_fails("iretq to no canonical place", 13, 0);
    set_back((void *)0x10000, KCODE16, 2, landing(), KDATA);
    iret_fails("iretq beyond the limit", 13, 0);
    set_back(f_landed_at, KCODE, 2, landing(), KDATA);
    back_flags = 2 | FL_NT;
    iret_fails("iretq with NT", 13, 0);
    back_flags = 2;
}

void test_gates(void)
{
    test_entry();
    test_ist();
    test_wrong_gates();
    test_levels();
    test_tss();
    test_iret();
    test_iret_segments();
    test_wrong_iret();
}
