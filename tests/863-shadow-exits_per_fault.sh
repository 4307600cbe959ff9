#!/bin/sh
# A page that a program touches for the first time costs two exits under
# shadow paging, with either way of following the guest's tables, as a slope
# over 512 pages and the tables that they need:
# off  the fault, which is the guest's own; its store to the table, emulated,
#      which also fills the shadow entry;
# on   the fault; the access again, which fills the entry of a table that the
#      guest may write without exits.
# Without what keeps a table in use known as such there are three.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# exits UNSYNC FOOTPRINT: exits by exception
exits()
{
    $limit "$ringside" run --quiet --technique shadow \
        --set "shadow.unsync=$1" --csv "$scratch/csv" \
        "pagefault:footprint=$2" >/dev/null
    awk -F, '$4 == "exit.exception" { print $5; exit }' "$scratch/csv"
}

for unsync in off on; do
    few=$(exits $unsync 2M)
    many=$(exits $unsync 4M)
    new=$((many - few))
    expect_true "unsync=$unsync: two exits a page ($new for 512)" \
        [ $new -ge 1024 ]
    expect_true "unsync=$unsync: not much more ($new for 512)" \
        [ $new -le 1060 ]
done
