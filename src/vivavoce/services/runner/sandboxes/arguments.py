"""The arguments of one bubblewrap: what a box sees of the host, and what it gets instead. Pure but for looking which paths exist."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from vivavoce.services.runner import sandboxes
from vivavoce.services.runner.sandbox import MIB, WORK_DIR, Mount, Profile

SHARED_MEMORY_BYTES = 16 * MIB
# The system's own programs and libraries. A link such as /bin -> usr/bin is made again inside.
SYSTEM_ROOTS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = ("/etc/alternatives", "/etc/ld.so.cache")
# What /proc tells of the host itself.
MASKED_FILES = (
    *("kallsyms", "kcore", "keys", "key-users", "cmdline", "config.gz", "modules"),
    *("timer_list", "sched_debug", "version_signature"),
)
MASKED_FOLDERS = ("acpi", "scsi", "asound")
INIT_FILE = "/.init"
# The child's descriptors: 0-2 streams, 3 steps, 4 answers, 5 files, then:
ARGUMENTS_DESCRIPTOR = 6
FILTER_DESCRIPTOR = 7
FIRST_FABRICATED = 8

_NAMESPACES = (
    "--unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup"
    " --disable-userns --assert-userns-disabled"
)
_PERSON = "--uid 1000 --gid 1000 --hostname sandbox --cap-drop ALL --die-with-parent --new-session"
_DEVICES = f"--dev /dev --size {SHARED_MEMORY_BYTES} --tmpfs /dev/shm --remount-ro /dev"


def command(program: str) -> list[str]:
    """What the launcher starts: everything else is read from a descriptor, so that nobody sees it in /proc."""
    return [program, "--args", str(ARGUMENTS_DESCRIPTOR), "--", "/bin/sh", INIT_FILE]


def bubblewrap_arguments(profile: Profile, mounts: Sequence[Mount]) -> list[str]:
    """What ``bwrap --args`` reads; order matters: the root is made read-only when all is in place."""
    disk = str(profile.disk_bytes)
    return [
        *_NAMESPACES.split(),
        *_PERSON.split(),
        *_environment(profile),
        *_system_mounts(),
        *(word for mount in mounts for word in ("--ro-bind", str(mount.source), mount.target)),
        *_fabricated_files(),
        *("--proc", "/proc", *_proc_masks()),
        *_DEVICES.split(),
        *("--size", disk, "--tmpfs", "/tmp"),  # noqa: S108 (of the box, not of the host)
        *("--size", disk, "--perms", "0700", "--tmpfs", WORK_DIR),
        *("--chdir", WORK_DIR, "--remount-ro", "/", "--seccomp", str(FILTER_DESCRIPTOR)),
    ]


def _environment(profile: Profile) -> list[str]:
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": WORK_DIR,
        "TMPDIR": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "USER": "user",
        **profile.env,
    }
    return ["--clearenv", *(word for item in variables.items() for word in ("--setenv", *item))]


def _system_mounts() -> list[str]:
    words: list[str] = []
    for root in map(Path, SYSTEM_ROOTS):
        if root.is_symlink():
            words += ["--symlink", str(root.readlink()), str(root)]
        elif root.is_dir():
            words += ["--ro-bind", str(root), str(root)]
    for file in SYSTEM_FILES:
        words += ["--ro-bind-try", file, file]
    return words


def _fabricated_files() -> list[str]:
    words: list[str] = []
    for index, target in enumerate(fabricated_files()):
        words += ["--perms", "0444", "--file", str(FIRST_FABRICATED + index), target]
    return words


def _proc_masks() -> list[str]:
    files = [f"/proc/{name}" for name in MASKED_FILES if Path("/proc", name).exists()]
    folders = [f"/proc/{name}" for name in MASKED_FOLDERS if Path("/proc", name).is_dir()]
    return [
        *(word for file in files for word in ("--ro-bind", "/dev/null", file)),
        *(word for folder in folders for word in ("--tmpfs", folder, "--remount-ro", folder)),
    ]


def fabricated_files() -> dict[str, str]:
    """Files that we write into every box, by their path inside: nothing of the host's /etc, and our first process."""
    return {
        "/etc/passwd": "user:x:1000:1000:user:/work:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "/etc/group": "user:x:1000:\nnogroup:x:65534:\n",
        "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
        INIT_FILE: _init_script(),
    }


def _init_script() -> str:
    return resources.files(sandboxes).joinpath("init.sh").read_text(encoding="utf-8")
