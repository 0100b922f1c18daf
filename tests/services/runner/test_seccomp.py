"""The filter's bytes, and what they do: a small interpreter of classic BPF asks them about every call."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.services.runner.sandboxes.seccomp import (
    UnknownArchitecture,
    filter_bytes,
    load_policy,
)

POLICY = load_policy()
MACHINES = sorted(POLICY.architecture)
KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
EPERM, EAFNOSUPPORT, ENOSYS = ERRNO | 1, ERRNO | 97, ERRNO | 38


def answer(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the kernel would answer: ``struct seccomp_data`` through the program."""
    program = list(struct.iter_unpack("<HBBI", filter_bytes(POLICY, machine)))
    words = [*arguments, *[0] * (6 - len(arguments))]
    seen = struct.pack(
        "<iIQ6Q", _signed(number), audit or POLICY.architecture[machine].audit, 0, *words
    )
    at, value = 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("<I", seen, operand)
            case 0x15:
                at += if_true if value == operand else if_false
            case 0x25:
                at += if_true if value > operand else if_false
            case 0x45:
                at += if_true if value & operand else if_false
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"unknown instruction {code:#x}")


def _signed(number: int) -> int:
    return number - (1 << 32) if number >= 1 << 31 else number


def call(machine: str, name: str) -> int:
    return POLICY.architecture[machine].calls[name]


@pytest.mark.parametrize("machine", MACHINES)
def test_the_bytes_are_the_golden_ones(machine: str) -> None:
    """A change of the filter shows as a change of this file, one instruction a line."""
    lines = [
        f"{code:02x} {true} {false} {operand:08x}"
        for code, true, false, operand in struct.iter_unpack("<HBBI", filter_bytes(POLICY, machine))
    ]
    golden = Path(__file__).with_name(f"seccomp.{machine}.golden")
    assert lines == golden.read_text().splitlines()


@pytest.mark.parametrize("machine", MACHINES)
def test_each_call_of_an_unconditional_rule_is_refused(machine: str) -> None:
    refused = 0
    for rule in POLICY.rule:
        for name in rule.calls:
            if rule.argument is None and name in POLICY.architecture[machine].calls:
                expected = {"EPERM": EPERM, "ENOSYS": ENOSYS}[rule.errno]
                assert answer(machine, call(machine, name)) == expected, name
                refused += 1
    assert refused > 50


@given(st.sampled_from(MACHINES), st.integers(0, 450))
def test_every_other_known_call_is_allowed(machine: str, number: int) -> None:
    if number not in POLICY.architecture[machine].calls.values():
        assert answer(machine, number) == ALLOW


@given(st.sampled_from(MACHINES), st.integers(451, (1 << 30) - 1))
def test_a_call_above_the_table_does_not_exist(machine: str, number: int) -> None:
    assert answer(machine, number) == ENOSYS


@given(st.integers(1 << 30, (1 << 31) - 1))
def test_x32_calls_kill(number: int) -> None:
    assert answer("x86_64", number) == KILL


@given(st.sampled_from(MACHINES), st.integers(0, (1 << 32) - 1), st.integers(0, 500))
def test_another_architecture_kills(machine: str, audit: int, number: int) -> None:
    if audit and audit != POLICY.architecture[machine].audit:
        assert answer(machine, number, audit=audit) == KILL


@given(st.sampled_from(MACHINES), st.integers(0, (1 << 64) - 1))
def test_only_unix_and_internet_sockets_open(machine: str, family: int) -> None:
    """The kernel takes the family as an int, so only the low word decides."""
    expected = ALLOW if family & 0xFFFFFFFF in (1, 2, 10) else EAFNOSUPPORT
    assert answer(machine, call(machine, "socket"), family) == expected
    assert answer(machine, call(machine, "socketpair"), family) == expected


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("high", [0, 0xDEADBEEF << 32])
def test_sockets_are_judged_by_the_low_word(machine: str, high: int) -> None:
    assert answer(machine, call(machine, "socket"), high | 1) == ALLOW
    assert answer(machine, call(machine, "socket"), high | 40) == EAFNOSUPPORT


CLONE_NEW = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]


@given(st.sampled_from(MACHINES), st.integers(0, (1 << 32) - 1))
def test_clone_makes_no_namespaces_but_threads_and_forks(machine: str, flags: int) -> None:
    expected = EPERM if any(flags & new for new in CLONE_NEW) else ALLOW
    assert answer(machine, call(machine, "clone"), flags) == expected


@given(st.sampled_from(MACHINES), st.integers(0, (1 << 64) - 1))
def test_ioctl_types_into_no_terminal(machine: str, request: int) -> None:
    expected = EPERM if request & 0xFFFFFFFF in (0x5412, 0x541C) else ALLOW
    assert answer(machine, call(machine, "ioctl"), 0, request) == expected


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("high", [0, 1 << 63])
def test_ioctl_is_judged_by_the_low_word(machine: str, high: int) -> None:
    assert answer(machine, call(machine, "ioctl"), 0, high | 0x5412) == EPERM


def test_every_name_of_a_rule_has_a_number_somewhere() -> None:
    names = {name for rule in POLICY.rule for name in rule.calls}
    numbered = {name for machine in POLICY.architecture.values() for name in machine.calls}
    assert names == numbered


def test_a_machine_without_a_table_is_refused() -> None:
    with pytest.raises(UnknownArchitecture, match="riscv64"):
        filter_bytes(POLICY, "riscv64")
