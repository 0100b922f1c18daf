"""The attack list: what hostile programs try, and how each must end. Data for ``test_attacks``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent

from vivavoce.services.runner.sandbox import MIB, Limits, Stopped

from .cell import Outcome

SHORT = Limits(wall_s=2, cpu_s=5)


@dataclass(frozen=True)
class Attack:
    """``needs_cgroups`` where the weaker mode promises less (and says so)."""

    name: str
    language: str
    text: str
    ends: Callable[[Outcome], bool]
    limits: Limits = field(default_factory=lambda: Limits(wall_s=5, cpu_s=5))
    needs_cgroups: bool = False
    output_bytes_max: int = MIB

    def __str__(self) -> str:
        return self.name


def _prints(expected: str) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.stdout.strip() == expected


def _stopped(why: Stopped) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.ending.stopped is why


def _out_of_memory(outcome: Outcome) -> bool:
    """The kernel ended it, or it was refused memory and gave up; never past its limit by more than a tick of ours."""
    ending = outcome.ending
    gave_up = ending.exit_code not in (0, None) or "MemoryError" in outcome.stderr
    return ending.out_of_memory or ending.stopped is Stopped.MEMORY or gave_up


def _tries(*attempts: str) -> str:
    """A Python program that prints, for each attempt, the name of the error or what it got."""
    lines = [
        "import ctypes, errno, os, resource, signal, socket, sys",
        "libc = ctypes.CDLL(None, use_errno=True)",
    ]
    lines += [
        "def call(number, *args):",
        "    if libc.syscall(number, *args) == -1:",
        "        raise OSError(ctypes.get_errno(), '')",
        "    return 'allowed'",
        "def attempt(f):",
        "    try:",
        "        got = f()",
        "    except OSError as e:",
        "        got = errno.errorcode.get(e.errno, e.errno)",
        "    print(got, end=' ', flush=True)",
    ]
    lines += [f"attempt(lambda: {attempt})" for attempt in attempts]
    return "\n".join(lines)


def _each(names: str, count: int) -> Callable[[Outcome], bool]:
    """Every attempt ended with one of these words."""
    allowed = set(names.split())
    return lambda o: len(o.stdout.split()) == count and set(o.stdout.split()) <= allowed


def _refused(name: str, language: str, attempts: tuple[str, ...], words: str) -> Attack:
    return Attack(name, language, _tries(*attempts), _each(words, len(attempts)))


# x86_64 and aarch64 numbers of what is refused, by os.uname().machine.
_NUMBER = "dict(x86_64={}, aarch64={})[os.uname().machine]"


def _call(x86_64: int, aarch64: int, *args: str) -> str:
    return f"call({', '.join([_NUMBER.format(x86_64, aarch64), *args])})"


ATTACKS = [
    Attack(
        "01 a fork bomb in bash",
        "bash",
        "bomb() { bomb | bomb & }; bomb; sleep 1; exit 3",
        lambda o: o.ending.exit_code is None or o.ending.exit_code != 0 or "fork" in o.stderr,
        SHORT,
    ),
    Attack(
        "01b and the refused processes are counted",
        "bash",
        "for i in {1..200}; do sleep 30 & done; exit 0",
        lambda o: o.ending.refused_processes > 0,
        SHORT,
        needs_cgroups=True,
    ),
    Attack(
        "02 a fork bomb in Python that ignores errors",
        "python",
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        lambda o: o.ending.stopped in (Stopped.WALL, Stopped.MEMORY),  # or by our watch of the tree
        SHORT,
    ),
    Attack(
        "03 a memory bomb",
        "python",
        "hoard = []\nwhile True:\n    hoard.append(b'x' * (10 << 20) + bytes(len(hoard)))",
        _out_of_memory,
    ),
    Attack(
        "03b a memory bomb by many processes",
        "python",
        "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        hoard = b'x' * (60 << 20); time.sleep(9)\ntime.sleep(9)",
        lambda o: o.ending.out_of_memory or o.ending.stopped is Stopped.MEMORY,
    ),
    Attack(
        "04 one file that is too large",
        "python",
        _tries("open('/tmp/large', 'wb').write(bytes(64 << 20))"),
        lambda o: o.stdout.strip() == "EFBIG" or o.ending.exit_code == 128 + 25,
    ),
    Attack(
        "05 filling the disk with small files",
        "python",
        _tries(
            "[open(f'/tmp/{i}', 'wb').write(bytes(1 << 20)) for i in range(99)]",
            "[open(f'/work/{i}', 'wb').write(bytes(1 << 20)) for i in range(99)]",
            "[open(f'/dev/shm/{i}', 'wb').write(bytes(1 << 20)) for i in range(99)]",
        ),
        _prints("ENOSPC ENOSPC ENOSPC"),
    ),
    Attack(
        "06 a flood of empty files",
        "python",
        "i = 0\nwhile True:\n    open(f'/tmp/{i}', 'w').close(); i += 1",
        # Its processor time and its time run out together; 152 is the former's signal (SIGXCPU).
        lambda o: (
            o.ending.out_of_memory or o.ending.stopped is not None or o.ending.exit_code == 152
        ),
        Limits(wall_s=4, cpu_s=4, memory_bytes=48 * MIB),
    ),
    Attack(
        "07 endless output",
        "bash",
        "yes",
        lambda o: o.ending.stopped is Stopped.OUTPUT and len(o.raw) == MIB,
    ),
    Attack(
        "07b endless output, byte by byte",
        "python",
        "import os\nwhile True:\n    os.write(1, b'x')",
        lambda o: o.ending.stopped is Stopped.OUTPUT and len(o.raw) == 16 << 10,
        output_bytes_max=16 << 10,
    ),
    Attack(
        "08 a spin",
        "python",
        "while True:\n    pass",
        lambda o: o.ending.stopped is Stopped.CPU or o.ending.exit_code in (128 + 24, 128 + 9),
        Limits(wall_s=5, cpu_s=1),
    ),
    Attack(
        "08b spinners share one processor",
        "python",
        "import os\nfor _ in range(3):\n    os.fork()\nwhile True:\n    pass",
        lambda o: (
            o.ending.stopped is Stopped.WALL and (o.ending.cpu_ms or 0) < 1.3 * o.ending.wall_ms
        ),
        SHORT,
        needs_cgroups=True,
    ),
    Attack("09 sleep", "bash", "sleep 60", _stopped(Stopped.WALL), Limits(wall_s=1)),
    Attack(
        "09b ignoring every signal",
        "python",
        "import signal, time\nfor n in signal.valid_signals():\n    try:\n        signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass\ntime.sleep(60)",
        _stopped(Stopped.WALL),
        Limits(wall_s=1),
    ),
    Attack(
        "10 daemons",
        "bash",
        "setsid sleep 60 & (setsid sleep 60 >&- 2>&- <&- &) ; (sleep 60 &) ; echo parent ends",
        lambda o: (
            o.ending.exit_code == 0 and o.stdout == "parent ends\n" and o.ending.wall_ms < 2000
        ),
    ),
    Attack(
        "11 zombies",
        "python",
        "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        os._exit(0)\ntime.sleep(0.2); print('left')",
        _prints("left"),
    ),
    Attack(
        "11b five hundred threads",
        "python",
        "import threading, time\ntry:\n    for i in range(500):\n        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()\nexcept RuntimeError:\n    print('refused', flush=True)\nimport os; os._exit(0)",
        _prints("refused"),
    ),
    Attack(
        "11c ten thousand descriptors",
        "python",
        _tries("[os.open('/dev/null', 0) for _ in range(10000)]"),
        _prints("EMFILE"),
    ),
    Attack(
        "12 recursion without end",
        "python",
        "import sys\nsys.setrecursionlimit(10**9)\ndef f():\n    f()\nf()",
        lambda o: (
            o.ending.out_of_memory
            or o.ending.stopped is Stopped.MEMORY
            or (o.ending.exit_code or 0) >= 128
            or "MemoryError" in o.stderr
            or "SystemError" in o.stderr  # CPython 3.11 may lose the MemoryError on the way up
        ),
    ),
    _refused(
        "13 the network",
        "python",
        (
            "socket.create_connection(('192.0.2.1', 80), 2)",
            "socket.create_connection(('169.254.169.254', 80), 2)",
            "socket.create_connection(('2001:db8::1', 80), 2)",
        ),
        "ENETUNREACH",
    ),
    _refused(
        "14 the host's files",
        "python",
        tuple(
            f"open({path!r}).read(1)"
            for path in (
                *(
                    "/etc/shadow",
                    "/etc/hostname",
                    "/root/.bashrc",
                    "/home",
                    "/run/systemd",
                    "/sys/class",
                ),
                *(
                    "/proc/1/root/etc/shadow",
                    "/dev/kvm",
                    "/dev/mem",
                    "/dev/sda",
                    "/dev/vda",
                    "/var/lib/dpkg/status",
                ),
                *("/mnt/1", "/srv", "/boot", "/opt/wheels", "/.launcher"),
            )
        ),
        "ENOENT",
    ),
    Attack(
        "15 other processes' environments",
        "python",
        "import glob\nfor p in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):\n    print(open(p).read())",
        lambda o: "SECRET" not in o.stdout and "PYTHONPATH" not in o.stdout,
    ),
    _refused(
        "16 writing where nothing may be written",
        "python",
        tuple(
            f"open({path!r}, 'w')"
            for path in (
                *(
                    "/proc/sys/kernel/core_pattern",
                    "/proc/sysrq-trigger",
                    "/usr/x",
                    "/usr/bin/python3",
                ),
                *(
                    "/etc/x",
                    "/etc/passwd",
                    "/dev/x",
                    "/x",
                    "/.init",
                    "/opt/x",
                ),
            )
        ),
        "EACCES EPERM ENOENT EROFS",
    ),
    _refused(
        "17 looking into others and the kernel",
        "python",
        (
            _call(101, 117, "16, 1, 0, 0"),  # ptrace(PTRACE_ATTACH, 1)
            _call(310, 270, "1, 0, 0, 0, 0, 0"),  # process_vm_readv
            _call(250, 219, "0, -3, 1"),  # keyctl
            _call(248, 217, "0, 0, 0, 0, 0"),  # add_key
            _call(321, 280, "0, 0, 0"),  # bpf
            _call(298, 241, "0, 0, 0, 0, 0"),  # perf_event_open
            _call(323, 282, "0"),  # userfaultfd
            _call(300, 262, "0, 0"),  # fanotify_init
            _call(438, 438, "0, 0, 0"),  # pidfd_getfd
            _call(135, 92, "0"),  # personality
        ),
        "EPERM",
    ),
    _refused(
        "18 calls that the filter cannot look into, or does not know",
        "python",
        (
            _call(425, 425, "1, 0"),  # io_uring_setup
            _call(426, 426, "0, 0, 0, 0, 0"),
            _call(435, 435, "0, 0"),  # clone3
            _call(451, 451, "0, 0, 0"),
            _call(462, 462, "0, 0, 0"),
            _call(9999, 9999, "0"),
        ),
        "ENOSYS",
    ),
    _refused(
        "19 new namespaces and mounts",
        "python",
        (
            _call(272, 97, "0x10000000"),  # unshare(CLONE_NEWUSER)
            _call(272, 97, "0x40000000"),  # unshare(CLONE_NEWNET)
            _call(56, 220, "0x10000000 | 17, 0, 0, 0, 0"),  # clone(CLONE_NEWUSER | SIGCHLD)
            _call(56, 220, "0x00020000 | 17, 0, 0, 0, 0"),
            _call(308, 268, "0, 0"),  # setns
            _call(165, 40, "0, b'/tmp', b'tmpfs', 0, 0"),  # mount
            _call(165, 40, "0, b'/', 0, 32, 0"),  # remount
            _call(166, 39, "b'/proc', 2"),  # umount2
            _call(161, 51, "b'/tmp'"),  # chroot
            _call(155, 41, "b'/tmp', b'/tmp'"),  # pivot_root
            _call(428, 428, "-100, b'/', 1"),  # open_tree
            _call(430, 430, "b'tmpfs', 0"),  # fsopen
        ),
        "EPERM",
    ),
    _refused(
        "20 sockets that network namespaces do not cover",
        "python",
        tuple(
            f"socket.socket({family}, {kind})"
            for family, kind in ((17, 3), (38, 5), (16, 3), (40, 1), (44, 3))
        ),
        "EAFNOSUPPORT",
    ),
    Attack(
        "21 killing everything",
        "python",
        "import os, signal\nos.kill(1, 9)\nprint('alive', flush=True)\nos.kill(-1, 9)\nprint('still alive')",
        lambda o: o.stdout.startswith("alive") and not o.ending.fault,
    ),
    _refused(
        "22 becoming somebody",
        "python",
        (
            "os.setuid(0)",
            "os.setgid(0)",
            "os.mknod('/work/disk', 0o60600, os.makedev(8, 0))",
            "socket.sethostname('x')",
            "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(9))",
            "os.nice(-20)",
            "os.chown('/work', 0, 0)",
            "libc.mlockall(3) and call(999999)",
        ),
        "EPERM EINVAL EACCES ENOMEM ENOSYS",
    ),
    Attack(
        "22b raising a limit",
        "python",
        "import resource\ntry:\n    resource.setrlimit(resource.RLIMIT_NOFILE, (9999, 9999))\nexcept ValueError:\n    print('refused')",
        _prints("refused"),
    ),
    Attack(
        "23 typing into a terminal",
        "python",
        _tries(
            "__import__('fcntl').ioctl(0, 0x5412, b'x')",
            "__import__('fcntl').ioctl(0, 0x541C, b'x')",
        ),
        _prints("EPERM EPERM"),
    ),
    Attack(
        "24 a link out of the work folder",
        "bash",
        "ln -s /etc/passwd link; ln -s / root; cat link root/etc/passwd | sort -u | wc -l",
        _prints("2"),
    ),
    Attack(
        "29 the first to go when the host's own memory ends",
        "python",
        "print(open('/proc/self/oom_score_adj').read())",
        _prints("1000"),
    ),
]

X32 = Attack(
    "23b a call by the x32 numbers",
    "python",
    _tries("call(0x40000000 | 39)"),
    lambda o: o.ending.exit_code == 128 + 31,
)

C_ATTACKS: list[tuple[str, str, Callable[[Outcome], bool]]] = [
    (
        "25 include of a host's file",
        '#include "/etc/shadow"\nint main(void) {}',
        lambda o: "No such file" in o.stderr,
    ),
    (
        "25b include of standard input",
        '#include "/dev/stdin"\nint main(void) {}',
        lambda o: o.ending.wall_ms < 5000,
    ),
    (
        "25c include of zeros without end",
        '#include "/dev/zero"\nint main(void) {}',
        lambda o: o.ending.exit_code != 0 or o.ending.out_of_memory,
    ),
    (
        "25d the compiler's own environment",
        '__asm__(".globl e\\ne: .incbin \\"/proc/self/environ\\"\\n.byte 0");extern char e[];int puts(const char*);int main(void){puts(e);}',
        lambda o: "SECRET" not in o.stdout,
    ),
    (
        "26 twenty thousand errors",
        "\n".join(f"int f{i}(void) {{ return x{i}; }}" for i in range(20_000)),
        lambda o: o.ending.step.kind == "compile" and o.ending.exit_code != 0,
    ),
    (
        "26b a huge array",
        "char a[1LL << 40] = {1};\nint main(void) {}",
        lambda o: o.ending.exit_code != 0 or o.ending.stopped is not None,
    ),
    (
        "26c a macro bomb",
        dedent("""
            #define A(x) x x x x x x x x x x
            #define B(x) A(A(A(A(A(A(A(A(A(x)))))))))
            int main(void) { B(;) }
        """),
        lambda o: o.ending.out_of_memory or o.ending.stopped is not None or o.ending.exit_code != 0,
    ),
]
