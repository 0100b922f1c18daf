"""Where the media core listens and what browsers are told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """``advertise``: IP addresses at which browsers reach ``port`` (UDP). Each shard takes one more port."""

    host: str
    port: int
    advertise: tuple[str, ...]
    shards: int = 1
