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
CODECS = {
    AUDIO: ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"],
    VIDEO: ["a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli"],
}
TYPES = {AUDIO: "111", VIDEO: "96"}
FINGERPRINT = ":".join(["AB"] * 32)


def offer(lines: list[tuple[str, str]] = PARTICIPANT, *, ufrag: str = "abcd") -> str:
    """A session description with these m-lines."""
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
        text += _media(number, kind, direction, ufrag)
    return "\r\n".join(text) + "\r\n"


def _media(number: int, kind: str, direction: str, ufrag: str) -> list[str]:
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {TYPES[kind]}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{'p' * 24}",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "a=setup:actpass",
        f"a=mid:{number}",
        f"a={direction}",
        "a=rtcp-mux",
        *CODECS[kind],
    ]
