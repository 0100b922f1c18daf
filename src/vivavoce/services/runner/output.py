"""A program's bytes as text for browsers: decoded, gathered into batches, kept for who comes later. Pure.

Invalid UTF-8 becomes U+FFFD, split characters are joined. Control characters pass as they are, inside JSON
strings: what shows them must treat them as text.
"""

import codecs
from dataclasses import dataclass, field
from typing import Literal

BATCH_MS = 16  # one frame of a 60 Hz screen
BATCH_BYTES = 16 << 10

Stream = Literal["stdout", "stderr", "stdin"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Text of one stream."""

    stream: Stream
    text: str


def _decoders() -> dict[str, codecs.IncrementalDecoder]:
    factory = codecs.getincrementaldecoder("utf-8")
    return {stream: factory(errors="replace") for stream in ("stdout", "stderr")}


@dataclass(slots=True)
class OutputBatch:
    """Chunks that wait to be sent, neighbours of one stream joined."""

    _decoders: dict[str, codecs.IncrementalDecoder] = field(default_factory=_decoders)
    _parts: list[tuple[Stream, list[str]]] = field(default_factory=list[tuple[Stream, list[str]]])
    _bytes: int = 0

    def add(self, stream: Literal["stdout", "stderr"], content: bytes) -> bool:
        """Whether the batch is full and should go now."""
        self.add_text(stream, self._decoders[stream].decode(content))
        self._bytes += len(content)
        return self._bytes >= BATCH_BYTES

    def add_text(self, stream: Stream, text: str) -> None:
        if not text:
            return
        if not self._parts or self._parts[-1][0] != stream:
            self._parts.append((stream, []))
        self._parts[-1][1].append(text)

    def take(self) -> list[Chunk]:
        """What waits, in order; the batch is empty after."""
        chunks = [Chunk(stream, "".join(texts)) for stream, texts in self._parts]
        self._parts, self._bytes = [], 0
        return chunks

    def finish(self) -> list[Chunk]:
        """What waits, with the remains of characters that never became whole."""
        for stream in ("stdout", "stderr"):
            self.add_text(stream, self._decoders[stream].decode(b"", final=True))
        return self.take()


def joined(chunks: list[Chunk]) -> list[Chunk]:
    """The same text in as few chunks as the order of streams allows."""
    batch = OutputBatch()
    for chunk in chunks:
        batch.add_text(chunk.stream, chunk.text)
    return batch.take()
