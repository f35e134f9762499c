import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

import rlbench
from rlbench.analysis.frames.published import published_frame
from rlbench.analysis.published import published_results, scale, scale_source
from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.reading.metrics import METRIC_NAMES
from rlbench.analysis.report.published_grid import published_grid
from rlbench.envs import list_tasks

HEADER = "env_steps,return_mean,eval_return_det,eval_return_stoch"


def test_every_result_says_how_it_was_measured():
    results = published_results()
    assert len(results) > 40
    assert (
        results[["env", "algorithm", "published", "seeds", "env_steps", "source", "version", "measured"]]
        .notna()
        .all(axis=None)
    )
    assert set(results["metric"]) <= {*METRIC_NAMES, ""}
    assert set(results["env"]) <= set(list_tasks())


def test_a_standard_error_becomes_a_standard_deviation():
    hopper = published_results(["Hopper-v4"], ["trpo"]).set_index("source")
    assert hopper.loc["sb3-contrib", ["published", "seeds"]].tolist() == [3372, 3]
    assert hopper.loc["sb3-contrib", "std"] == pytest.approx(215 * np.sqrt(3))
    assert hopper.loc["Tianshou", ["published", "std", "seeds", "metric"]].tolist() == [2007, 928, 10, "eval-stoch"]


def test_a_version_with_other_rewards_has_no_published_results():
    assert len(published_results(["Hopper-v5"])) == 0
    assert len(published_results(["HalfCheetah-v5"])) == len(published_results(["HalfCheetah-v4"])) > 0


@pytest.mark.parametrize("env", list_tasks())
def test_every_task_has_a_scale_and_its_source(env):
    random, reference = scale(env)
    assert random < reference
    assert scale_source(env)


def test_scales_stay_as_they_are():
    assert scale("Hopper-v4") == (-20.27, 3234.3)
    assert scale("HalfCheetah-v4") == (-280.18, 12135)
    assert scale("Walker2d-v4") == (1.63, 4592.3)
    assert scale("Swimmer-v4") == (0.8029, 359)
    assert scale("Mine-v0") is None


def test_ours_stands_beside_measured_as_theirs(tmp_path, write_run):
    for seed in range(2):
        write_run(
            tmp_path,
            algorithm="trpo",
            seed=seed,
            header=HEADER,
            rows=[f"500000,1,{5000 + seed},1", f"1000000,1,{3000 + seed},{2000 + seed}"],
        )
        write_run(tmp_path, algorithm="mine", seed=seed)
    frame = published_frame(read(Choice((tmp_path,))).logs).set_index("source")
    assert frame["algorithm"].tolist() == ["trpo"] * 3
    assert frame.loc["sb3-contrib", ["our_metric", "ours", "n"]].tolist() == ["eval-det", 3000.5, 2]
    assert frame.loc["Tianshou", ["our_metric", "ours"]].tolist() == ["eval-stoch", 2000.5]
    assert frame.loc["nnabla-rl", ["our_metric", "score"]].tolist() == ["eval-det", "best"]  # it does not tell actions
    assert frame.loc["nnabla-rl", "ours"] == 5000.5
    grid = published_grid(frame.reset_index())
    assert ("", "trpo (sb3-contrib)", "3000 [2994, 3007]", "3372 ± 372", "3", "1M") in [
        ("", *row[1:]) for row in grid.rows
    ]
    assert "Tianshou: v3 of the tasks, value at 1M of a schedule of 3M" in grid.caption
    assert "Hopper-v4 trpo (nnabla-rl): Monte-Carlo Q of 2015." in grid.caption
    assert "there is no p value" in grid.caption


def test_labels_of_two_folders_are_known_by_their_algorithm(tmp_path, write_run):
    for folder in ("mine", "theirs"):
        write_run(tmp_path / folder, algorithm="trpo", header=HEADER, rows=["1000000,1,3000,2000"])
    frame = published_frame(read(Choice((tmp_path / "mine", tmp_path / "theirs"))).logs)
    assert set(frame["algorithm"]) == {"trpo [mine]", "trpo [theirs]"}


def test_nothing_published_is_an_empty_table(tmp_path, write_run):
    write_run(tmp_path, env="Mine-v0")
    frame = published_frame(read(Choice((tmp_path,))).logs)
    assert len(frame) == 0
    assert published_grid(frame).rows == []
    assert json.dumps(frame.to_dict("records")) == "[]"


def test_the_data_are_installed_with_the_package():
    root = Path(rlbench.__file__).parent
    shipped = tomllib.loads((root.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"][
        "rlbench"
    ]
    data = [path for path in root.rglob("*") if path.suffix in (".csv", ".toml")]
    assert len(data) >= 4
    assert [path for path in data if not any(path.relative_to(root).match(pattern) for pattern in shipped)] == []
