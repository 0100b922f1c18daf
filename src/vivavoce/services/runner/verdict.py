"""From how a job ended to what people are told. Pure; the order of the rules is the order of what explains most."""

import signal
from dataclasses import dataclass

from vivavoce.contracts.runs import Verdict
from vivavoce.services.runner.sandbox import MIB, Ending, Stopped

SHELL_SIGNAL_BASE = 128  # a shell, and bubblewrap, report death by signal n as 128 + n
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127
TYPED_AFTER_MS = 2000  # a run this much longer than its limit was given more time by what was typed


@dataclass(frozen=True, slots=True)
class Judgement:
    """``signal`` is a name such as SIGSEGV."""

    verdict: Verdict
    exit_code: int | None
    signal: str | None
    sentence: str


def judge(ending: Ending) -> Judgement:
    """What happened, in one word and one sentence."""
    name = signal_name(ending.exit_code)
    verdict = _verdict(ending, name)
    exit_code = None if name or ending.stopped else ending.exit_code
    return Judgement(verdict, exit_code, name, _sentence(verdict, ending, name))


def signal_name(exit_code: int | None) -> str | None:
    """Of an exit code above 128, if there is such a signal."""
    if exit_code is None or exit_code <= SHELL_SIGNAL_BASE:
        return None
    try:
        return signal.Signals(exit_code - SHELL_SIGNAL_BASE).name
    except ValueError:
        return None


_STOPPED = {
    Stopped.CANCELLED: Verdict.CANCELLED,
    Stopped.MEMORY: Verdict.MEMORY,
    Stopped.OUTPUT: Verdict.OUTPUT,
    Stopped.CPU: Verdict.CPU,
    Stopped.WALL: Verdict.WALL,
}


def _verdict(ending: Ending, name: str | None) -> Verdict:
    if ending.fault is not None:
        return Verdict.SANDBOX_ERROR
    if ending.stopped is Stopped.CANCELLED:
        return Verdict.CANCELLED
    if ending.out_of_memory:
        return Verdict.MEMORY
    if ending.refused_processes and (ending.stopped is Stopped.WALL or ending.exit_code != 0):
        return Verdict.PROCESSES
    if ending.stopped is not None:
        return _STOPPED[ending.stopped]
    if name == "SIGXCPU" or (name == "SIGKILL" and _used_its_cpu(ending)):
        return Verdict.CPU
    if ending.exit_code == 0:
        return Verdict.OK
    if ending.step.kind == "compile":
        return Verdict.COMPILE_ERROR
    return Verdict.SIGNAL if name else Verdict.NONZERO


def _used_its_cpu(ending: Ending) -> bool:
    return ending.cpu_ms is not None and ending.cpu_ms >= ending.step.limits.cpu_s * 1000


def _sentence(verdict: Verdict, ending: Ending, name: str | None) -> str:
    what = "The compiler" if ending.step.kind == "compile" else "The program"
    match verdict:
        case Verdict.OK:
            return f"Finished in {seconds(ending.wall_ms)}."
        case Verdict.NONZERO:
            return _exit_sentence(ending.exit_code)
        case Verdict.SIGNAL:
            return _signal_sentence(name)
        case Verdict.COMPILE_ERROR:
            return "It did not compile."
        case Verdict.CANCELLED:
            return f"Stopped by a participant after {seconds(ending.wall_ms)}."
        case Verdict.SANDBOX_ERROR:
            return "The sandbox failed; this is not your program's fault. Run it again."
        case _:
            return _limit_sentence(verdict, ending, what)


def _limit_sentence(verdict: Verdict, ending: Ending, what: str) -> str:
    limits = ending.step.limits
    match verdict:
        case Verdict.WALL if ending.wall_ms > limits.wall_s * 1000 + TYPED_AFTER_MS:
            return f"Stopped {seconds(limits.wall_s * 1000)} after the last input: the time limit."
        case Verdict.WALL:
            return f"Stopped after {seconds(limits.wall_s * 1000)}: the time limit."
        case Verdict.CPU:
            return f"Stopped after {limits.cpu_s} s of processor time: the limit."
        case Verdict.MEMORY:
            return f"Out of memory at {limits.memory_bytes // MIB} MB."
        case Verdict.PROCESSES:
            return f"{what} started too many processes: the limit is {limits.processes}."
        case _:
            return "Stopped: it wrote more output than is kept."


_SIGNAL_SENTENCES = {
    "SIGSEGV": "Crashed: it used memory that is not its own (SIGSEGV).",
    "SIGABRT": "Aborted itself (SIGABRT).",
    "SIGFPE": "Crashed: an arithmetic error such as division by zero (SIGFPE).",
    "SIGXFSZ": "Stopped: it wrote a file that is too large (SIGXFSZ).",
    "SIGSYS": "Stopped: it used a system call that is not allowed here (SIGSYS).",
}


def _signal_sentence(name: str | None) -> str:
    return _SIGNAL_SENTENCES.get(name or "", f"Ended by the signal {name}.")


def _exit_sentence(exit_code: int | None) -> str:
    if exit_code in (EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND):
        return f"Ended with exit code {exit_code}: a command was not found or could not be started."
    return f"Ended with exit code {exit_code}."


def seconds(milliseconds: float) -> str:
    """``1.25 s``, ``10 s``, ``40 ms``."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.2f}".rstrip("0").rstrip(".") + " s"
