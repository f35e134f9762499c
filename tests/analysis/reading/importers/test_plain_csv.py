"""Tables of any program."""

import numpy as np
import pytest

from rlbench.analysis.reading.importers.contract import Columns, UnusableError
from rlbench.analysis.reading.importers.plain_csv import read_plain_csv


def read(tmp_path, content, episodes=False, **columns):
    path = tmp_path / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_plain_csv(
        path, Columns({name.rstrip("_"): value for name, value in columns.items()}, episodes=episodes)
    )


@pytest.mark.parametrize(
    ("content", "steps", "returns"),
    [
        ("step,return\n1,2.5\n3,4\n", [1, 3], [2.5, 4]),
        ("Global_Step\tEpisodic_Return\n10\t1\n", [10], [1]),
        ("timesteps;ep_rew_mean\n1e3;-1\n", [1000], [-1]),
        ("﻿step,return\r\n1,2\r\n", [1], [2]),
        ("step,return\n1,2\n\n3,4", [1, 3], [2, 4]),  # an empty line, and no end of the last one
        ('"step","loss","return"\n1,,2\n2,5,\n3,,4\n', [1, 3], [2, 4]),  # other things in rows of their own
        ("step,return\n,7\n5,8\n", [5], [8]),
        ("iteration,env_steps,step,return_mean\n0,100,1,5\n", [100], [5]),  # the surest name
    ],
)
def test_usual_names_and_separators(tmp_path, content, steps, returns):
    (part,) = read(tmp_path, content)
    assert (part.training.steps.tolist(), part.training.returns.tolist()) == (steps, returns)
    assert not part.training.single


def test_runs_that_columns_tell_apart(tmp_path):
    content = "env,algo,seed,step,return\nA-v1,x,1,5,1\nA-v1,x,2,5,2\nB-v1,y,1.0,5,3\nA-v1,x,1,6,4\n"
    parts = read(tmp_path, content)
    assert [(part.told.env, part.told.algorithm, part.told.seed) for part in parts] == [
        ("A-v1", "x", 1),
        ("A-v1", "x", 2),
        ("B-v1", "y", 1),
    ]
    assert parts[0].training.returns.tolist() == [1, 4]


def test_evaluations_and_training_returns_are_kept_apart(tmp_path):
    (part,) = read(tmp_path, "step,return,eval_return\n1,2,\n2,3,10\n")
    assert part.training.returns.tolist() == [2, 3]
    assert (part.evaluations.steps.tolist(), part.evaluations.mean.tolist()) == ([2], [10])
    (part,) = read(tmp_path, "step,eval_return\n1,2\n")
    assert part.training is None


@pytest.mark.parametrize(
    ("name", "rolling"), [("rollout/ep_rew_mean", True), ("episode_reward_mean", True), ("return", False)]
)
def test_columns_that_tools_smooth_are_known(tmp_path, name, rolling):
    (part,) = read(tmp_path, f"total_timesteps,{name}\n1,2\n")
    assert part.training.rolling == rolling
    assert ("rolling" in part.training.manner) == rolling


def test_named_columns(tmp_path):
    (part,) = read(tmp_path, "x,reward,step\n5,1,9\n", episodes=True, steps="x", return_="reward")
    assert (part.training.steps.tolist(), part.training.single) == ([5], True)
    assert part.what == "a table (steps = x, return = reward)"


@pytest.mark.parametrize(
    ("content", "columns", "words"),
    [
        ("", {}, "the file is empty"),
        ("step,return\n", {}, "no row below its header"),
        ("x,return\n1,1\n", {}, "none of its columns (x, return) is known to count transitions"),
        ("step,reward\n1,1\n", {}, "is known to hold returns; name it with --column return=NAME"),
        ("step,return\n1,1\n", {"return_": "score"}, "it has no column 'score', but step, return"),
        ("step,return,step\n1,1,1\n", {}, "the column 'step' twice"),
        ("step,return\n1,2,3\n", {}, "line 2 has 3 cells, and the header has 2"),
        ("step,return\n1,two\n", {}, "line 2: return is 'two' and not a number"),
        ("step,return\n-1,1\n", {}, "line 2: -1 is no number of transitions"),
        ("step,return\n1.5,1\n", {}, "line 2: 1.5 is no number of transitions"),
        ("step,return\ninf,1\n", {}, "line 2: inf is no number of transitions"),
        ("step,return\n1e300,1\n", {}, "line 2: 1e+300 is no number of transitions"),
        ("step,return\n5,1\n1,1\n", {}, "line 3: the steps go back from 5 to 1; if these are several runs, name"),
        ("seed,step,return\nx,1,1\n", {}, "'x' is no seed"),
        ("seed,step,return\n-1,1,1\n", {}, "'-1' is no seed"),
        ("seed,step,return\n٣,1,1\n", {}, "'٣' is no seed"),
        ("step,return\n1,1\n".encode("utf-16"), {}, "the text is UTF-16; save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", {}, "is known to count transitions"),
        ("step,return\n" + "9" * 100_000, {}, "line 2 is longer than any row of a table"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, content, columns, words):
    with pytest.raises(UnusableError) as told:
        read(tmp_path, content, **columns)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_table_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("rlbench.analysis.reading.importers.plain_csv.MOST_VALUES", 3)
    with pytest.raises(UnusableError, match="more than 3 rows"):
        read(tmp_path, "step,return\n" + "".join(f"{i},1\n" for i in range(4)))
    monkeypatch.setattr("rlbench.analysis.reading.importers.plain_csv.MOST_RUNS", 2)
    with pytest.raises(UnusableError, match="more than 2 runs"):
        read(tmp_path, "seed,step,return\n" + "".join(f"{i},1,1\n" for i in range(3)))


def test_a_file_larger_than_is_read_is_refused_unread(tmp_path):
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(2 << 30)
    with pytest.raises(UnusableError, match="2,048 MiB is more than the 1,024 MiB that are read"):
        read_plain_csv(tmp_path / "a.csv", Columns())


def test_numbers_that_are_no_numbers_are_not_measured(tmp_path):
    (part,) = read(tmp_path, "step,return\n1,nan\n2,5\n3,NaN\n")
    assert (part.training.steps.tolist(), part.training.end) == ([2], 3)
    assert np.isfinite(part.training.returns).all()
