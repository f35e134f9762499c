"""Files are written whole, and errors name them."""

import errno
import os

import pytest

from rlbench.files import replace_file, write_all


class Reluctant:
    """An unbuffered file that takes three bytes at a time, as a raw write may."""

    name = "/somewhere/rows.csv"

    def __init__(self, room=1000):
        self.content, self.room = b"", room

    def write(self, content):
        if len(self.content) >= self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = bytes(content[:3])
        self.content += taken
        return len(taken)


def test_what_is_taken_in_parts_is_written_whole():
    file = Reluctant()
    write_all(file, b"one,two,three\n")
    assert file.content == b"one,two,three\n"


def test_an_error_of_writing_names_the_file():
    with pytest.raises(OSError, match=r"No space left on device: '/somewhere/rows.csv'") as error:
        write_all(Reluctant(room=6), b"one,two,three\n")
    assert error.value.errno == errno.ENOSPC
    assert error.value.filename == "/somewhere/rows.csv"


def test_a_sync_that_fails_leaves_the_old_file_and_is_named(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    replace_file(path, b"old")

    def fail(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"Input/output error: '.*run.json'"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_folder_that_vanished_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone/checkpoint.pt.new"):
        replace_file(tmp_path / "gone" / "checkpoint.pt", b"")
