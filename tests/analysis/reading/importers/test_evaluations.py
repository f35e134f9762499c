"""evaluations.npz: what EvalCallback wrote, and what a stranger may have put in its place."""

import io
import os
import struct
import zipfile

import numpy as np
import pytest

from rlbench.analysis.reading.importers import evaluations
from rlbench.analysis.reading.importers.contract import UnusableError
from rlbench.analysis.reading.importers.evaluations import read_evaluations


def write(path, **arrays):
    np.savez(path, **arrays)
    return path


def archive(path, compress=zipfile.ZIP_DEFLATED, **members):
    with zipfile.ZipFile(path, "w", compress) as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)
    return path


def npy(array, shape=None):
    """The bytes of an array, whose header may lie."""
    stream = io.BytesIO()
    header = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": shape or array.shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + array.tobytes()


def test_the_sample(samples):
    found = read_evaluations(samples / "sb3" / "seed-0" / "evaluations.npz")
    assert found.what == "evaluations.npz of EvalCallback (5 episodes each)"
    assert found.evaluations.steps.tolist() == [2048, 4096, 6144, 8192]
    assert found.evaluations.mean[0] == pytest.approx(93.4861938)
    assert found.evaluations.lengths[0] == pytest.approx(94.4)
    assert found.evaluations.action is None


def test_means_and_deviations(tmp_path):
    path = write(tmp_path / "evaluations.npz", timesteps=[10, 20], results=[[1.0, 3.0], [5.0, 5.0]])
    found = read_evaluations(path).evaluations
    assert found.mean.tolist() == [2.0, 5.0]
    assert found.std.tolist() == [1.0, 0.0]
    assert np.isnan(found.lengths).all()


class Trap:
    """Unpickling it runs a command."""

    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_no_pickle_is_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = np.empty((1, 1), dtype=object)
    results[0, 0] = Trap()
    path = write(tmp_path / "evaluations.npz", timesteps=[10], results=results)
    with pytest.raises(UnusableError, match="not of plain numbers"):
        read_evaluations(path)
    assert not (tmp_path / "sprung").exists()


def test_a_bomb_is_not_unpacked(tmp_path):
    path = archive(tmp_path / "evaluations.npz", timesteps=npy(np.array([1])), results=b"\0" * (65 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(UnusableError, match="65 MiB unpacked are more than the 64 MiB read"):
        read_evaluations(path)


def test_a_size_that_the_archive_lies_about_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluations, "LARGEST_ARRAY", 1000)
    path = archive(tmp_path / "evaluations.npz", timesteps=npy(np.array([1])), results=b"\0" * 100_000)
    data = path.read_bytes().replace(struct.pack("<I", 100_000), struct.pack("<I", 500))
    path.write_bytes(data)
    with pytest.raises(UnusableError, match=r"evaluations\.npz is no archive of plain arrays"):
        read_evaluations(path)


@pytest.mark.parametrize("shape", [(10**12,), (1 << 62, 4), (0,), (2, 2)])
def test_a_shape_that_a_header_lies_about_is_not_believed(tmp_path, shape):
    path = archive(tmp_path / "evaluations.npz", timesteps=npy(np.array([1.0])), results=npy(np.array([1.0]), shape))
    with pytest.raises(UnusableError, match="its size is not the one in its header"):
        read_evaluations(path)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"timesteps": [1]}, "no array results"),
        ({"timesteps": [1, 2], "results": [[1.0]]}, "has not one row of episodes"),
        ({"timesteps": [1], "results": [1.0]}, "has not one row of episodes"),
        ({"timesteps": [[]], "results": np.empty((0, 5))}, "has not one row of episodes"),
        ({"timesteps": [2, 1], "results": [[1.0], [2.0]]}, "do not rise"),
        ({"timesteps": [-1], "results": [[1.0]]}, "do not rise"),
        ({"timesteps": [np.nan], "results": [[1.0]]}, "do not rise"),
        ({"timesteps": ["a"], "results": [[1.0]]}, "not of plain numbers"),
    ],
)
def test_arrays_that_are_no_evaluations(tmp_path, arrays, words):
    with pytest.raises(UnusableError, match=words):
        read_evaluations(write(tmp_path / "evaluations.npz", **arrays))


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"nothing", b"PK\x05\x06" + bytes(18)])
def test_no_archive(tmp_path, content):
    (tmp_path / "evaluations.npz").write_bytes(content)
    with pytest.raises(UnusableError, match="is no archive of plain arrays"):
        read_evaluations(tmp_path / "evaluations.npz")


def test_every_cut_and_every_changed_byte_is_read_or_refused_in_one_line(samples, tmp_path):
    whole = (samples / "sb3" / "seed-0" / "evaluations.npz").read_bytes()
    path = tmp_path / "evaluations.npz"
    changed = [whole[:end] for end in range(1, len(whole), 7)]
    changed += [whole[:i] + bytes([whole[i] ^ 255]) + whole[i + 1 :] for i in range(0, len(whole), 7)]
    told = []
    for content in changed:
        path.write_bytes(content)
        try:
            read_evaluations(path)
        except UnusableError as error:
            told.append(str(error))
    assert len(told) > len(changed) / 2
    assert not any("\n" in line for line in told)
