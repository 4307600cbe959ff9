#!/bin/sh
# Claim: the screen opens on every usual kind of terminal and leaves it clean,
# in as many colours as there are, or none; colours of different meaning stay
# apart for people with each kind of colour blindness; the mouse turns to
# views, scrolls and chooses, and can be left to the terminal.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# Colours beside each other, by Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency"
# (2009), and distances in CIELAB (1976).  2.3 is just noticeable.
python3 - visualizer/styles.def >"$scratch/apart" <<'PYTHON'
import itertools, re, sys
eyes = {
    'usual': ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    'protan': ((.152286, 1.052583, -.204868), (.114503, .786281, .099216),
               (-.003882, -.048116, 1.051998)),
    'deutan': ((.367322, .860646, -.227968), (.280085, .672501, .047413),
               (-.011820, .042940, .968881)),
    'tritan': ((1.255528, -.076749, -.178779), (-.078411, .930809, .147602),
               (.004733, .691367, .303900))}
xterm = [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238),
         (205, 0, 205), (0, 205, 205), (229, 229, 229), (127, 127, 127),
         (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
         (255, 0, 255), (0, 255, 255), (255, 255, 255)]

def rgb(n):
    steps = (0, 95, 135, 175, 215, 255)
    if n < 16:
        return xterm[n]
    n -= 16
    return steps[n // 36], steps[n // 6 % 6], steps[n % 6]

def lab(n, eye):
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + .055) / 1.055) ** 2.4
              for c in rgb(n)]
    r, g, b = [min(1, max(0, sum(m * c for m, c in zip(row, linear))))
               for row in eye]
    f = [v ** (1 / 3) if v > .008856 else 7.787 * v + 16 / 116 for v in
         ((.4124 * r + .3576 * g + .1805 * b) / .9505,
          .2126 * r + .7152 * g + .0722 * b,
          (.0193 * r + .1192 * g + .9505 * b) / 1.089)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])

styles = {m[1]: [int(n) for n in m[2].split(',')] for m in re.finditer(
    r'^STYLE\((\w+), "\w+", [^,]+, ((?:-?\d+, ){2}-?\d+)', open(sys.argv[1]).read(), re.M)}
beside = ['USER', 'KERNEL', 'HYPERVISOR', 'MEMORY', 'FAULT']
for palette, name in enumerate(('8', '16', '256')):
    least = min(sum((x - y) ** 2 for x, y in zip(lab(styles[a][palette], eye),
                                                 lab(styles[b][palette], eye))) ** .5
                for a, b in itertools.combinations(beside, 2)
                for eye in eyes.values())
    print(name, int(least))
PYTHON
expect_equal "three palettes" "$(wc -l <"$scratch/apart")" 3
while read -r palette least; do
    expect_true "$palette colours: apart for all eyes ($least)" test "$least" -ge 9
done <"$scratch/apart"

# shellcheck source=tests/tui.sh
. tests/tui.sh
work='kvstore:keys=2000,n=3000'

# Colours of the text on the screen, each once: "38;5;36", "36", ...
colours()
{
    mux capture-pane -e -p -t main | grep -o '[0-9;]*m' | tr ';' '\n' |
        grep -cE '^(3[0-7]|9[0-7]|38)m?$'
}

# on TERM WORDS...: opens, says whether there are colours, leaves.
on()
{
    term=$1 wanted=$2
    shift 2
    start 80 24 "$@"
    keys 9
    sees "$term: a view" " CPU*"
    sleep 0.3
    found=$(colours)
    [ "$found" -gt 0 ] && found=some
    expect_equal "$term: colours" "$found" "$wanted"
    leave "$term"
}
for term in xterm-256color xterm screen tmux linux; do
    # The terminal is tmux's, whose escapes these are near enough.
    toe -a 2>/dev/null | grep -q "^$term[[:space:]]" ||
        infocmp "$term" >/dev/null 2>&1 || continue
    prefix="env TERM=$term " on "$term" some $work
done
prefix="env TERM=vt100 " on vt100 0 $work
prefix="env TERM=xterm NO_COLOR=1 " on "NO_COLOR" 0 $work
prefix="env TERM=xterm NO_COLOR=1 " on "NO_COLOR, but asked for" some --palette 8 $work
on "--palette mono" 0 --palette mono $work
prefix="env LC_ALL=C " start 80 24 $work
keys 5
sees "C locale: a view" " Memory map*"
expect_equal "C locale: ASCII alone" "$(screen | LC_ALL=C grep -c '[^ -~]')" 0
leave "C locale"

out=$($limit "$ringside" tui --palette pink $work 2>&1 </dev/null)
expect_equal "a palette that is none: status" "$?" 2
expect_match "a palette that is none: says so" "$out" "*--palette pink: auto, mono*"

# mouse BUTTON COLUMN ROW, from 1; 65: the wheel; as xterm says it ("ctlseqs", X10).
mouse()
{
    keys -l "$(printf '\033[M%b%b%b' "\\$(printf %o $(($1 + 32)))" \
        "\\$(printf %o $(($2 + 32)))" "\\$(printf %o $(($3 + 32)))")"
}
# Pressed, and let go.
click()
{
    mouse 0 "$1" "$2"
    mouse 3 "$1" "$2"
}
prefix="env TERM=screen " start 100 36 -t shadow $work
sees "a row of views" "*1overview*2walk*"
column=$(screen | awk 'match($0, /7exits/) { print RSTART + 2; exit }')
click "$column" 35
sees "a click on one turns to it" " Exits*"
click 3 1
sees "a click on a title turns to the next" " Scheduler*"
keys g
keys -l 'exit.total:200'
keys Enter c
sees "a list" " Counters*instructions *"
chosen()
{
    screen | awk '/▶/ { print $2; exit }'
}
expect_equal "the first is chosen" "$(chosen)" instructions
mouse 65 5 5
sees "the wheel goes on by three" "*▶ loads *"
keys :
keys -l 'mouse off'
keys Enter
sees "off" "*the mouse is the terminal's*"
keys 1
click "$column" 35
sleep 0.5
sees "and a click is nothing" "*Overview*"
leave "mouse"

start 160 40 -t native,nested $work
click 120 5
sees "a click on the right has it" " Overview* >Overview*"
keys 8
leave "halves"

# A button that is let go, or one that means nothing, is no reason to stand.
start 100 30 -t nested kvstore:keys=2000,n=3000000
keys Space
sees "it runs" "*runs, unlimited*"
for button in 0 1 3; do
    mouse $button 60 10
    sleep 0.3
    before=$(cycle)
    expect_true "button $button: it runs on" test "$(cycle_after "$before")" != "$before"
done
keys :
keys -l 'mouse off'
keys Enter
sees "off, while it runs" "*the mouse is the terminal's*"
click 60 10
sleep 0.3
before=$(cycle)
expect_true "a click that is nothing: it runs on" test "$(cycle_after "$before")" != "$before"
leave "a run with clicks"
