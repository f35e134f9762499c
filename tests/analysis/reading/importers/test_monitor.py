"""Monitor files of Stable-Baselines3."""

import json

import numpy as np
import pytest

from rlbench.analysis.reading.importers.contract import UnusableError
from rlbench.analysis.reading.importers.monitor import is_monitor, read_monitors


def read(folder):
    return read_monitors(sorted(folder.glob("*.monitor.csv")))


def test_an_episode_ends_at_its_worlds_steps_times_the_number_of_worlds(monitors):
    part = read(monitors([(1.0, 10), (2.0, 5)], [(3.0, 12)]))
    training = part.training
    assert training.steps.tolist() == [20, 24, 30]
    assert training.returns.tolist() == [1.0, 3.0, 2.0]
    assert training.lengths.tolist() == [10, 12, 5]
    assert training.seconds.tolist() == [10, 11, 20]  # world 1 began a second later
    assert (training.end, training.single) == (30, True)
    assert (part.told.env, part.told.seed) == ("Hopper-v4", None)


def test_steps_are_those_of_stable_baselines_itself(samples):
    """Its TensorBoard log has the mean over the last 100 episodes at the end of each rollout."""
    training = read(samples / "sb3" / "seed-0").training
    sums = json.loads((samples / "tensorboard.json").read_text())
    (logged,) = (tags for name, tags in sums.items() if name.startswith("sb3-events"))
    rolling = [training.returns[training.steps <= end][-100:].mean() for end in (2048, 4096, 6144, 8192)]
    assert sum(rolling) == pytest.approx(logged["rollout/ep_rew_mean"][3], rel=1e-6)


def test_a_world_without_an_episode_counts_as_a_world(monitors):
    assert read(monitors([(1.0, 10)], [])).training.steps.tolist() == [20]


@pytest.mark.parametrize("missing", [1, 2, 4])  # all three cells, a part of the last one, two cells
def test_a_torn_last_line_is_left_out(monitors, missing):
    folder = monitors([(1.0, 10), (2.0, 5)])
    path = folder / "0.monitor.csv"
    path.write_text(path.read_text()[:-missing])
    assert read(folder).training.returns.tolist() == [1.0]


def test_missing_worlds_are_said(monitors):
    folder = monitors([(1.0, 10)], [(1.0, 10)], [(1.0, 10)])
    (folder / "1.monitor.csv").unlink()
    assert "the Monitor files of some worlds are missing: there are 0, 2" in read(folder).notes


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        ('#{"t_start": 1}\nr,l\n', "do not begin with r, l, t"),
        ("#{broken\nr,l,t\n", "not that of a Monitor file"),
        ("#[1]\nr,l,t\n", "not that of a Monitor file"),
        ('#{"t_start": 1}\nr,l,t\nx,1,1\n', "line 3: r is 'x' and not a number"),
        ('#{"t_start": 1}\nr,l,t\n1,0,1\n', "line 3: an episode of 0 steps"),
        ('#{"t_start": 1}\nr,l,t\n1,nan,1\n', "an episode of nan steps"),
        ('#{"t_start": 1}\nr,l,t\n1,1e300,1\n', "longer than those of any run"),
        ('#{"t_start": 1}\nr,l,t\n1,1\n', "line 3 has 2 cells, and the header has 3"),
        ('#{"t_start": 1}\nr,l,t\n1,1,1\n#{"t_start": 2},,\n', "line 4 is a second header"),
        ('#{"t_start": 1}\nr,l,t\n', "no episode has ended"),
        ('#{"t_start": 1}\nr,l,t\n' + "1" * 70_000, "longer than any row"),
        ('#{"t_start": 1}\nr,l,t\n1,1,\0\n', "zero byte"),
    ],
)
def test_what_is_none_is_refused(tmp_path, content, words):
    path = tmp_path / "0.monitor.csv"
    path.write_text(content)
    with pytest.raises(UnusableError, match=words):
        read(tmp_path)


def test_worlds_that_would_fill_the_memory_are_refused(monitors, monkeypatch):
    monkeypatch.setattr("rlbench.analysis.reading.importers.monitor.MOST_VALUES", 3)
    assert len(read(monitors([(1.0, 10)] * 2, [(1.0, 10)])).training.steps) == 3
    for worlds in ([[(1.0, 10)] * 2, [(1.0, 10)] * 2], [[(1.0, 10)] * 9]):
        with pytest.raises(UnusableError, match="its Monitor files have more than 3 episodes"):
            read(monitors(*worlds))


def test_files_of_two_tasks_are_no_run(monitors):
    folder = monitors([(1.0, 10)])
    (folder / "1.monitor.csv").write_text('#{"t_start": 1, "env_id": "Ant-v4"}\nr,l,t\n1,1,1\n')
    with pytest.raises(UnusableError, match="several tasks: Ant-v4, Hopper-v4"):
        read(folder)


def test_an_environment_without_an_id_tells_no_task(monitors):
    assert read(monitors([(1.0, 10)], env="None")).told.env is None


def test_it_is_known_by_its_first_line(samples, tmp_path):
    assert is_monitor(samples / "sb3" / "seed-0" / "0.monitor.csv")
    (tmp_path / "a.csv").write_text("step,return\n")
    assert not is_monitor(tmp_path / "a.csv")
    assert np.isfinite(read(samples / "sb3" / "seed-2").training.seconds).all()
