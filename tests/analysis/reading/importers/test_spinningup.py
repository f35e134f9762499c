"""progress.txt and config.json of Spinning Up."""

import json

import numpy as np
import pytest

from rlbench.analysis.reading.importers.contract import UnusableError
from rlbench.analysis.reading.importers.spinningup import is_spinning_up, read_spinning_up


def write(folder, *lines, config=None):
    (folder / "progress.txt").write_text("".join(f"{line}\n" for line in lines))
    if config is not None:
        (folder / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    return folder / "progress.txt"


def test_the_sample(samples):
    path = samples / "spinningup" / "ppo" / "ppo_s1" / "progress.txt"
    assert is_spinning_up(path)
    part = read_spinning_up(path)
    assert part.training.steps.tolist() == [1024 * (i + 1) for i in range(8)]
    first = dict(zip(*(line.split("\t") for line in path.read_text().splitlines()[:2])))
    training = part.training
    found = [training.returns[0], training.low[0], training.high[0], training.lengths[0], training.seconds[0]]
    assert found == [float(first[name]) for name in ("AverageEpRet", "MinEpRet", "MaxEpRet", "EpLen", "Time")]
    told = part.told
    assert (told.env, told.seed, told.algorithm, told.budget) == (None, 1, "ppo", 8192)
    assert told.settings["clip_ratio"] == 0.2
    assert told.settings["ac_kwargs.hidden_sizes"] == [64, 64]
    assert not any(" at 0x" in f"{name}{value}" for name, value in told.settings.items())


def test_tests_of_the_mean_action(tmp_path):
    head = "Epoch\tAverageEpRet\tAverageTestEpRet\tStdTestEpRet\tTestEpLen\tTotalEnvInteracts"
    path = write(tmp_path, head, "0\t1.5\t2.5\t0.5\t10\t100", config={"env_name": "Ant-v4", "seed": 3})
    part = read_spinning_up(path)
    found = part.evaluations
    assert [each.tolist() for each in (found.steps, found.mean, found.std, found.lengths)] == [
        [100],
        [2.5],
        [0.5],
        [10],
    ]
    assert found.action == "det"
    assert (part.told.env, part.told.seed) == ("Ant-v4", 3)
    assert np.isnan(part.training.low).all()


def test_objects_are_no_settings(tmp_path):
    """They are written with their addresses, and seeds of one algorithm would differ in them."""
    config = {"gamma": 0.9, "ac_kwargs": {"<Net object at 0x7f>": 1, "sizes": [64]}, "env_fn": "<f at 0x7f>"}
    told = read_spinning_up(write(tmp_path, "AverageEpRet\tTotalEnvInteracts", "1\t10", config=config)).told
    assert told.settings == {"gamma": 0.9, "ac_kwargs.sizes": [64]}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["AverageEpRet\tTotalEnvInteracts"], "no row yet"),
        (["AverageEpRet\tTotalEnvInteracts", "1\t10", "2\t10"], "TotalEnvInteracts does not rise"),
        (["AverageEpRet\tTotalEnvInteracts", "1\t-1"], "TotalEnvInteracts does not rise"),
        (["AverageEpRet\tTotalEnvInteracts", "1\tnan"], "TotalEnvInteracts does not rise"),
        (["AverageEpRet\tTotalEnvInteracts", "one\t1"], "line 2: AverageEpRet is 'one' and not a number"),
        (["AverageEpRet\tTotalEnvInteracts\tTotalEnvInteracts", "1\t1\t1"], "twice"),
        (["AverageEpRet\tTotalEnvInteracts", "1\t2\t3"], "line 2 has 3 cells, and the header has 2"),
    ],
)
def test_what_is_none_is_refused(tmp_path, lines, words):
    with pytest.raises(UnusableError, match=words):
        read_spinning_up(write(tmp_path, *lines))


@pytest.mark.parametrize(
    "config",
    [
        "",
        "{",
        "[1]",
        "[" * 100_000,
        '{"seed": "3", "exp_name": 1, "epochs": true}',
        '{"epochs": 1e999}',
        " " * (2 << 20),
    ],
)
def test_a_config_that_tells_nothing(tmp_path, config):
    told = read_spinning_up(write(tmp_path, "AverageEpRet\tTotalEnvInteracts", "1\t10", config=config)).told
    assert (told.env, told.seed, told.algorithm) == (None, None, None)


def test_other_texts_are_none(tmp_path):
    assert not is_spinning_up(write(tmp_path, "step\treward"))
    assert not is_spinning_up(tmp_path / "nowhere.txt")
