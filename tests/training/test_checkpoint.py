"""Checkpoints are data."""

import io
import os
import pickle
import random

import pytest
import torch

from rlbench.checkpoint_file import load_checkpoint, refuse_other_shapes, sealed
from rlbench.errors import UserError
from rlbench.files import replace_file
from rlbench.training.checkpoint import save_checkpoint


def test_comes_back_as_it_was(tmp_path):
    path = tmp_path / "checkpoint.pt"
    content = {"theta": torch.randn(1, 8), "deep": {"t": torch.arange(3)}, "iteration": 7, "times": [0.5, 1.0]}
    save_checkpoint(path, content)
    back = load_checkpoint(path)
    assert torch.equal(back["theta"], content["theta"])
    assert torch.equal(back["deep"]["t"], content["deep"]["t"])
    assert (back["iteration"], back["times"]) == (7, [0.5, 1.0])
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_the_same_content_is_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_checkpoint(tmp_path / name, {"theta": torch.ones(1, 8), "iteration": 7})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class Malicious:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def saved(content):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("seal", [sealed, bytes])
@pytest.mark.parametrize("write", [saved, lambda content: pickle.dumps(content, protocol=2)], ids=["torch", "pickle"])
def test_a_planted_pickle_is_refused_and_not_run(tmp_path, write, seal):
    path, planted = tmp_path / "checkpoint.pt", tmp_path / "planted"
    path.write_bytes(seal(write({"format": 1, "x": Malicious(f"touch {planted}")})))
    with pytest.raises(UserError, match="not a checkpoint"):
        load_checkpoint(path)
    assert not planted.exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut off", b"sq}", b"\x80\x02}."], ids=repr)
def test_what_is_no_checkpoint_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        load_checkpoint(path)
    assert "\n" not in str(error.value)


def test_a_changed_bit_anywhere_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"theta": torch.ones(1, 64)})
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(UserError, match="it was changed"):
            load_checkpoint(path)


def test_a_checkpoint_cut_anywhere_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"theta": torch.ones(1, 64)})
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError):
            load_checkpoint(path)


def test_replacing_leaves_the_old_file_when_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    path.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert path.read_text() == "old"


def test_no_bytes_are_too_strange_to_be_refused(tmp_path):
    """The reader of pickles meets nonsense with every exception there is."""
    path, rng = tmp_path / "checkpoint.pt", random.Random(0)
    for number in range(1000):
        start = b"" if number % 2 else b"\x80\x02"
        path.write_bytes(start + rng.randbytes(rng.randrange(1, 60)))
        with pytest.raises(UserError, match="move its folder away"):
            load_checkpoint(path)


def test_a_state_of_another_version_is_refused_in_one_line(tmp_path):
    path, theta = tmp_path / "checkpoint.pt", torch.zeros(1, 4)
    fresh = {"theta": theta, "value_unit": {"unit": torch.ones(1, 1)}}
    refuse_other_shapes(path, fresh, fresh, "algorithm")
    told = (
        r"checkpoint.pt is of another version of rlbench: it has no algorithm.value_unit, which .* move its folder away"
    )
    with pytest.raises(UserError, match=told):
        refuse_other_shapes(path, {"theta": theta, "returns": {"count": theta}}, fresh, "algorithm")
