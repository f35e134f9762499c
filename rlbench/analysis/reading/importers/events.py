"""TensorBoard event files: their scalars by tag, and their texts. Nothing but numbers and short texts is decoded.

An event is a protocol buffer: `wall_time` (1), `step` (2) and a `summary` (5) of values, each with a tag (1) and either
a `simple_value` (2) or a tensor (8). Texts are tensors of strings.
"""

import math
import struct
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rlbench.analysis.reading.importers.contract import MOST_VALUES, UnusableError
from rlbench.analysis.reading.importers.tfrecord import Ending, read_records
from rlbench.analysis.text import shown

MOST_TAGS = 5000
MOST_TEXTS = 50
FLOAT, DOUBLE, STRING = 1, 2, 7  # TensorFlow's numbers of these types
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types


@dataclass
class Scalars:
    """One tag's values, in the order in which they were written."""

    steps: array = field(default_factory=lambda: array("q"))
    values: array = field(default_factory=lambda: array("d"))
    times: array = field(default_factory=lambda: array("d"))


@dataclass
class EventLog:
    """What was read of the event files of one folder."""

    scalars: dict[str, Scalars] = field(default_factory=dict)
    """The wanted tags that occur."""
    tags: dict[str, None] = field(default_factory=dict)
    """All tags of scalars, in the order in which they first occur."""
    texts: dict[str, str] = field(default_factory=dict)
    begin: float = math.nan
    """The wall time of the first event."""
    torn: bool = False


def read_events(paths: Sequence[Path], wanted: Collection[str]) -> EventLog:
    """The files of one run, one after the other, as a run that was resumed has them."""
    log = EventLog()
    for path in sorted(paths, key=lambda each: each.name):
        try:
            whole = read_file(path, wanted, log)
        except UnusableError as error:
            raise UnusableError(f"{shown(path.name)}: {error}") from None
        log.torn |= not whole
    return log


def read_file(path: Path, wanted: Collection[str], log: EventLog) -> bool:
    """Add one file to the log. False where its last record is incomplete."""
    ending = Ending()
    begun: set[str] = set()
    for record in read_records(path, ending):
        try:
            add_event(record, wanted, log, begun)
        except (IndexError, struct.error, ValueError, OverflowError):
            raise UnusableError("a record is no event of TensorBoard") from None
    return not ending.torn


def add_event(record: bytes, wanted: Collection[str], log: EventLog, begun: set[str]) -> None:
    """The wanted numbers and the texts of one event."""
    time, step, summary = math.nan, 0, None
    for number, kind, value in fields(record):
        if number == 1 and kind == FIXED64:
            (time,) = struct.unpack("<d", value)
        elif number == 2 and kind == VARINT:
            step = value - (1 << 64) if value >> 63 else value
        elif number == 5 and kind == BYTES:
            summary = value
    if math.isnan(log.begin):
        log.begin = time
    for number, kind, value in fields(summary or b""):
        if number == 1 and kind == BYTES:
            tag, scalar, text = read_value(value)
            if scalar is not None:
                add_scalar(log, tag, step, scalar, time, wanted, begun)
            elif text is not None and len(log.texts) < MOST_TEXTS:
                log.texts.setdefault(tag, text)


def add_scalar(
    log: EventLog, tag: str, step: int, value: float, time: float, wanted: Collection[str], begun: set[str]
) -> None:
    """Add a value. Where a later file goes back, as a resumed run does, it replaces what was there from that step."""
    if len(log.tags) < MOST_TAGS:
        log.tags[tag] = None
    if tag not in wanted:
        return
    found = log.scalars.setdefault(tag, Scalars())
    if tag not in begun:
        begun.add(tag)
        if found.steps and step <= found.steps[0]:
            raise UnusableError("two runs were written into one folder; put each into a folder of its own")
        while found.steps and found.steps[-1] >= step:
            for each in (found.steps, found.values, found.times):
                each.pop()
    if len(found.steps) == MOST_VALUES:
        raise UnusableError(f"{shown(tag)} has more than {MOST_VALUES:,} values")
    found.steps.append(step)
    found.values.append(value)
    found.times.append(time)


def read_value(data: bytes) -> tuple[str, float | None, str | None]:
    """Tag, number and text of one value of a summary."""
    tag, scalar, text = "", None, None
    for number, kind, value in fields(data):
        if number == 1 and kind == BYTES:
            tag = value.decode("utf-8", "replace")[:500]
        elif number == 2 and kind == FIXED32:
            (scalar,) = struct.unpack("<f", value)
        elif number == 8 and kind == BYTES:
            scalar, text = read_tensor(value)
    return tag, scalar, text


def read_tensor(data: bytes) -> tuple[float | None, str | None]:
    """The number of a tensor that holds one, or the text of one that holds a text."""
    kind_of_tensor, numbers, texts = 0, [], []
    for number, kind, value in fields(data):
        if number == 1 and kind == VARINT:
            kind_of_tensor = value
        elif number in (4, 5, 6) and kind in (BYTES, FIXED32, FIXED64):  # content, float_val, double_val
            numbers.append(value)
        elif number == 8 and kind == BYTES:
            texts.append(value)
    if kind_of_tensor == STRING and len(texts) == 1:
        return None, texts[0].decode("utf-8", "replace")
    dtype = {FLOAT: "<f4", DOUBLE: "<f8"}.get(kind_of_tensor)
    if dtype and len(numbers) == 1 and len(numbers[0]) == np.dtype(dtype).itemsize:
        return float(np.frombuffer(numbers[0], dtype)[0]), None
    return None, None


def fields(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """The fields of a protocol buffer: number, wire type and value. Malformed data raise IndexError or ValueError."""
    place, end = 0, len(data)
    while place < end:
        key, place = varint(data, place)
        kind = key & 7
        value: int | bytes
        if kind == VARINT:
            value, place = varint(data, place)
        else:
            if kind == BYTES:
                length, place = varint(data, place)
            elif kind in (FIXED32, FIXED64):
                length = 4 if kind == FIXED32 else 8
            else:
                raise ValueError("a wire type that no event has")
            if place + length > end:
                raise ValueError("a field beyond the end")
            value, place = data[place : place + length], place + length
        yield key >> 3, kind, value


def varint(data: bytes, place: int) -> tuple[int, int]:
    """A whole number of at most 64 bits, and where it ends."""
    value = shift = 0
    while shift < 64:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, place
        shift += 7
    raise ValueError("a number longer than 64 bits")
