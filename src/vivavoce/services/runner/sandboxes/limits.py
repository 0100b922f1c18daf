"""What a step may take that the kernel does not hold by itself, and whether it rests. Pure: samples and ``now`` in, a decision out."""

from dataclasses import dataclass, field

from vivavoce.services.runner.sandbox import Limits, Stopped
from vivavoce.services.runner.sandboxes.cgroups import Usage

INPUT_EXTENDS_TO_S = 600.0  # typing restarts a step's wall time, but no step lasts longer than this
IDLE_WINDOW_S = 1.0
IDLE_SHARE = 0.02  # of one processor: less, and it waits for somebody or for time to pass


@dataclass(slots=True)
class StepWatch:
    """One step from its beginning. ``before`` is what its tree had used by then; ``takes_input`` only the last step."""

    limits: Limits
    began_s: float
    before: Usage
    takes_input: bool
    deadline_s: float = field(init=False)
    _window_began_s: float = field(init=False)
    _window_cpu_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline_s = self.began_s + self.limits.wall_s
        self._window_began_s = self.began_s
        self._window_cpu_s = self.before.cpu_s or 0.0

    def typed(self, now_s: float) -> None:
        """Somebody answered: the wall time begins anew."""
        if self.takes_input:
            allowed_s = min(now_s + self.limits.wall_s, self.began_s + INPUT_EXTENDS_TO_S)
            self.deadline_s = max(self.deadline_s, allowed_s)

    def exceeded(self, now_s: float, used: Usage) -> Stopped | None:
        """The limit that was reached."""
        if now_s >= self.deadline_s:
            return Stopped.WALL
        if used.out_of_memory_kills > self.before.out_of_memory_kills:
            return Stopped.MEMORY
        if used.resident_bytes is not None and used.resident_bytes > self.limits.memory_bytes:
            return Stopped.MEMORY
        if (used.cpu_s or 0.0) - (self.before.cpu_s or 0.0) >= self.limits.cpu_s:
            return Stopped.CPU
        return None

    def is_idle(self, now_s: float, used: Usage) -> bool:
        """Whether a whole window has just passed without work."""
        passed_s = now_s - self._window_began_s
        if passed_s < IDLE_WINDOW_S or used.cpu_s is None:
            return False
        worked_s = used.cpu_s - self._window_cpu_s
        self._window_began_s, self._window_cpu_s = now_s, used.cpu_s
        return 0.0 <= worked_s < IDLE_SHARE * passed_s
