"""A seed that was left out is noticed."""

import pytest

from rlbench.analysis.reading.integrity import check_folders
from rlbench.analysis.reading.missing_seeds import MOST, asked_for, of_missing_seeds


def runs(*seeds, command=None):
    return {"Hopper-v4/trpo": {seed: {"seed": seed, "command": command} for seed in seeds}}


@pytest.mark.parametrize(
    ("seeds", "asked", "missing"),
    [
        ((0, 1, 2), None, ""),
        ((0, 2, 3), None, "seed-1"),
        ((0, 1, 2), "5", "seed-3, seed-4"),
        ((10, 11, 12), "10-12", ""),
        ((0, 7), "0,3,7", "seed-1, seed-2, seed-3 and 3 more"),
        ((0, 1), "nonsense", ""),
    ],
)
def test_which_seeds_are_missing(seeds, asked, missing):
    command = ["rlbench", "run", "trpo", "--seeds", asked] if asked else None
    notes = of_missing_seeds(runs(*seeds, command=command))
    assert [note.partition(":")[0] for note in notes] == ([f"without {missing}"] if missing else [])
    assert all(folders == ["Hopper-v4/trpo"] for folders in notes.values())


@pytest.mark.parametrize("command", [None, 3, ["--seeds"], ["--seeds", 3], ["--seeds", "9" * 400], ["--seeds", "-1"]])
def test_a_strangers_command_asks_for_nothing(command):
    assert list(asked_for(command)) == []


def test_a_strangers_numbers_cost_no_time():
    assert len(list(asked_for(["--seeds", "999999999"]))) == MOST
    assert len(list(asked_for(["--seeds", "0-999999999"]))) == MOST + 1
    assert of_missing_seeds(runs(0, 10**12))


def test_check_notes_it(tmp_path, write_run, monkeypatch):
    for seed in (0, 1, 3):
        write_run(tmp_path, "Hopper-v4", "trpo", seed, command=["rlbench", "run", "trpo", "--seeds", "4"])
    monkeypatch.chdir(tmp_path)
    assert [note for note in check_folders([tmp_path]).notes if "without seed-2: " in note]
