"""`evaluations.npz` of Stable-Baselines3's EvalCallback. No pickle is loaded, and no array larger than its bound."""

import io
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from rlbench.analysis.reading.importers.contract import (
    MOST_TRANSITIONS,
    Array,
    Evaluations,
    Part,
    UnusableError,
    check_size,
    unknown,
)

TOOL, SHORT = "Stable-Baselines3", "sb3"
NOT_PLAIN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, TypeError)
"""What zipfile and NumPy raise for damaged and encrypted archives, and for arrays of objects."""
LARGEST_ARRAY = 64 << 20
"""Bytes of one array once it is unpacked."""


def read_evaluations(path: Path) -> Part:
    """Its timesteps, and mean, standard deviation and mean length of the episodes of each evaluation."""
    try:
        arrays = read_arrays(path)
    except NOT_PLAIN as error:
        what = " ".join(str(error).split()) or type(error).__name__
        raise UnusableError(f"{path.name} is no archive of plain arrays: {what[:120]}") from None
    steps, results = arrays["timesteps"].ravel(), arrays["results"]
    if results.ndim != 2 or not results.size or len(results) != len(steps):
        raise UnusableError(f"{path.name}: `results` has not one row of episodes for each of `timesteps`")
    if not ((steps >= 0) & (steps <= MOST_TRANSITIONS)).all() or (np.diff(steps) <= 0).any():
        raise UnusableError(f"{path.name}: `timesteps` do not rise")
    lengths = arrays.get("ep_lengths")
    same = lengths is not None and lengths.shape == results.shape
    with np.errstate(all="ignore"):  # a diverged policy's returns may be infinite
        found = Evaluations(
            steps=steps,
            mean=results.mean(axis=1),
            std=results.std(axis=1),
            lengths=lengths.mean(axis=1) if lengths is not None and same else unknown(steps),
        )
    what = f"evaluations.npz of EvalCallback ({results.shape[1]} episodes each)"
    note = (
        "evaluations.npz holds normalised returns if the evaluation environment was a VecNormalize with norm_reward "
        "and no Monitor inside it; the file does not tell"
    )
    return Part(TOOL, SHORT, what, (path,), evaluations=found, notes=(note,))


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays that are used, as float64."""
    check_size(path)
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        for name in ("timesteps", "results"):
            if f"{name}.npy" not in members:
                raise ValueError(f"it has no array {name}")
        return {
            name: read_array(archive, members[f"{name}.npy"])
            for name in ("timesteps", "results", "ep_lengths")
            if f"{name}.npy" in members
        }


def read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    """One array, whose header may not claim more than the archive holds."""
    if info.file_size > LARGEST_ARRAY:
        raise ValueError(f"{info.file_size >> 20:,} MiB unpacked are more than the {LARGEST_ARRAY >> 20} MiB read")
    with archive.open(info) as file:
        data = file.read(LARGEST_ARRAY + 1)
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} of NumPy's format")
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = read_header(stream)
    if kind.kind not in "iuf" or math.prod(shape) * kind.itemsize != len(data) - stream.tell():
        raise ValueError("an array is not of plain numbers, or its size is not the one in its header")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False).astype(np.float64)
