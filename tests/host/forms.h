/*
 * forms.h - the table of instruction forms under test (forms.def).
 */
#ifndef TESTS_HOST_FORMS_H
#define TESTS_HOST_FORMS_H
#include <stdint.h>
#include <Zydis/Zydis.h>

enum form_group {
    GROUP_INTEGER,
    GROUP_STRING,
    GROUP_VECTOR,
    GROUP_FLOAT,
    GROUP_X87,
    GROUP_COUNT
};

/*
 * R general register, M memory, RM either, X vector register, XM either, I
 * immediate; without a number: of the form's width.
 */
enum form_operand {
    OPERAND_NO,
    OPERAND_R,
    OPERAND_RM,
    OPERAND_M,
    OPERAND_I,
    OPERAND_I8,
    OPERAND_CL,
    OPERAND_AX,
    OPERAND_RM8,
    OPERAND_RM16,
    OPERAND_RM32,
    OPERAND_RM64,
    OPERAND_RM16R32,
    OPERAND_X,
    OPERAND_XM32,
    OPERAND_XM64,
    OPERAND_XM128,
    OPERAND_M16,
    OPERAND_M32,
    OPERAND_M64,
    OPERAND_M80,
    OPERAND_M128,
    OPERAND_ST0,
    OPERAND_STI,
    OPERAND_PREDICATE,
};

/* Flags that the manual leaves undefined. */
enum form_undefined {
    UNDEFINED_NONE,
    UNDEFINED_AF,
    UNDEFINED_MUL, /* SF, ZF, AF, PF */
    UNDEFINED_ALL,
    UNDEFINED_SHIFT,    /* AF; OF unless by 1; CF from beyond the operand */
    UNDEFINED_ROTATE,   /* OF unless by 1 */
    UNDEFINED_BIT_TEST, /* all but CF and ZF */
    UNDEFINED_BIT_SCAN, /* all but ZF */
};

/* What the operand values should look like. */
enum form_hint {
    HINT_PLAIN,
    HINT_LOCKABLE,
    HINT_DIVIDE,
    HINT_DOUBLE_SHIFT,
    HINT_BIT_STRING,
    HINT_STACK,
    HINT_STRING,
    HINT_SHIFT_COUNT,
    HINT_UNALIGNED,
    HINT_MASK_MOVE,
    HINT_LOAD_MXCSR,
    HINT_SINGLE,
    HINT_REAL,
    HINT_EXTENDED,
};

struct form {
    enum form_group group;
    ZydisMnemonic mnemonic;
    uint8_t widths;
    enum form_operand operand[3];
    enum form_undefined undefined;
    enum form_hint hint;
};

extern const struct form forms[];
extern const unsigned form_count;

#endif
