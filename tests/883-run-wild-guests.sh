#!/bin/sh
# Claim: a guest kernel that goes wild (faults thrice, halts for ever, spins,
# runs off its memory, executes garbage) ends in one clear line and a status,
# under every technique that boots by PVH; it never takes the simulator along.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# kernel NAME: makes $scratch/NAME from 32-bit assembly on standard input.
kernel()
{
    {
        cat <<'END'
    .section .note.pvh, "a", @note
    .long 4, 8, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad start
    .text
    .code32
    .globl start
start:
END
        cat
    } >"$scratch/$1.S"
    gcc -c "$scratch/$1.S" -o "$scratch/$1.o" &&
        ld -N -Ttext=0x100000 -e start "$scratch/$1.o" -o "$scratch/$1" \
            2>/dev/null
}

# run_kernel NAME TECHNIQUE: sets $got and $status.
run_kernel()
{
    got=$($limit "$ringside" run --quiet --technique "$2" \
        --kernel "$scratch/$1" --max-instructions 100000 \
        -- busybox true 2>&1 </dev/null)
    status=$?
}

kernel hello <<'END'
    mov $text, %esi
    mov $end - text, %ecx
    mov $0xe9, %dx
    rep outsb
    mov $7, %al
    out %al, $0xf4
text: .ascii "hello\n"
end:
END
kernel triple <<'END'
    lidt none
    ud2
none: .word 0
    .long 0
END
kernel halt <<'END'
    cli
1:  hlt
    jmp 1b
END
kernel lost <<'END'
    mov $0xfffff000, %eax
    jmp *%eax
END
kernel store <<'END'
    movl $1, 0xf0000000
    cli
    hlt
END
kernel garbage <<'END'
    .fill 64, 1, 0xff
END
kernel paging <<'END'
    mov $0xffffffff, %eax
    mov %eax, %cr3
    mov $0x20, %eax
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
1:  jmp 1b
END
kernel rewrite <<'END'
    cld
    mov $0x100000, %edi
    mov $0x10000, %ecx
    mov $0xf4, %al
    rep stosb
    hlt
END

for t in native shadow nested; do
    run_kernel hello $t
    expect_equal "$t: a kernel's own words" "$got" "hello"
    expect_equal "$t: a kernel's own status" "$status" 7
    run_kernel triple $t
    expect_equal "$t: a triple fault has status 2" "$status" 2
    expect_match "$t: a triple fault is named" "$got" "*triple fault*"
    run_kernel halt $t
    expect_equal "$t: a halt for ever has status 124" "$status" 124
    expect_match "$t: a halt for ever is named" "$got" "*waits forever*"
    for k in lost store garbage paging rewrite; do
        run_kernel $k $t
        expect_match "$t: $k ends in order" "$status" "[1-9]*"
        expect_true "$t: $k is no crash of ours ($status)" \
            test "$status" -lt 128
        expect_equal "$t: $k: one line" "$(printf '%s\n' "$got" | wc -l)" 1
    done
done

kernel spin <<'END'
1:  jmp 1b
END
timeout 3 "$ringside" run --quiet --kernel "$scratch/spin" -- busybox true \
    >/dev/null 2>"$scratch/err"
expect_match "a kernel that spins ends by SIGTERM in order" \
    "$(cat "$scratch/err")" "*interrupted*"
