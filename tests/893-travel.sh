#!/bin/sh
# Claim: --dir shows a directory and leaves it as it is, --out brings files
# back whole or not at all, no link leads out of what was given, and a missing
# library, interpreter or processor is named in one line.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

ringside=$(cd "$BUILD" && pwd)/ringside
cd "$scratch" || exit 1

run()
{
    $limit "$ringside" "$@" </dev/null 2>err
}

# refused CLAIM PATTERN COMMAND...
refused()
{
    claim=$1
    pattern=$2
    shift 2
    run "$@" >out
    expect_equal "$claim: status 2" "$?" 2
    expect_match "$claim: says why" "$(cat err)" "$pattern"
    expect_equal "$claim: in one line" "$(wc -l <err | tr -d ' ')" 1
}

mkdir -p given/sub private
echo one >given/a
echo two >given/sub/b
echo secret >private/s
ln -s ../private/s given/up
ln -s "$scratch/private/s" given/absolute
ln -s ../private given/folder
ln -s sub/b given/inside
for technique in native shadow nested pv; do
    got=$(run run --quiet -t $technique --dir given:/data \
        --out /data/a:came --out /data/new:new -- busybox sh -c '
            cat /data/inside; echo more >>/data/a; echo new >/data/new
            rm /data/sub/b; mkdir /data/d; ls /data; ls /data/sub
            cat /data/up /data/absolute /data/folder/s 2>/tmp/e
            cat /data/../private/s "/$0/private/s" 2>>/tmp/e; wc -l </tmp/e' \
        "${scratch#/}")
    expect_equal "$technique: a directory is there, links end in it" "$got" \
        "two
a
absolute
d
folder
inside
new
sub
up
5"
    expect_equal "$technique: files come back" "$(cat came new)" "one
more
new"
    expect_equal "$technique: the host's files are as they were" \
        "$(cat given/a given/sub/b; ls given/new 2>&1 | wc -l)" "one
two
1"
    rm -f came new
done

run compare --quiet --out /tmp/made:made -- busybox sh -c 'echo x >/tmp/made'
expect_equal "compare brings the first technique's file" "$?$(cat made)" "0x"
run run --quiet --dir given -- busybox cat "$scratch/given/sub/b" >out
expect_equal "without a place, a directory keeps its own" "$(cat out)" two

head -c 300000 /dev/zero | tr '\0' x >given/big
run run --quiet --dir given:/d --out /tmp/big:big -- busybox cp /d/big /tmp/big
expect_true "a file of many pages arrives whole" cmp given/big big

refused "an --out that is not made" "*--out /tmp/none:*No such file*" \
    run --quiet --out /tmp/none -- busybox true
expect_true "and it leaves nothing" test ! -e none
refused "an --out that is a directory" "*--out /tmp:*Is a directory*" \
    run --quiet --out /tmp:came -- busybox true
expect_true "and nothing of it" test ! -e came
refused "an --out that cannot be written" "*/no/such/x*cannot be written*" \
    run --out /tmp/x:/no/such/x -- busybox true
refused "an --out without a path" "*--out x: name a file by its path*" \
    run --out x -- busybox true
refused "a --dir that is missing" "*--dir *nowhere: No such file*" \
    run --dir nowhere -- busybox true
refused "a --dir that is a file" "*is not a directory*" \
    run --dir given/a -- busybox true
refused "a --dir over the kernel's" "*/proc/x is the guest kernel's own*" \
    run --dir given:/proc/x -- busybox true
refused "a --dir for a built-in" "*built-in workloads have no files*" \
    run --dir given gups:n=10

printf 'int gone(void); int gone(void) { return 0; }\n' >gone.c
printf 'int gone(void); int main(void) { return gone(); }\n' >user.c
gcc -shared -fPIC -Wl,-soname,libgone.so.7 -o libgone.so.7 gone.c
gcc -o user user.c ./libgone.so.7 -Wl,-rpath,'$ORIGIN/lib'
refused "a missing library" \
    "*libgone.so.7, needed by $scratch/user, was not found in *ORIGIN/lib, *" \
    run -- ./user
mkdir lib
mv libgone.so.7 lib
run run --quiet -- ./user
expect_equal "a library beside its program travels" "$?" 0
gcc -o strange user.c lib/libgone.so.7 -Wl,-rpath,'$ORIGIN/lib' \
    -Wl,--dynamic-linker=/no/such/ld.so
refused "a missing dynamic linker" \
    "*/no/such/ld.so, the dynamic linker that *strange asks for*" \
    run -- ./strange
printf '\177ELF\001\001\001' >short
head -c 200 /dev/zero >>short
chmod +x short
refused "a 32-bit program" "*32-bit program; only x86-64*" run -- ./short
printf '#!/bin/bash\n/bin/echo found; test /bin/bash -ef /usr/bin/bash && echo one\n' >script
chmod +x script
expect_equal "a script sees its interpreter's folder as the host has it" \
    "$(run run --quiet -- ./script)" "$(./script)"
printf '#!/bin/cat\nscript\n' >script
chmod +x script
expect_equal "a script runs by its first line" "$(run run --quiet -- ./script)" \
    "#!/bin/cat
script"
exit 0
