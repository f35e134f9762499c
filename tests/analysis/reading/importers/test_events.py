"""The reader of event files against tensorboard's own, and against files that are none."""

import json
import math
import struct

import numpy as np
import pytest
from event_files import block, crc32c, event, record, scalar, tensor, text, write_events

from rlbench.analysis.reading.importers import tfrecord
from rlbench.analysis.reading.importers.contract import UnusableError
from rlbench.analysis.reading.importers.events import read_events


def test_every_value_is_the_one_that_tensorboard_reads(samples):
    expected = json.loads((samples / "tensorboard.json").read_text())
    assert len(expected) == 10
    for name, tags in expected.items():
        log = read_events([samples / name], tags)
        found = {
            tag: [len(one.steps), one.steps[0], one.steps[-1], sum(one.values)] for tag, one in log.scalars.items()
        }
        assert found == tags, name


def test_the_checksum_is_that_of_its_definition():
    data = [bytes(range(length)) for length in (1, 8, 9, 200)]
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    for each in data:
        assert tfrecord.crc32c(each) == crc32c(each)
        assert tfrecord.crc32c_rows(np.frombuffer(each, np.uint8)[None]).tolist() == [crc32c(each)]


def test_scalars_as_tensors_and_texts(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(event(3, [tensor("a", 1.5), text("b", "words")]) + event(-1, [scalar("a", math.inf)]))
    log = read_events([path], {"a"})
    assert (log.scalars["a"].steps.tolist(), log.scalars["a"].values.tolist()) == ([3, -1], [1.5, math.inf])
    assert log.texts == {"b/text_summary": "words"}


def test_unwanted_tags_are_named_and_not_kept(tmp_path):
    path = write_events(tmp_path, [(1, "a", 1.0), (2, "b", 2.0)])
    log = read_events([path], {"a"})
    assert (list(log.tags), list(log.scalars)) == (["a", "b"], ["a"])


def test_a_large_record_is_passed_by(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    image = event(1, [block(1, b"image") + block(4, bytes(100_000))])
    path.write_bytes(event(1, [scalar("a", 1.0)]) + image + event(2, [scalar("a", 2.0)]))
    assert read_events([path], {"a"}).scalars["a"].steps.tolist() == [1, 2]


def test_a_file_that_was_cut_anywhere_is_read_to_there(tmp_path):
    path = write_events(tmp_path, [(step, "a", float(step)) for step in range(1, 6)])
    whole = path.read_bytes()
    size = len(whole) // 5
    for end in range(1, len(whole)):
        path.write_bytes(whole[:end])
        log = read_events([path], {"a"})
        steps = log.scalars["a"].steps.tolist() if log.scalars else []
        assert (len(steps), log.torn) == (end // size, end % size != 0)


def test_a_changed_byte_is_found_wherever_it_is(tmp_path):
    path = write_events(tmp_path, [(step, "a", float(step)) for step in range(1, 6)])
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(UnusableError, match=r"damaged at byte \d+: a checksum is wrong"):
            read_events([path], {"a"})


def test_a_length_beyond_the_file_allocates_nothing(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    length = struct.pack("<Q", 1 << 60)
    path.write_bytes(length + record(length)[12 + 8 :] + b"rest")
    log = read_events([path], {"a"})
    assert (log.torn, dict(log.scalars)) == (True, {})


@pytest.mark.parametrize(
    "data", [b"\x0b", b"\x2a\xff\xff\xff\xff\x0f", b"\x10" + b"\xff" * 11, b"\x2a\x02\x0a\x05", b"\x08"]
)
def test_a_record_that_is_no_event_is_refused(tmp_path, data):
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(record(data))
    with pytest.raises(UnusableError, match="a record is no event of TensorBoard"):
        read_events([path], {"a"})


def test_a_resumed_run_replaces_what_it_does_again(tmp_path):
    first = write_events(tmp_path, [(1, "a", 1.0), (2, "a", 2.0), (3, "a", 3.0)], "events.out.tfevents.1")
    second = write_events(tmp_path, [(3, "a", 30.0), (4, "a", 40.0)], "events.out.tfevents.2")
    found = read_events([second, first], {"a"}).scalars["a"]
    assert (found.steps.tolist(), found.values.tolist()) == ([1, 2, 3, 4], [1.0, 2.0, 30.0, 40.0])


def test_two_runs_in_one_folder_are_refused(tmp_path):
    first = write_events(tmp_path, [(1, "a", 1.0), (2, "a", 2.0)], "events.out.tfevents.1")
    second = write_events(tmp_path, [(1, "a", 3.0)], "events.out.tfevents.2")
    with pytest.raises(UnusableError, match="two runs were written into one folder"):
        read_events([first, second], {"a"})


def test_a_series_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("rlbench.analysis.reading.importers.events.MOST_VALUES", 3)
    path = write_events(tmp_path, [(step, "a", 1.0) for step in range(4)])
    with pytest.raises(UnusableError, match="a has more than 3 values"):
        read_events([path], {"a"})
