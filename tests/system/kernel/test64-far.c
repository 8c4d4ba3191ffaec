/* SPDX-License-Identifier: MIT */
/*
 * Far transfers of long mode: call gates, far jumps, calls and returns; the
 * LDT, the task register and the instructions that ask for descriptors.
 * Source: Intel SDM vol. 2 (CALL, JMP, RET, LLDT, LTR, LAR), vol. 3 ch. 5.8.
 */
#include "test64.h"

/* Where far transfers go: m16:64, and m16:32. */
struct { uint64_t off; uint16_t sel; } __attribute__((packed)) far64_ptr;
struct { uint32_t off; uint16_t sel; } __attribute__((packed)) far32_ptr;

CASE(f_jmp64, "", "rex.w ljmp *far64_ptr")
CASE(f_call64, "", "rex.w lcall *far64_ptr")
CASE(f_jmp32, "", "ljmp *far32_ptr")
CASE(f_call32, "", "lcall *far32_ptr")
CASE(f_here, "", "int $0x55")
FN(far_target, "pop far_stack; pop far_stack + 8; push far_stack + 8;"
               "push far_stack; lretq")
FN(far_target32, CODE32("mov (%esp), %eax; mov %eax, far_stack;"
                        "mov 4(%esp), %eax; mov %eax, far_stack + 8; lret"))
uint64_t far_stack[4];

static void aim(const void *off, unsigned sel)
{
    far64_ptr.off = (uint64_t)off;
    far64_ptr.sel = sel;
    far32_ptr.off = (uint64_t)off;
    far32_ptr.sel = sel;
}

static void far_fails(const char *name, unsigned vector, unsigned error)
{
    FAULTS(name, f_jmp64, vector, error);
    FAULTS(name, f_call64, vector, error);
}

static void test_direct(void)
{
    static const struct {
        const char *name;
        unsigned sel, vector, error;
    } rows[] = {
        { "far to null", 0, 13, 0 },
        { "far to data", KDATA, 13, KDATA },
        { "far to absent code", NP_CODE, 11, NP_CODE },
        { "far to ring 3", UCODE + 3, 13, UCODE },
        { "far to ring 0, RPL 3", KCODE + 3, 13, KCODE },
        { "far to code with L and D", CODE_LD, 13, CODE_LD },
        { "far to a busy TSS", TSS_SEL, 13, TSS_SEL },
        { "far beyond the GDT", 0xff8, 13, 0xff8 },
        { "far by the LDT", 0x14, 13, 0x14 },
    };
    static const uint8_t types[] = { 1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 15 };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        aim(f_here, rows[i].sel);
        far_fails(rows[i].name, rows[i].vector, rows[i].error);
    }
    for (unsigned i = 0; i < sizeof(types); i++) {
        set_descriptor16(SCRATCH, (uint64_t)&tss, 0x67, 0x80 | types[i]);
        aim(f_here, SCRATCH);
        far_fails("far to a system segment", 13, SCRATCH);
    }
    aim((void *)NON_CANONICAL, KCODE);
    far_fails("far to no canonical place", 13, 0);
    aim((void *)0x10000, KCODE16);
    far_fails("far beyond the limit", 13, 0);
}

static void test_far_goes(void)
{
    aim(f_here, KCODE);
    traps("far jmp, 64", f_jmp64, 0x55, 0);
    equal("far jmp, 64", "rip", trap_ip, (uint64_t)f_here_next);
    equal("far jmp, 64", "rsp", trap_sp, try_sp - 8);
    traps("far jmp, 32", f_jmp32, 0x55, 0);
    equal("far jmp, 32", "rip", trap_ip, (uint64_t)f_here_next);
    aim(f_here, CONFORMING + 3);
    traps("far jmp to conforming code", f_jmp64, 0x55, 0);
    equal("far jmp to conforming code", "cs", trap_cs, CONFORMING);
    aim(f_here, KCODE32);
    traps("far jmp to 32-bit code", f_jmp32, 0x55, 0);
    equal("far jmp to 32-bit code", "cs", trap_cs, KCODE32);
    equal("far jmp to 32-bit code", "rip", trap_ip, (uint64_t)f_here_next);
    aim(far_target, KCODE);
    fine("far call, 64", f_call64);
    equal("far call, 64", "rip", far_stack[0], (uint64_t)f_call64_next);
    equal("far call, 64", "cs", far_stack[1], KCODE);
    aim(far_target32, KCODE32);
    fine("far call to 32-bit code and back", f_call32);
    equal("far call, 32", "eip", far_stack[0], (uint64_t)f_call32_next);
    equal("far call, 32", "cs", far_stack[1] & 0xffff, KCODE);
}

/* ---- returns ------------------------------------------------------------------------- */

uint64_t ret_frame[4];
CASE(f_retf, "push ret_frame + 24; push ret_frame + 16; push ret_frame + 8;"
     "push ret_frame", "lretq")
CASE(f_retf_n, "push ret_frame + 24; push ret_frame + 16; push $0; push $0;"
     "push ret_frame + 8; push ret_frame", "lretq $16")
USER_CASE(u_here, "", "int $0x80")
USER_CASE(u_retf, "push $8; push $0x1000", "lretq")

static void set_ret(const void *ip, unsigned cs, uint64_t sp, unsigned ss)
{
    ret_frame[0] = (uint64_t)ip;
    ret_frame[1] = cs;
    ret_frame[2] = sp;
    ret_frame[3] = ss;
}

static void ret_fails(const char *name, unsigned cs, unsigned ss,
                      unsigned vector, unsigned error)
{
    set_ret(f_here, cs, (uint64_t)user_stack_top, ss);
    traps(name, f_retf, vector, error);
    equal(name, "rip", trap_ip, (uint64_t)f_retf_at);
    equal(name, "rsp", trap_sp, try_sp - 40);
}

static void test_returns(void)
{
    const uint64_t user = (uint64_t)user_stack_top;

    set_ret(u_here, UCODE + 3, user, UDATA + 3);
    traps("far ret to ring 3", f_retf, 0x80, 0);
    equal("far ret to ring 3", "cs", trap_cs, UCODE + 3);
    equal("far ret to ring 3", "ss", trap_ss, UDATA + 3);
    equal("far ret to ring 3", "rsp", trap_sp, user);
    set_ret(u_here, UCODE + 3, user - 64, UDATA + 3);
    traps("far ret n to ring 3", f_retf_n, 0x80, 0);
    equal("far ret n to ring 3", "rsp", trap_sp, user - 48);
    set_ret(u_here, UCODE32 + 3, user, UDATA + 3);
    traps("far ret to 32-bit ring 3", f_retf, 0x80, 0);
    equal("far ret to 32-bit ring 3", "cs", trap_cs, UCODE32 + 3);
    set_ret(f_here, KCODE, user, UDATA + 3);
    traps("far ret in ring 0", f_retf, 0x55, 0);
    equal("far ret in ring 0", "rsp", trap_sp, try_sp - 24);
    ret_fails("far ret to null", 0, UDATA + 3, 13, 0);
    ret_fails("far ret to data", KDATA, UDATA + 3, 13, KDATA);
    ret_fails("far ret to absent code", NP_CODE, UDATA + 3, 11, NP_CODE);
    ret_fails("far ret to ring 3, ss null", UCODE + 3, 3, 13, 0);
    ret_fails("far ret to ring 3, ss of ring 0", UCODE + 3, KDATA, 13, KDATA);
    ret_fails("far ret, ss absent", UCODE + 3, NP_DATA + 3, 13, NP_DATA);
    user_traps("far ret from ring 3 to 0", u_retf, 13, KCODE);
    set_ret((void *)NON_CANONICAL, KCODE, user, UDATA + 3);
    traps("far ret to no canonical place", f_retf, 13, 0);
}

/* ---- call gates ------------------------------------------------------------------------ */

uint64_t gate_rsp, gate_ss, gate_cs, gate_frame[4];
FN(gate_target, "mov %rsp, gate_rsp; mov %ss, %eax; mov %rax, gate_ss;"
                "mov %cs, %eax; mov %rax, gate_cs; cld; mov %rsp, %rsi;"
                "mov $gate_frame, %edi; mov $4, %ecx; rep movsq; lretq")
USER_CASE(u_gate, "", "lcall *u_gate_ptr")
USER_CASE(u_gate_jmp, "", "ljmp *u_gate_ptr")
USER_CASE(u_gate32, CODE32(""), ".byte 0x9a; .long 0; .word 0x73")
__asm__(".pushsection .user.data, \"aw\"; u_gate_ptr: .long 0; .word 0x73;"
        ".popsection");

static void set_gate(unsigned sel, const void *off, unsigned dpl)
{
    Gate64 g = gate64(sel, (uint64_t)off, GATE_CALL, dpl, 0);

    gdt[GATE_SEL / 8] = g.lo;
    gdt[GATE_SEL / 8 + 1] = g.hi;
}

static void through(const char *name, unsigned cs, const void *next)
{
    equal(name, "rsp there", gate_rsp, (uint64_t)trap_stack_top - 32);
    equal(name, "cs there", gate_cs, KCODE);
    equal(name, "ss there", gate_ss, 0);
    equal(name, "rip saved", gate_frame[0], (uint64_t)next);
    equal(name, "cs saved", gate_frame[1], cs);
    equal(name, "rsp saved", gate_frame[2], (uint64_t)user_stack_top);
    equal(name, "ss saved", gate_frame[3], UDATA + 3);
    equal(name, "rsp after", trap_sp, (uint64_t)user_stack_top);
    equal(name, "cs after", trap_cs, cs);
}

static void gate_fails(const char *name, unsigned vector, unsigned error)
{
    USER_FAULTS(name, u_gate, vector, error);
}

static void test_gate_goes(void)
{
    set_gate(KCODE, gate_target, 3);
    user_traps("call gate", u_gate, 0x80, 0);
    through("call gate", UCODE + 3, u_gate_next);
    user_mode32();
    user_traps("call gate from 32-bit code", u_gate32, 0x80, 0);
    through("call gate from 32-bit code", UCODE32 + 3, u_gate32_next);
    user_mode64();
    aim(0, GATE_SEL);
    fine("call gate in ring 0", f_call64);
    equal("call gate in ring 0", "rip saved", gate_frame[0],
          (uint64_t)f_call64_next);
    equal("call gate in ring 0", "cs saved", gate_frame[1], KCODE);
    equal("call gate in ring 0", "rsp there", gate_rsp, try_sp - 24);
    equal("call gate in ring 0", "ss there", gate_ss, KDATA);
    set_gate(KCODE, f_here, 3);
    traps("jmp through a gate", f_jmp64, 0x55, 0);
    equal("jmp through a gate", "rsp", trap_sp, try_sp - 8);
    USER_FAULTS("jmp through a gate to ring 0", u_gate_jmp, 13, KCODE);
}

static void test_wrong_call_gates(void)
{
    set_gate(KCODE, gate_target, 0);
    gate_fails("gate of DPL 0", 13, GATE_SEL);
    set_gate(KCODE, gate_target, 3);
    gdt[GATE_SEL / 8] &= ~(1ull << 47);
    gate_fails("call gate not present", 11, GATE_SEL);
    set_gate(KCODE, gate_target, 3);
    gdt[GATE_SEL / 8 + 1] |= 1ull << 40;
    gate_fails("call gate, upper type", 13, GATE_SEL);
    set_gate(0, gate_target, 3);
    gate_fails("call gate to null", 13, 0);
    set_gate(KDATA, gate_target, 3);
    gate_fails("call gate to data", 13, KDATA);
    set_gate(KCODE32, gate_target, 3);
    gate_fails("call gate to 32-bit code", 13, KCODE32);
    set_gate(CODE_LD, gate_target, 3);
    gate_fails("call gate to code with L and D", 13, CODE_LD);
    set_gate(NP_CODE, gate_target, 3);
    gate_fails("call gate to absent code", 11, NP_CODE);
    set_gate(KCODE, (void *)NON_CANONICAL, 3);
    gate_fails("call gate to no canonical place", 13, 0);
    set_gate(KCODE, gate_target, 3);
    set_ist(12, 1);
    tss.rsp[0] = NON_CANONICAL + 0x1000;
    gate_fails("call gate, RSP0 not canonical", 12, 0);
    tss.rsp[0] = (uint64_t)trap_stack_top;
    reset_idt(12);
}

/* ---- LDT, task register ------------------------------------------------------------------ */

static uint64_t ldt[2] __attribute__((aligned(16)));
#define LOAD_TABLE(insn) "mov $0xb8, %ecx", insn " %cx"
CASE(f_lldt, LOAD_TABLE("lldt"))
CASE(f_ltr, LOAD_TABLE("ltr"))
CASE(f_lldt_ti, "mov $4, %ecx", "lldt %cx")
CASE(f_ltr_null, "xor %ecx, %ecx", "ltr %cx")
CASE(f_ltr_busy, "mov $0x50, %ecx", "ltr %cx")
CASE(f_ds_ldt, "mov $4, %ecx", "mov %ecx, %ds")
CASE(f_ds_ldt2, "mov $12, %ecx", "mov %ecx, %ds")
FN(fine_ds_ldt, "mov $4, %ecx; mov %ecx, %ds; mov $0x10, %ecx; mov %ecx, %ds")
USER_CASE(u_lldt, "", "lldt %cx")
USER_CASE(u_ltr, "", "ltr %cx")

/* The LDT is beyond 4 GiB: its base takes the descriptor's upper half. */
static void test_ldt(void)
{
    const uint64_t far = 1ull << 39;
    unsigned sel;

    boot_pml4[1] = boot_pml4[0];
    ldt[0] = DESCRIPTOR(0, 0xfffff, 0xc92);
    set_descriptor16(LDT_SEL, far + (uint64_t)ldt, 7, 0x082);
    __asm__ volatile("lldt %w0" : : "r"(LDT_SEL));
    __asm__ volatile("sldt %0" : "=r"(sel));
    equal("LLDT", "selector", sel, LDT_SEL);
    fine("segment of the LDT", fine_ds_ldt);
    equal("segment of the LDT", "accessed", ldt[0] >> 40 & 1, 1);
    FAULTS("beyond the LDT", f_ds_ldt2, 13, 12);
    __asm__ volatile("lldt %w0" : : "r"(0));
    FAULTS("no LDT", f_ds_ldt, 13, 4);
    FAULTS("LLDT by the LDT", f_lldt_ti, 13, 4);
    set_descriptor16(SCRATCH, NON_CANONICAL, 7, 0x082);
    FAULTS("LDT at no canonical place", f_lldt, 13, SCRATCH);
    set_descriptor16(SCRATCH, 0, 7, 0x002);
    FAULTS("LDT not present", f_lldt, 11, SCRATCH);
    set_descriptor16(SCRATCH, 0, 7, 0x089);
    FAULTS("LLDT of a TSS", f_lldt, 13, SCRATCH);
    USER_FAULTS("LLDT in ring 3", u_lldt, 13, 0);
    boot_pml4[1] = 0;
    write_cr3(read_cr3());
}

static void test_ltr(void)
{
    unsigned sel;

    __asm__ volatile("str %0" : "=r"(sel));
    equal("STR", "selector", sel, TSS_SEL);
    FAULTS("LTR of null", f_ltr_null, 13, 0);
    FAULTS("LTR of a busy TSS", f_ltr_busy, 13, TSS_SEL);
    set_descriptor16(SCRATCH, (uint64_t)&tss, 0x67, 0x009);
    FAULTS("TSS not present", f_ltr, 11, SCRATCH);
    set_descriptor16(SCRATCH, (uint64_t)&tss, 0x67, 0x081);
    FAULTS("16-bit TSS", f_ltr, 13, SCRATCH);
    set_descriptor16(SCRATCH, NON_CANONICAL, 0x67, 0x089);
    FAULTS("TSS at no canonical place", f_ltr, 13, SCRATCH);
    equal("failed LTR", "not busy", gdt[SCRATCH / 8] >> 40 & 31, 9);
    set_descriptor16(SCRATCH, (uint64_t)&tss, 0x67, 0x093);
    FAULTS("LTR of data", f_ltr, 13, SCRATCH);
    USER_FAULTS("LTR in ring 3", u_ltr, 13, 0);
}

/* ---- LAR, LSL, VERR, VERW ------------------------------------------------------------------ */

/* ZF << 32 and the value */
static uint64_t lar(unsigned sel)
{
    uint64_t v = 0;
    bool z;

    __asm__("lar %w2, %k0" : "+r"(v), "=@ccz"(z) : "r"(sel));
    return (uint64_t)z << 32 | (z ? (uint32_t)v : 0);
}

static uint64_t lsl(unsigned sel)
{
    uint64_t v = 0;
    bool z;

    __asm__("lsl %w2, %k0" : "+r"(v), "=@ccz"(z) : "r"(sel));
    return (uint64_t)z << 32 | (z ? (uint32_t)v : 0);
}

static unsigned ver(unsigned sel)
{
    bool r, w;

    __asm__("verr %w1" : "=@ccz"(r) : "r"(sel));
    __asm__("verw %w1" : "=@ccz"(w) : "r"(sel));
    return r | w << 1;
}

static void test_queries(void)
{
    const uint64_t z = 1ull << 32;

    set_gate(KCODE, gate_target, 3);
    equal("LAR", "64-bit code", lar(KCODE), z | 0x00af9b00);
    equal("LAR", "TSS", lar(TSS_SEL) & ~0xf0000ull, z | 0x8b00);
    equal("LAR", "LDT", lar(LDT_SEL) & ~0xf0000ull, z | 0x8200);
    equal("LAR", "call gate", lar(GATE_SEL) & (z | 0xff00), z | 0xec00);
    equal("LAR", "RPL above DPL", lar(KCODE + 3), 0);
    equal("LAR", "null", lar(0), 0);
    set_descriptor16(SCRATCH, 0, 0x67, 0x081);
    equal("LAR", "16-bit TSS", lar(SCRATCH), 0);
    set_descriptor16(SCRATCH, 0, 0x67, 0x085);
    equal("LAR", "task gate", lar(SCRATCH), 0);
    set_descriptor16(SCRATCH, 0, 0x67, 0x08e);
    equal("LAR", "interrupt gate", lar(SCRATCH), 0);
    equal("LSL", "code", lsl(KCODE), z | 0xffffffff);
    equal("LSL", "by bytes", lsl(SMALL_DATA), z | 0xfff);
    equal("LSL", "TSS", lsl(TSS_SEL), z | (sizeof(tss) - 1));
    equal("LSL", "call gate", lsl(GATE_SEL), 0);
    equal("VERR, VERW", "read-only", ver(RO_DATA), 1);
    equal("VERR, VERW", "data", ver(KDATA), 3);
    equal("VERR, VERW", "code", ver(KCODE), 1);
    equal("VERR, VERW", "TSS", ver(TSS_SEL), 0);
}

void test_far(void)
{
    test_direct();
    test_far_goes();
    test_returns();
    test_gate_goes();
    test_wrong_call_gates();
    test_ldt();
    test_ltr();
    test_queries();
}
