"""What people are told about an ending."""

from dataclasses import replace

import pytest

from vivavoce.contracts.runs import Verdict
from vivavoce.services.runner.sandbox import MIB, Ending, Limits, Step, StepKind, Stopped
from vivavoce.services.runner.verdict import judge, seconds, signal_name

LIMITS = Limits(wall_s=10, cpu_s=8, memory_bytes=256 * MIB, processes=64)


def ending(
    exit_code: int | None = 0, *, kind: StepKind = "run", stopped: Stopped | None = None
) -> Ending:
    return Ending(Step(kind, ("program",), LIMITS), exit_code, stopped, wall_ms=1250, cpu_ms=100)


CASES = [
    (ending(0), Verdict.OK, "Finished in 1.25 s."),
    (ending(3), Verdict.NONZERO, "Ended with exit code 3."),
    (
        ending(127),
        Verdict.NONZERO,
        "Ended with exit code 127: a command was not found or could not be started.",
    ),
    (ending(139), Verdict.SIGNAL, "Crashed: it used memory that is not its own (SIGSEGV)."),
    (ending(143), Verdict.SIGNAL, "Ended by the signal SIGTERM."),
    (ending(1, kind="compile"), Verdict.COMPILE_ERROR, "It did not compile."),
    (ending(139, kind="compile"), Verdict.COMPILE_ERROR, "It did not compile."),
    (ending(None, stopped=Stopped.WALL), Verdict.WALL, "Stopped after 10 s: the time limit."),
    (
        ending(None, stopped=Stopped.WALL, kind="compile"),
        Verdict.WALL,
        "Stopped after 10 s: the time limit.",
    ),
    (
        replace(ending(None, stopped=Stopped.WALL), wall_ms=34_000),
        Verdict.WALL,
        "Stopped 10 s after the last input: the time limit.",
    ),
    (
        ending(None, stopped=Stopped.CPU),
        Verdict.CPU,
        "Stopped after 8 s of processor time: the limit.",
    ),
    (ending(152), Verdict.CPU, "Stopped after 8 s of processor time: the limit."),
    (
        replace(ending(137), cpu_ms=8001),
        Verdict.CPU,
        "Stopped after 8 s of processor time: the limit.",
    ),
    (ending(137), Verdict.SIGNAL, "Ended by the signal SIGKILL."),
    (replace(ending(137), out_of_memory=True), Verdict.MEMORY, "Out of memory at 256 MB."),
    (ending(None, stopped=Stopped.MEMORY), Verdict.MEMORY, "Out of memory at 256 MB."),
    (
        ending(137, stopped=Stopped.OUTPUT),
        Verdict.OUTPUT,
        "Stopped: it wrote more output than is kept.",
    ),
    (
        ending(None, stopped=Stopped.CANCELLED),
        Verdict.CANCELLED,
        "Stopped by a participant after 1.25 s.",
    ),
    (
        replace(ending(None, stopped=Stopped.CANCELLED), out_of_memory=True),
        Verdict.CANCELLED,
        "Stopped by a participant after 1.25 s.",
    ),
    (
        replace(ending(254), refused_processes=9),
        Verdict.PROCESSES,
        "The program started too many processes: the limit is 64.",
    ),
    (
        replace(ending(None, stopped=Stopped.WALL, kind="compile"), refused_processes=9),
        Verdict.PROCESSES,
        "The compiler started too many processes: the limit is 64.",
    ),
    (replace(ending(0), refused_processes=9), Verdict.OK, "Finished in 1.25 s."),
    (
        replace(ending(None), fault="a pipe broke"),
        Verdict.SANDBOX_ERROR,
        "The sandbox failed; this is not your program's fault. Run it again.",
    ),
]


@pytest.mark.parametrize(("given", "verdict", "sentence"), CASES)
def test_an_ending_is_told_in_a_word_and_a_sentence(
    given: Ending, verdict: Verdict, sentence: str
) -> None:
    judgement = judge(given)
    assert (judgement.verdict, judgement.sentence) == (verdict, sentence)


def test_an_exit_code_is_told_only_when_the_program_chose_it() -> None:
    assert judge(ending(3)).exit_code == 3
    assert judge(ending(139)).exit_code is None
    assert judge(ending(137, stopped=Stopped.WALL)).exit_code is None


def test_an_exit_code_above_all_signals_is_the_programs_own() -> None:
    assert signal_name(255) is None
    assert judge(ending(255)).sentence == "Ended with exit code 255."


def test_times_are_short() -> None:
    assert [seconds(ms) for ms in (0, 40, 999, 1000, 1250, 10_000)] == [
        *("0 ms", "40 ms", "999 ms", "1 s", "1.25 s", "10 s")
    ]
