#!/bin/sh
# Claim: whatever comes over the debugger's connection, the simulator answers or
# refuses and goes on: damaged frames, wild numbers, packets cut short or far
# too long, random bytes; and a connection that just ends leaves a run that ends
# as it would have.  What a debugger asks properly is answered as the manual
# says (GDB manual, "Remote Protocol"), in both register descriptions.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

if ! command -v python3 >/dev/null; then
    echo "skip python3 is not installed"
    exit 0
fi

cat >"$scratch/client.py" <<'END'
import random, socket, sys, time

path, what, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_UNIX)
for _ in range(200):
    try:
        s.connect(path)
        break
    except OSError:
        time.sleep(0.05)
s.settimeout(60)
data = b''

def frame(text):
    return b'$' + text + b'#%02x' % (sum(text) & 255)

def byte():
    global data
    if not data:
        data = s.recv(65536)
        if not data:
            sys.exit('the simulator hung up')
    c, data = data[:1], data[1:]
    return c

def answer():
    while byte() != b'$':
        pass
    text = b''
    while (c := byte()) != b'#':
        text += c
    byte(), byte()
    s.sendall(b'+')
    return text

def ask(text):
    s.sendall(frame(text))
    return answer()

def console(line):
    out, text = '', ask(b'qRcmd,' + line.encode().hex().encode())
    while text[:1] == b'O' and text != b'OK':
        out += bytes.fromhex(text[1:].decode()).decode()
        text = answer()
    return out + text.decode()

def expect(name, got, want):
    ok = want(got) if callable(want) else got == want
    print(('ok ' if ok else 'not ok ') + name + ('' if ok else f': {got!r}'))

def proper():
    xml = ask(b'qXfer:features:read:target.xml:0,3f00')
    arch = {'amd64': b'i386:x86-64<', 'i386': b'i386<'}[what]
    expect(what + ': its architecture', xml, lambda x: arch in x)
    expect(what + ': control registers', xml, lambda x: b'"cr4"' in x)
    bits = sum(int(n) for n in __import__('re').findall(rb'bitsize="(\d+)"', xml))
    expect(what + ': g has all registers', len(ask(b'g')), bits // 4)
    expect(what + ': a register beyond', ask(b'pffff'), b'E01')
    expect(what + ': a write watchpoint', ask(b'Z2,200000,1000'), b'OK')
    expect(what + ': of no bytes', ask(b'Z2,200000,0'), b'E16')
    expect(what + ': of a kind there is not', ask(b'Z5,0,1'), b'')
    expect(what + ': removed', ask(b'z2,200000,1000'), b'OK')
    full = [ask(b'Z3,%x,1' % (64 * i)) for i in range(40)]
    expect(what + ': as many as there is room for', full.count(b'OK'), 32)
    expect(what + ': then one is refused', full[-1], b'E1c')
    for i in range(40):
        ask(b'z3,%x,1' % (64 * i))
    expect(what + ': monitor help', console('help'),
           lambda t: 'translate' in t and t.endswith('OK'))
    expect(what + ': monitor where', console('where'),
           lambda t: '* CPU 0: ' in t and t.endswith('OK'))
    expect(what + ': a step', ask(b's'), lambda t: t.startswith(b'T05'))
    expect(what + ': back', ask(b'bs'), lambda t: t.startswith(b'T05'))
    expect(what + ': before the beginning', ask(b'bc'),
           lambda t: b'replaylog:begin' in t)

words = [b'g', b'p', b'P', b'm', b'M', b'Z0', b'Z1', b'Z2', b'Z3', b'Z4', b'z0',
         b'z2', b'H', b'T', b'qXfer:features:read:target.xml:', b'qRcmd,',
         b'qSupported', b'vCont?', b'vCont;s', b'bs', b's', b'?', b'QStart',
         b'vKill', b'X', b'G', b'qC', b'qfThreadInfo']

def wild():
    r = random.Random(seed)
    number = lambda: b'%x' % r.choice([0, 1, 7, 4096, 2**31, 2**32 - 1, 2**63,
                                       2**64 - 1, 2**70, r.getrandbits(64)])
    tail = lambda: b''.join(r.choice([number(), b',', b':', b'=', b';', b'-1',
                                      bytes([r.randrange(36, 127)]), b'zz'])
                            for _ in range(r.randrange(8)))
    for _ in range(1500):
        text = r.choice(words) + tail()
        text = text.replace(b'#', b'').replace(b'$', b'')
        if r.random() < 0.02:
            text += b'f' * r.choice([1000, 16000, 16384, 40000])
        s.sendall(frame(text))
        answers = [answer()]
        while text.startswith(b'qRcmd') and answers[-1][:1] == b'O' and \
                answers[-1] != b'OK':
            answers.append(answer())
        if r.random() < 0.1:
            s.sendall(b'+-garbage$damaged#zz\x03')
            while (t := answer()) and not t.startswith(b'T02'):
                pass
    expect(f'seed {seed}: it still answers', ask(b'?'),
           lambda t: t.startswith(b'T05'))

wild() if what == 'wild' else proper()
if seed % 2:
    ask(b'D')
else:
    s.close()
END

# client WHAT SEED OPTION...: a run with that client; its status.
client()
{
    what=$1
    seed=$2
    shift 2
    $limit "$ringside" run --quiet --memory 64M --gdb "$scratch/socket" "$@" \
        >"$scratch/out" 2>"$scratch/err" &
    job=$!
    $limit python3 "$scratch/client.py" "$scratch/socket" "$what" "$seed"
    wait $job
}

# A run that was killed leaves its socket behind.
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$scratch/socket"
client amd64 1 -- busybox sh -c 'exit 3'
expect_equal "detached, the program ends" $? 3
client i386 2 --gdb-arch i386 -- busybox sh -c 'exit 3'
expect_equal "hung up, the program ends" $? 3
for seed in 3 4; do
    client wild $seed -t nested -- busybox true
    status=$?
    expect_true "seed $seed: the run ends in good order ($status)" \
        [ "$status" -lt 128 ]
done
expect_equal "no sanitizer has a word to say" \
    "$(grep -cE 'runtime error|Sanitizer' "$scratch/err")" 0

text=$($limit "$ringside" run --gdb-arch arm --gdb :0 -- busybox true 2>&1)
expect_equal "--gdb-arch arm: status" $? 2
expect_match "--gdb-arch arm: why" "$text" "*i386 or x86-64"
text=$($limit "$ringside" run --gdb-arch i386 -- busybox true 2>&1)
expect_equal "--gdb-arch without --gdb: status" $? 2
