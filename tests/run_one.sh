#!/bin/sh
# Runs one test of tests/run.sh and says in a line what came of it; leaves
# "passed failed skipped" in $log/NAME.count.
#
#   tests/run_one.sh tests/NNN-NAME.c|.sh
#
# A unit test counts as Check does: "100%: Checks: 12, Failures: 0, Errors: 0".
# A shell test prints one line for each claim: `ok TEXT`, `not ok TEXT` or
# `skip TEXT`; see tests/shell.sh.
set -u
test=$1
name=$(basename "${test%.*}")
file=$log/$name.txt

# Check's time-outs are there for what hangs; how slow a builder is, and what
# else runs on it, shows nothing.
CK_TIMEOUT_MULTIPLIER=10
export CK_TIMEOUT_MULTIPLIER
case $test in
*.c)
    "$BUILD/tests/$name" >"$file" 2>&1
    status=$?
    : >"$file.err"
    set -- $(awk '/^[0-9]+%: Checks: / {
        gsub(/[,:]/, ""); n += $3; f += $5 + $7 } END { print n - f, f + 0 }' "$file")
    ;;
*)
    "$test" >"$file" 2>"$file.err"
    status=$?
    set -- "$(grep -c '^ok ' "$file")" "$(grep -c '^not ok ' "$file")"
    ;;
esac
passed=$1
failed=$2
skipped=$(grep -c '^skip' "$file")
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1 # it crashed before it could count
elif [ $((passed + failed + skipped)) -eq 0 ]; then
    echo "it checked nothing" >>"$file.err"
    failed=1
fi
echo "$passed $failed $skipped" >"$log/$name.count"
# At once, for others run beside it.
if [ "$failed" -gt 0 ]; then
    text="FAIL  $name
$(grep -v '^ok ' "$file" | tail -n 20)
$(tail -n 20 "$file.err")"
elif [ "$passed" -gt 0 ]; then
    text="ok    $name ($passed)"
else
    text="skip  $name: $(sed -n 's/^skip //p' "$file" | head -n 1)"
fi
printf '%s\n' "$text"
