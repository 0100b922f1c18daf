"""Assembles the system call filter of ``seccomp.toml`` into classic BPF; knows no sandbox and no file descriptor.

Source: Documentation/userspace-api/seccomp_filter.rst and include/uapi/linux/{seccomp,filter,bpf_common}.h, Linux 6.1.
"""

import errno
import platform
import struct
import tomllib
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field

from vivavoce.services.runner import sandboxes

_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_GREATER = 0x25  # BPF_JMP | BPF_JGT | BPF_K
_JUMP_SET = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000
_ALLOW = 0x7FFF0000

_OFFSET_NUMBER = 0
_OFFSET_ARCHITECTURE = 4
_OFFSET_ARGUMENTS = 16  # u64 each, little-endian on both architectures: the low word comes first

PROGRAM_LENGTH_MAX = 4096  # BPF_MAXINSNS

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand: ``struct sock_filter``."""


class UnknownArchitecture(Exception):
    """No table for this processor: nothing may run without a filter."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Table):
    """Answer ``errno`` to these calls: always, or when the low word of an argument matches."""

    errno: str
    calls: tuple[str, ...]
    argument: int | None = Field(default=None, ge=0, le=5)
    any_bits: int | None = None
    one_of: tuple[int, ...] = ()
    other_than: tuple[int, ...] = ()


class Architecture(_Table):
    """How one processor family numbers the calls."""

    audit: int
    highest: int
    foreign_abi_bit: int | None = None
    calls: dict[str, int]


class Policy(_Table):
    """The whole of ``seccomp.toml``."""

    rule: tuple[Rule, ...]
    architecture: dict[str, Architecture]


def load_policy() -> Policy:
    """The policy that ships with the package."""
    text = resources.files(sandboxes).joinpath("seccomp.toml").read_text(encoding="utf-8")
    return Policy.model_validate(tomllib.loads(text))


def filter_bytes(policy: Policy, machine: str | None = None) -> bytes:
    """The filter for a machine (``platform.machine()``), ready for ``bwrap --seccomp``.

    Raises:
        UnknownArchitecture: the policy has no table for it.
    """
    name = machine or platform.machine()
    if name not in policy.architecture:
        message = f"There is no system call table for {name}."
        raise UnknownArchitecture(message)
    return encode(assemble(policy.rule, policy.architecture[name]))


def encode(program: list[Instruction]) -> bytes:
    """As an array of ``struct sock_filter``."""
    assert len(program) <= PROGRAM_LENGTH_MAX
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def assemble(rules: tuple[Rule, ...], architecture: Architecture) -> list[Instruction]:
    """The program: architecture, foreign ABI, unknown numbers, then each rule; what is left is allowed."""
    program: list[Instruction] = [
        (_LOAD_WORD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture.audit),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD_WORD, 0, 0, _OFFSET_NUMBER),
    ]
    if architecture.foreign_abi_bit is not None:
        program += [
            (_JUMP_SET, 0, 1, architecture.foreign_abi_bit),
            (_RETURN, 0, 0, _KILL_PROCESS),
        ]
    program += [(_JUMP_GREATER, 0, 1, architecture.highest), _refuse("ENOSYS")]
    for rule in rules:
        for call in rule.calls:
            if call in architecture.calls:
                program += _rule_for(rule, architecture.calls[call])
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _refuse(name: str) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | getattr(errno, name))


def _rule_for(rule: Rule, number: int) -> list[Instruction]:
    """Skipped over when the number differs; otherwise it always ends in a return, so the number needs no reload."""
    body = [_refuse(rule.errno)] if rule.argument is None else _argument_test(rule, rule.argument)
    return [(_JUMP_EQUAL, 0, len(body), number), *body]


def _argument_test(rule: Rule, argument: int) -> list[Instruction]:
    """The kernel takes these arguments as 32 bits, so the high word must not count."""
    load = (_LOAD_WORD, 0, 0, _OFFSET_ARGUMENTS + 8 * argument)
    allow, refuse = (_RETURN, 0, 0, _ALLOW), _refuse(rule.errno)
    if rule.any_bits is not None:
        return [load, (_JUMP_SET, 0, 1, rule.any_bits), refuse, allow]
    values, on_match, otherwise = (
        (rule.one_of, refuse, allow) if rule.one_of else (rule.other_than, allow, refuse)
    )
    tests = [
        instruction for value in values for instruction in ((_JUMP_EQUAL, 0, 1, value), on_match)
    ]
    return [load, *tests, otherwise]
