# compare.awk - the reports of one run in three machines, ours first:
#   awk -f compare.awk ours qemu bochs
# Says which cases are ours alone against two that agree, and counts the rest.
# known() has what both get wrong: tests/guest/system/README.md says by which
# part of the manual.

# A result without RF, which QEMU does not set in the image of a fault.
function plain(text,   n, i, word, value, digit, out) {
    n = split(text, word, " ")
    out = ""
    for (i = 1; i <= n; i++) {
        if (word[i] ~ /^fl=/) {
            value = "00000" substr(word[i], 4)
            digit = index("0123456789abcdef", \
                substr(value, length(value) - 4, 1)) - 1
            word[i] = "fl=" substr(value, length(value) - 5, 1) \
                substr("0022446688aaccee", digit + 1, 1) \
                substr(value, length(value) - 3)
        }
        out = out " " word[i]
    }
    return out
}

# The fields that differ, as " name:ours/theirs".
function differences(a, b,   n, i, x, y, out) {
    n = split(a, x, " ")
    split(b, y, " ")
    out = ""
    for (i = 1; i <= n; i++)
        if (x[i] != y[i])
            out = out " " x[i] "/" substr(y[i], index(y[i], "=") + 1)
    return out
}

function known(how, what) {
    # A push at CPL 3 through a conforming segment, taken for the kernel's.
    if (how ~ /^ e=(4\/0|5\/1|6\/2|7\/3)$/ && what ~ / what=[14] /)
        return 1
    # RET to a null SS whose RPL is not the new CPL.
    if (what ~ / what=[23] /)
        return how ~ / ss=[0-9a-f]+\/[0-3]($| )/
    # An access that wraps at 4 GiB.
    if (what ~ / what=1b / && how ~ / v=c\/e/)
        return 1
    return 0
}

FNR == 1 { file++ }
/^ n=/ && / : / && / ib=/ {
    at = index($0, " : ")
    id = $1
    asked[file, id] = substr($0, 1, at)
    got[file, id] = plain(substr($0, at + 3))
    if (file == 1)
        order[++cases] = id
}
END {
    for (i = 1; i <= cases; i++) {
        id = order[i]
        if (!((2, id) in got) || !((3, id) in got))
            continue
        compared++
        if (got[1, id] == got[2, id] && got[1, id] == got[3, id])
            same++
        else if (got[2, id] != got[3, id])
            split_between++
        else {
            how = differences(got[1, id], got[2, id])
            if (known(how, asked[1, id] " "))
                excused++
            else
                print "differs" asked[1, id] ":" how
        }
    }
    printf "count %d compared, %d the same in all, %d differ between the " \
        "others, %d known\n", compared, same, split_between, excused
}
