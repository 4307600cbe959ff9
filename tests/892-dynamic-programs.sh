#!/bin/sh
# Claim: dynamic programs of this machine write under native, shadow, nested
# and pv what they write on the host, and end with the same status.
# Each line of the list below is a command; a program that is not installed is
# skipped.  TEST_EVERY=N runs every Nth: for builds that are slow (sanitizers).
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

ringside=$(cd "$BUILD" && pwd)/ringside
pattern=${1:-.}
list=$scratch/list

cat >"$list" <<'END'
sort -r words
awk '{ n += length($0) } END { print n, NR }' words
sed -n 's/a\(.\)/<\1>/gp' words
grep -c o words
dash -c 'wc -c <words; exit 3'
bash -c 'for i in {1..3}; do echo $((i ** 2)); done | sort -r | tr "\n" " "; diff <(echo a) <(echo b); declare -A n=([x]=1); echo "${!n[@]}" "${BASH_VERSINFO[0]}"'
sh -c 'find . -name "w*" -type f | sort'
tar -cf - words | tar -tf -
sh -c 'gzip -c words | gzip -d | cksum; xz -c -T2 words | xz -d | cksum'
bc words.bc
openssl dgst -sha256 words
sqlite3 :memory: 'create table t(a,b); insert into t values(1,2),(3,4); select sum(a*b), sqlite_version() from t;'
sh -c 'd=$(mktemp -d); sqlite3 "$d/r" "create table t(a); insert into t values(7)"; sqlite3 "$d/r" "select * from t"; rm -r "$d"'
sh -c 'd=$(mktemp -d); sqlite3 "$d/r" "pragma journal_mode = wal; create table t(a); insert into t values(7); select * from t"; rm -r "$d"'
perl -MData::Dumper -e '$Data::Dumper::Sortkeys = 1; print Dumper({a => [1 .. 3], b => { c => sprintf "%.3f", 2 ** 0.5 }}); exit 4'
make -s -f words.mk
make -s -j3 -f jobs.mk
sh -c 'd=$(mktemp -d); tar -cf - words link | tar -xf - -C "$d" 2>&1; readlink "$d/link"; cat "$d/link"; rm -r "$d"'
sh -c 'd=$(mktemp -d); cd "$d"; git init -q .; git config user.email a@b; git config user.name n; echo x >f; git add f; GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z git commit -q -m m; git log --format=%H; rm -rf "$d"'
/usr/bin/python3 -c 'import json, re, hashlib; print(json.dumps({"a": re.sub("b", "c", "abc")}), hashlib.sha256(b"x").hexdigest(), sum(i * i for i in range(10 ** 4)))'
/usr/bin/python3 -c 'import threading, subprocess; l = []; t = [threading.Thread(target=l.append, args=(i,)) for i in range(4)]; [x.start() for x in t]; [x.join() for x in t]; print(sorted(l), subprocess.run(["echo", "hi"], capture_output=True).stdout)'
sh -c 'd=$(mktemp -d); gcc -O2 -c hello.c -o "$d/hello.o" && cksum <"$d/hello.o"; rm -r "$d"'
END

make_files()
{
    printf 'banana\napple\ncherry\noat\n' >words
    printf 'scale=20\nsqrt(2)\n2^100\nquit\n' >words.bc
    printf 'all: ; @echo made by $(MAKE_VERSION)\n' >words.mk
    printf 'all: a b c ; @echo $^\na b c: ; @sleep 0.01\n' >jobs.mk
    ln -s words link
    printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' \
        >hello.c
    touch -h -d @1700000000 words words.bc words.mk jobs.mk hello.c link
}

# The programs that a command runs, as far as they must be looked for.
is_there()
{
    for name in dash bash gzip xz tar bc openssl sqlite3 perl make git \
        /usr/bin/python3 gcc; do
        case " $1 " in
        *[\ \;\|\"\'\(]"$name "*) command -v "$name" >"$scratch/which" || return 1 ;;
        esac
    done
}

run_one()
{
    printf '%s' "$1" | grep -q -e "$pattern" || return 0
    if ! is_there "$1"; then
        echo "skip $name is not installed"
        return 0
    fi
    eval "$limit \"$ringside\" compare --quiet --timing fast \
        --json \"$scratch/json\" --dir . -- $1" >"$scratch/guest" \
        2>"$scratch/guest.err" </dev/null
    compared=$?
    guest=$(awk '/"exit_status":/ { gsub(/[^0-9]/, ""); print; exit }' \
        "$scratch/json")
    eval "env -i PATH=/bin:/usr/bin HOME=/ LANG=C TERM=dumb $1" \
        >"$scratch/host" 2>"$scratch/host.err" </dev/null
    host=$?
    short=$(printf '%.60s' "$1")
    expect_equal "$short: the techniques agree" \
        "$compared $(head -n 1 "$scratch/guest.err")" \
        "0 $(head -n 1 "$scratch/host.err")"
    expect_equal "$short: status of the host" "$guest" "$host"
    expect_true "$short: output of the host" cmp "$scratch/guest" \
        "$scratch/host"
}

mkdir "$scratch/w"
cd "$scratch/w" || exit 1
make_files
number=0
while IFS= read -r line; do
    number=$((number + 1))
    [ $((number % ${TEST_EVERY:-1})) = 0 ] && run_one "$line"
done <"$list"
exit 0
