"""A stream of stamped datagrams, as a script of its own in each namespace: no package needed.

``stream.py receive ADDRESS PORT IDLE_S`` says ``listening``, then prints ``[[number, transit_ms], ...]`` once nothing has
come for a while; ``stream.py send ADDRESS PORT COUNT INTERVAL_MS`` sends. Both read one machine's monotonic clock.
"""

import json
import socket
import struct
import sys
import time

PAYLOAD_BYTES = 200
STAMP = struct.Struct("!IQ")  # number, time sent in ns


def receive(address: str, port: int, idle_s: float) -> None:
    """Print the number and transit time of each datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((address, port))
        say("listening")
        arrived: list[tuple[int, float]] = []
        while True:
            try:
                datagram = listening.recv(2 * PAYLOAD_BYTES)
            except TimeoutError:
                break
            listening.settimeout(idle_s)
            number, sent_ns = STAMP.unpack_from(datagram)
            arrived.append((number, (time.monotonic_ns() - sent_ns) / 1e6))
    say(json.dumps(arrived))


def send(address: str, port: int, count: int, interval_ms: float) -> None:
    """Send ``count`` datagrams, evenly spaced."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        started = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, started + number * interval_ms / 1000 - time.monotonic()))
            stamp = STAMP.pack(number, time.monotonic_ns())
            sending.sendto(stamp.ljust(PAYLOAD_BYTES, b"\0"), (address, port))


def say(line: str) -> None:
    """One line to whoever started this."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    verb, address, port, *numbers = sys.argv[1:]
    if verb == "receive":
        receive(address, int(port), float(numbers[0]))
    else:
        send(address, int(port), int(numbers[0]), float(numbers[1]))
