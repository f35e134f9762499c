"""What each tool's event files mean."""

import numpy as np
import pytest
from event_files import write_events

from rlbench.analysis.reading.importers.contract import Columns, UnusableError
from rlbench.analysis.reading.importers.tags import read_event_folder


def read(folder, **columns):
    rest = {name: columns.pop(name) for name in ("steps_per_iteration", "episodes") if name in columns}
    paths = sorted(each for each in folder.iterdir() if "tfevents" in each.name)
    return read_event_folder(paths, Columns({name.rstrip("_"): tag for name, tag in columns.items()}, **rest))


def test_cleanrl(samples):
    (folder,) = (samples / "cleanrl").glob("*__0__*")
    part = read(folder)
    assert (part.tool, part.short, part.what) == ("CleanRL", "cleanrl", "an event file of CleanRL")
    told = part.told
    assert (told.env, told.seed, told.algorithm, told.budget) == ("Hopper-v4", 0, "ppo_continuous_action", 8192)
    assert told.settings["clip_coef"] == 0.2
    assert told.settings["target_kl"] is None
    assert "seed" not in told.settings
    training = part.training
    assert training.single
    assert (len(training.steps), training.steps[0], training.lengths[0]) == (341, 16, 16)
    assert training.end == 8192  # of the last iteration, and not of the last episode
    assert (np.diff(training.seconds) >= 0).all()


def test_cleanrls_folder_name_tells_where_the_table_does_not(tmp_path):
    folder = tmp_path / "Ant-v4__ppo__3__1700000000"
    write_events(folder, [(10, "charts/episodic_return", 1.0)])
    told = read(folder).told
    assert (told.env, told.algorithm, told.seed, told.budget) == ("Ant-v4", "ppo", 3, None)


def test_evaluations_that_are_counted_by_episodes_are_left_out(tmp_path):
    write_events(tmp_path, [(10, "charts/episodic_return", 1.0), (0, "eval/episodic_return", 5.0)])
    part = read(tmp_path)
    assert part.evaluations is None
    assert any("eval/episodic_return is counted by episodes" in note for note in part.notes)


def test_stable_baselines(samples):
    part = read(samples / "sb3-events" / "PPO_seed0_1")
    assert (part.tool, part.told.env, part.training.single) == ("Stable-Baselines3", None, False)
    assert part.training.steps.tolist() == [2048, 4096, 6144, 8192]
    assert "rolling means" in part.training.manner
    assert part.evaluations.steps.tolist() == [2048, 4096, 6144, 8192]
    assert part.evaluations.mean[0] == pytest.approx(93.486, abs=1e-3)
    assert part.evaluations.lengths[0] == pytest.approx(94.4, abs=1e-3)


def test_tianshou(samples):
    part = read(samples / "tianshou" / "Hopper-v4" / "ppo" / "1")
    assert (part.tool, part.told.env, part.told.seed) == ("Tianshou", "Hopper-v4", 1)
    assert part.training.steps.tolist() == [1024 * (i + 1) for i in range(8)]
    assert part.evaluations.steps.tolist() == [0, 2048, 4096, 6144, 8192]
    assert np.isfinite(part.evaluations.std).all()


def test_tianshou_of_earlier_versions(tmp_path):
    write_events(tmp_path, [(10, "train/reward", 1.0), (10, "test/reward", 2.0), (10, "test/reward_std", 0.5)])
    part = read(tmp_path)
    assert (part.tool, part.training.returns.tolist()) == ("Tianshou", [1.0])
    assert (part.evaluations.mean.tolist(), part.evaluations.std.tolist()) == ([2.0], [0.5])


def test_rsl_rl_counts_iterations_and_its_rate_tells_their_size(samples):
    for seed in range(3):
        part = read(samples / "rsl_rl" / f"seed-{seed}")
        assert part.training.steps.tolist() == [1024 * (i + 1) for i in range(8)]  # 16 environments, 64 steps
        assert any("each is 1,024 transitions" in note for note in part.notes)


def rates(*rows):
    """An iteration for each row (rate, seconds)."""
    return [
        entry
        for i, (rate, seconds) in enumerate(rows)
        for entry in (
            (i, "Train/mean_reward", 1.0),
            (i, "Perf/total_fps", rate),
            (i, "Perf/collection_time", seconds),
            (i, "Perf/learning_time", 0.0),
        )
    ]


def test_an_iterations_size_is_not_guessed(tmp_path):
    write_events(tmp_path, rates((10, 3.0)))  # anything from 30 to 32
    with pytest.raises(UnusableError, match="--steps-per-iteration"):
        read(tmp_path)
    assert read(tmp_path, steps_per_iteration=32).training.steps.tolist() == [32]


def test_several_iterations_narrow_it_down(tmp_path):
    write_events(tmp_path, rates((10, 3.0), (7, 3.99)))  # 30 to 32, and 28 to 31, of which 30 and 31 are both
    with pytest.raises(UnusableError, match="--steps-per-iteration"):
        read(tmp_path)
    write_events(tmp_path, rates((10, 3.0), (7, 3.99), (15, 2.05)))  # and 31 or 32
    assert read(tmp_path).training.steps.tolist() == [31, 62, 93]


def test_contradicting_rates_are_no_size(tmp_path):
    write_events(tmp_path, rates((10, 0.5), (100, 0.5)))
    with pytest.raises(UnusableError, match="--steps-per-iteration"):
        read(tmp_path)


def test_named_tags(tmp_path):
    rows = [(i, tag, value) for i in range(3) for tag, value in (("score", 2.0 * i), ("frames", 100.0 * i), ("t", 7.0))]
    write_events(tmp_path, rows)
    with pytest.raises(UnusableError, match="no returns are among its tags \\(score, frames, t\\); name them with"):
        read(tmp_path)
    part = read(tmp_path, return_="score", steps="frames", eval="t")
    assert part.training.steps.tolist() == [0, 100, 200]
    assert part.training.returns.tolist() == [0, 2, 4]
    assert part.evaluations.mean.tolist() == [7, 7, 7]
    with pytest.raises(UnusableError, match="have no tag 'nothing', but score, frames, t"):
        read(tmp_path, return_="nothing")
    with pytest.raises(UnusableError, match="have no tag 'nothing'"):
        read(tmp_path, return_="score", steps="nothing")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(-5, "charts/episodic_return", 1.0)], "at no step that a run can have"),
        ([(1 << 62, "charts/episodic_return", 1.0)], "at no step that a run can have"),
        ([(9, "charts/episodic_return", 1.0), (5, "charts/episodic_return", 1.0)], "its steps go back"),
        ([], "no returns are among its tags \\(none at all\\)"),
    ],
)
def test_values_at_steps_that_cannot_be(tmp_path, rows, words):
    write_events(tmp_path, rows, texts=[("hyperparameters", "|param|value|\n|-|-|\n|seed|1|")])
    with pytest.raises(UnusableError, match=words):
        read(tmp_path)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("|param|value|\n|-|-|\n|env_id|Ant-v4|\n|seed|7|", ("Ant-v4", 7)),
        ("|param|value|\n|-|-|\n|seed|-1|\n|env_id|None|", (None, None)),
        ("|param|value|\n|-|-|\n|seed|1e400|\n|env_id|[|]|", ("[|]", None)),
        ("|param|value|\n|-|-|\n|seed|__import__('os').abort()|", (None, None)),
        ("", (None, None)),
        ("|||||\n" * 1000, (None, None)),
    ],
)
def test_hyperparameters_of_strangers_are_words(tmp_path, table, told):
    write_events(tmp_path, [(10, "charts/episodic_return", 1.0)], texts=[("hyperparameters", table)])
    found = read(tmp_path).told
    assert (found.env, found.seed) == told
