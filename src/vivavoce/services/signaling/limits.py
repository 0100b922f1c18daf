"""The limits of one connection and of the calls it causes, named; a test may make them smaller."""

from dataclasses import dataclass

from vivavoce.services.signaling.conversation import OUTBOX_BYTES_MAX, OUTBOX_MESSAGES_MAX

HELLO_S = 5.0
SILENCE_S = 20.0  # browsers ping every 5 s, throttled background tabs at least every 15 s
WRITE_S = 5.0  # one frame; a socket that takes longer is cut and may resume
FLUSH_S = 2.0  # what is queued before a close
MESSAGES_PER_S = 20.0
MESSAGES_BURST = 120  # what a browser may send anew after a dropped socket
MALFORMED_IN_A_ROW_MAX = 10
BARE_FRAMES_MAX = 64  # pongs and errors of one socket that wait for it
CHECK_S = 20.0  # a look at one path takes six
CHECKS_MAX = 16  # each costs what a sender costs
CHECKS_PER_MINUTE = 20.0  # of one interview; a look at every path takes up to five
CHECKS_BURST = 30
MEDIA_CALL_S = 5.0  # a core that does not answer must not keep people from their welcome


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond the rate a connection is read more slowly; beyond the others it is closed."""

    hello_s: float = HELLO_S
    silence_s: float = SILENCE_S
    write_s: float = WRITE_S
    flush_s: float = FLUSH_S
    messages_per_s: float = MESSAGES_PER_S
    messages_burst: int = MESSAGES_BURST
    malformed_in_a_row_max: int = MALFORMED_IN_A_ROW_MAX
    bare_frames_max: int = BARE_FRAMES_MAX
    outbox_messages_max: int = OUTBOX_MESSAGES_MAX
    outbox_bytes_max: int = OUTBOX_BYTES_MAX
    media_call_s: float = MEDIA_CALL_S
    check_s: float = CHECK_S
    checks_max: int = CHECKS_MAX
    checks_per_minute: float = CHECKS_PER_MINUTE
    checks_burst: int = CHECKS_BURST
