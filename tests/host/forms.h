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
    GROUP_MMX,
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
    OPERAND_A, /* the accumulator, of the form's width */
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
    OPERAND_I16,
    OPERAND_I5,
    OPERAND_RM8R32,
    OPERAND_XM16,
    OPERAND_MM,
    OPERAND_MMM32,
    OPERAND_MMM64,
    OPERAND_M512,
    OPERAND_M112, /* bits from here on: state images */
    OPERAND_M224,
    OPERAND_M752,
    OPERAND_M864,
    OPERAND_M4096,
    OPERAND_M4608,
    OPERAND_NEXT, /* a branch over the filler behind it */
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
    UNDEFINED_OF,
    UNDEFINED_AF_PF,
    UNDEFINED_ZERO_COUNT, /* OF, SF, PF, AF */
    UNDEFINED_BEXTR,      /* SF, AF, PF */
    UNDEFINED_ASCII,      /* OF, SF, ZF, PF */
    UNDEFINED_AAM,        /* OF, AF, CF */
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
    HINT_BIT_FIELD,
    HINT_XLAT,
    HINT_LINE, /* RAX points to it */
    HINT_TEXT,
    HINT_DECIMAL,
    HINT_ENVIRONMENT,
    HINT_XSAVE,
    HINT_BRANCH,
    HINT_RETURN,
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
