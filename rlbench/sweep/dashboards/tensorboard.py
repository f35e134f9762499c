"""Event files of TensorBoard, OUT/tensorboard/ENVIRONMENT/LABEL/SEED; nothing needs to be installed to write them.

A record is its length, a masked CRC-32C of the length, the event and a masked CRC-32C of the event. An event is a
protocol buffer: wall_time (1), step (2), and a summary (5) of values with a tag (1) and a simple_value (2).
"""

import os
import struct
import time
from collections.abc import Mapping
from functools import cache

from rlbench.layout import environment_folder
from rlbench.training.job import Job

FOLDER, FILE = "tensorboard", "events.out.tfevents.1.rlbench"
POLYNOMIAL = 0x82F63B78


class EventFile:
    """A `Log` that writes an event for each row."""

    def __init__(self, job: Job, seed: int) -> None:
        folder = (
            job.out / FOLDER / environment_folder(job.env) / job.label / str(seed)
        )  # a folder seed-K would be read as a run
        os.makedirs(folder, exist_ok=True)
        self._file = (folder / FILE).open("wb", buffering=0)
        self._file.write(record(_time() + block(3, b"brain.Event:2")))

    def write(self, env_steps: int, values: Mapping[str, float]) -> None:
        summary = b"".join(
            block(1, block(1, name.encode()) + b"\x15" + struct.pack("<f", value)) for name, value in values.items()
        )
        self._file.write(record(_time() + b"\x10" + varint(env_steps) + block(5, summary)))

    def close(self, status: str) -> None:  # noqa: ARG002 (TensorBoard has no place for it)
        self._file.close()


def _time() -> bytes:
    return b"\x09" + struct.pack("<d", time.time())


def record(event: bytes) -> bytes:
    """An event with its length and checksums."""
    length = struct.pack("<Q", len(event))
    return length + masked(length) + event + masked(event)


def masked(data: bytes) -> bytes:
    """The CRC-32C as the format stores it: rotated, with a constant added."""
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """CRC-32C, a byte at a time."""
    crc, table = 0xFFFFFFFF, _table()
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


@cache
def _table() -> tuple[int, ...]:
    def remainder(byte: int) -> int:
        for _ in range(8):
            byte = (byte >> 1) ^ (POLYNOMIAL if byte & 1 else 0)
        return byte

    return tuple(map(remainder, range(256)))


def block(number: int, data: bytes) -> bytes:
    """A field of bytes."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """A whole number, seven bits a byte."""
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])
