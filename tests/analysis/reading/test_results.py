import numpy as np
import pytest

from rlbench.analysis.reading.results import load
from rlbench.errors import UserError

HEADER = "iteration,env_steps,return_mean,eval_return_det,eval_return_stoch,kl"


@pytest.fixture
def results(tmp_path, write_run):
    for algorithm in ("ppo", "trpo"):
        for seed in range(2):
            rows = ["1,100,,,,0.5", f"2,200,{seed},,,0.25", f"3,300,4,{10 + seed},8,"]
            folder = write_run(tmp_path, algorithm=algorithm, seed=seed, header=HEADER, rows=rows)
            (folder / "episodes.csv").write_text("env_steps,world,return,length,end\n150,0,1.5,10,terminated\n250,1,2")
    return tmp_path


def test_runs(results):
    runs = load(results).runs
    assert runs[["env", "algorithm", "seed", "status"]].to_numpy().tolist() == [
        ["Hopper-v4", algorithm, seed, "finished"] for algorithm in ("ppo", "trpo") for seed in (0, 1)
    ]
    assert runs.loc[0, ["budget", "physics", "mujoco"]].tolist() == [
        "1,000,000 steps",
        "mujoco.batch (CPU, float64)",
        "4.0.0",
    ]
    assert runs.loc[0, "settings"]["gamma"] == "0.99"
    assert runs.loc[3, "path"] == results / "Hopper-v4" / "trpo" / "seed-1"


def test_tidy_frames(results):
    found = load(str(results))
    assert found.evaluations.to_dict("records")[1] == {
        "env": "Hopper-v4",
        "algorithm": "ppo",
        "seed": 1,
        "env_steps": 300,
        "eval_return_det": 11,
        "eval_return_stoch": 8,
    }
    assert len(found.evaluations) == 4
    assert found.training["return_mean"].tolist() == [0, 4, 1, 4] * 2
    assert found.episodes[["seed", "env_steps", "return", "end"]].to_numpy().tolist() == [
        [seed, 150, 1.5, "terminated"] for seed in (0, 1, 0, 1)
    ]
    assert found.evaluations.groupby("algorithm", observed=True)["eval_return_det"].mean().to_dict() == {
        "ppo": 10.5,
        "trpo": 10.5,
    }


def test_progress_has_the_columns_that_are_asked_for(results):
    found = load([results], algorithms="ppo")
    assert found.progress("kl").columns.tolist() == ["env", "algorithm", "seed", "env_steps", "kl"]
    assert found.progress("kl")["kl"].tolist()[:2] == [0.5, 0.25]
    assert found.progress().columns.tolist() == ["env", "algorithm", "seed", *HEADER.split(",")]
    assert found.progress("nowhere")["nowhere"].isna().all()
    assert len(found.progress()) == 6


def test_runs_without_rows_or_episodes_are_there(tmp_path, write_run):
    write_run(tmp_path, rows=[])
    found = load(tmp_path, envs=["Hopper-v4"])
    assert len(found.runs) == 1
    assert len(found.evaluations) == len(found.training) == len(found.episodes) == len(found.progress("kl")) == 0


def test_a_row_being_written_is_not_read(results):
    path = results / "Hopper-v4" / "ppo" / "seed-0" / "progress.csv"
    path.write_bytes(path.read_bytes() + b"4,400,9")
    assert load(results, algorithms=["ppo"]).progress("kl")["env_steps"].max() == 300


def test_files_that_are_none_are_one_line(results):
    (results / "Hopper-v4" / "ppo" / "seed-0" / "progress.csv").write_text("env_steps,kl\n1,x\n")
    (results / "Hopper-v4" / "ppo" / "seed-1" / "episodes.csv").write_text("a,b\n1,2\n")
    found = load(results)
    with pytest.raises(
        UserError, match=r"progress\.csv cannot be read: a cell of .* is not a number\. Look at it with"
    ):
        found.progress("kl")
    with pytest.raises(UserError, match=r"episodes\.csv cannot be read"):
        _ = found.episodes
    with pytest.raises(UserError, match="Did you mean trpo"):
        load(results, algorithms=["tpo"])


def test_frames_are_read_once(results, monkeypatch):
    found = load(results)
    first = found.evaluations
    monkeypatch.setattr("rlbench.analysis.reading.results.read_header", None)
    assert found.evaluations is first
    assert np.isfinite(first["eval_return_det"]).all()
