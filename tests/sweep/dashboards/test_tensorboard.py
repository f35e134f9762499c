"""Event files: their bytes, and that our own reader of others' event files reads them back."""

import event_files
import pytest

from rlbench.analysis.reading.importers.events import read_events
from rlbench.sweep.dashboards.tensorboard import FILE, EventFile, crc32c, record, varint
from rlbench.training.job import Job


def test_the_checksum_is_that_of_the_standard():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert crc32c(b"") == 0


@pytest.mark.parametrize("data", [b"", b"\x00", b"an event" * 40])
def test_records_are_those_of_the_format(data):
    assert record(data) == event_files.record(data)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 2**40])
def test_numbers_are_those_of_the_format(number):
    assert varint(number) == event_files.varint(number)


def test_what_is_written_is_read_back(tmp_path):
    job = Job("trpo", "ns/Hopper-v4", (3,), 1000, {}, 0, tmp_path)
    log = EventFile(job, 3)
    log.write(2048, {"return_mean": 12.5, "kl": 0.25})
    log.write(3_000_000_000, {"return_mean": -1.0})
    log.close("finished")
    path = tmp_path / "tensorboard" / "ns-Hopper-v4" / "trpo" / "3" / FILE
    read = read_events([path], ("return_mean", "kl"))
    assert not read.torn
    assert list(read.tags) == ["return_mean", "kl"]
    returns = read.scalars["return_mean"]
    assert (list(returns.steps), list(returns.values)) == ([2048, 3_000_000_000], [12.5, -1.0])
    EventFile(job, 3).close("finished")
    assert list(read_events([path], ("kl",)).tags) == []  # begun anew
