"""TFRecord files, the container of TensorBoard's events: records between their lengths and checksums.

Written here rather than taken from the tensorboard package: that one brings gRPC and protobuf along, thins long series
at random unless told otherwise, and reads a record of any size that a file claims.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlbench.analysis.reading.importers.contract import UnusableError, check_size

LARGEST_RECORD = 64 << 10
"""Bytes. Larger records are images, histograms and graphs, which are passed by without being read."""
BATCH = 4096
HEAD = struct.Struct("<QI")
CRC = struct.Struct("<I")


def _table() -> list[int]:
    """CRC-32C (polynomial 0x1EDC6F41, bits reversed) of each byte."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = _table()
TABLE_ARRAY = np.array(TABLE, dtype=np.uint32)


@dataclass
class Ending:
    """How the reading of a file ended."""

    torn: bool = False
    """The last record is incomplete, as a killed program leaves it."""


def read_records(path: Path, ending: Ending) -> Iterator[bytes]:
    """Every record of bearable size, each with a right checksum; an UnusableError says where the file is damaged."""
    size = check_size(path)
    batch: list[tuple[int, bytes, int]] = []
    place = 0
    with path.open("rb") as file:
        while head := file.read(HEAD.size):
            if len(head) < HEAD.size:
                ending.torn = True
                break
            length, checksum = HEAD.unpack(head)
            if masked(crc32c(head[:8])) != checksum:
                raise UnusableError(damaged(place))
            if place + HEAD.size + length + CRC.size > size:
                ending.torn = True
                break
            if length > LARGEST_RECORD:
                file.seek(length + CRC.size, 1)
            else:
                data, tail = file.read(length), file.read(CRC.size)
                if len(tail) < CRC.size:  # the file was cut while it was read
                    ending.torn = True
                    break
                batch.append((place, data, CRC.unpack(tail)[0]))
            place += HEAD.size + length + CRC.size
            if len(batch) == BATCH:
                yield from verified(batch)
                batch = []
    yield from verified(batch)


def verified(batch: list[tuple[int, bytes, int]]) -> list[bytes]:
    """The records of a batch. Those of one length are verified together, which is many times faster than each alone."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, (_, data, _) in enumerate(batch):
        by_length[len(data)].append(index)
    for length, indices in by_length.items():
        joined = b"".join(batch[index][1] for index in indices)
        found = crc32c_rows(np.frombuffer(joined, np.uint8).reshape(len(indices), length))
        for index, checksum in zip(indices, found.tolist()):
            if masked(checksum) != batch[index][2]:
                raise UnusableError(damaged(batch[index][0]))
    return [data for _, data, _ in batch]


def damaged(place: int) -> str:
    return f"damaged at byte {place:,}: a checksum is wrong; restore the file from a copy"


def crc32c(data: bytes) -> int:
    """CRC-32C of a few bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def crc32c_rows(rows: np.ndarray) -> np.ndarray:
    """CRC-32C of each row of bytes, [records, bytes] -> [records]."""
    crc = np.full(len(rows), 0xFFFFFFFF, dtype=np.uint32)
    for column in rows.T:
        crc = TABLE_ARRAY[(crc ^ column) & 0xFF] ^ (crc >> np.uint32(8))
    return crc ^ np.uint32(0xFFFFFFFF)


def masked(crc: int) -> int:
    """The form in which a file keeps a checksum: rotated and moved, so that checksums of checksums are not weak."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
