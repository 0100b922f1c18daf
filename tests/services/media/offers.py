"""Offers as a browser makes them after the template (``protocol/signaling.md``)."""

AUDIO = "audio"
VIDEO = "video"
PARTICIPANT = (
    [(AUDIO, "sendonly"), (VIDEO, "sendonly"), (VIDEO, "sendonly"), (AUDIO, "sendonly")]
    + [(AUDIO, "recvonly")] * 7
    + [(VIDEO, "recvonly")] * 7
    + [(VIDEO, "recvonly")] * 2
    + [(AUDIO, "recvonly")] * 2
)
OBSERVER = (
    [(AUDIO, "recvonly")] * 8
    + [(VIDEO, "recvonly")] * 8
    + [(VIDEO, "recvonly")] * 2
    + [(AUDIO, "recvonly")] * 2
)
OPUS = ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"]
TYPES = {"VP8": 96, "VP9": 98, "AV1": 45, "H264": 108}
PARAMETERS = {"VP9": "profile-id=0", "H264": "packetization-mode=1;profile-level-id=42e01f"}
FINGERPRINT = ":".join(["AB"] * 32)


def offer(
    lines: list[tuple[str, str]] = PARTICIPANT,
    *,
    ufrag: str = "abcd",
    pictures: tuple[str, ...] = ("VP8",),
) -> str:
    """A session description with these m-lines, and these formats of pictures on each, the best first."""
    mids = " ".join(str(number) for number in range(len(lines)))
    text = [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mids}",
        "a=msid-semantic: WMS",
    ]
    for number, (kind, direction) in enumerate(lines):
        text += _media(number, kind, direction, ufrag, pictures)
    return "\r\n".join(text) + "\r\n"


def _media(
    number: int, kind: str, direction: str, ufrag: str, pictures: tuple[str, ...]
) -> list[str]:
    types = "111" if kind == AUDIO else " ".join(str(TYPES[name]) for name in pictures)
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {types}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{'p' * 24}",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "a=setup:actpass",
        f"a=mid:{number}",
        f"a={direction}",
        "a=rtcp-mux",
        *(OPUS if kind == AUDIO else [line for name in pictures for line in _format(name)]),
    ]


def _format(name: str) -> list[str]:
    number = TYPES[name]
    parameters = [f"a=fmtp:{number} {PARAMETERS[name]}"] if name in PARAMETERS else []
    feedback = [f"a=rtcp-fb:{number} nack", f"a=rtcp-fb:{number} nack pli"]
    return [f"a=rtpmap:{number} {name}/90000", *parameters, *feedback]
