"""How much one connection may ask of the server; pure.

Whoever has spent it is read slower: nothing is dropped, and the network pushes back on the sender.
"""

FRAMES_PER_S = 60.0
FRAMES_BURST = 200.0
BYTES_PER_FRAME = (
    16 << 10
)  # a larger frame counts as several: about 1 MiB a second sustained, 3 MiB at once
WORK_S_PER_FRAME = (
    0.001  # so does one that makes work: no connection has more than 6 % of the process for long
)


class Allowance:
    """Counted in frames; it refills with time. One frame may overdraw it, and the next waits."""

    def __init__(self, now_s: float) -> None:
        self._frames = FRAMES_BURST
        self._refilled_s = now_s

    def wait_s(self, now_s: float) -> float:
        """How long the next frame has to wait; 0 if not at all."""
        refill = (now_s - self._refilled_s) * FRAMES_PER_S
        self._frames = min(FRAMES_BURST, self._frames + refill)
        self._refilled_s = now_s
        return max(0.0, -self._frames / FRAMES_PER_S)

    def charge(self, size_bytes: int, work_s: float) -> None:
        """One frame of this size, which kept the process busy for so long."""
        self._frames -= 1 + size_bytes / BYTES_PER_FRAME + work_s / WORK_S_PER_FRAME
