"""Whole imports: where runs go, what is said to be unknown, and that nothing of others is overwritten."""

import json
import shutil
from pathlib import Path

import pytest
from event_files import write_events

import rlbench
from rlbench import UserError, import_results
from rlbench.analysis.reading.integrity import check_folders


def files_in(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def about(path):
    return json.loads((path / "run.json").read_text())


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results"


def test_four_tools_stand_in_one_comparison(samples, out):
    for tool in ("sb3", "cleanrl", "tianshou", "spinningup", "rsl_rl"):
        made = import_results(samples / tool, out=out, name=f"ppo-{tool.replace('_', '-')}", env="Hopper-v4")
        assert (len(made.runs), made.left_out) == (3, [])
    assert rlbench.compare(results=out).metric == "return"
    made = rlbench.compare("ppo-sb3", "ppo-tianshou", results=out, metric="eval-det")
    assert made.estimates["n"].tolist() == [3, 3]
    assert any("imported from Stable-Baselines3" in note for note in made.notes)
    assert any("rsl_rl; its training returns are rolling means" in note for note in rlbench.table(out).notes)
    report = check_folders([out])
    assert (report.runs, report.verified, report.problems) == (15, 15, [])
    assert any("imported from CleanRL; what the import wrote was verified" in note for note in report.notes)


def test_the_same_import_writes_the_same_bytes(samples, out, tmp_path):
    import_results(samples / "cleanrl", out=out)
    import_results(samples / "cleanrl", out=tmp_path / "again")
    assert files_in(out) == files_in(tmp_path / "again")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    made = import_results(samples / "cleanrl", out=out)
    assert {run.state for run in made.runs} == {"unchanged"}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_run_json_says_what_is_unknown(samples, out):
    (run, *_) = import_results(samples / "sb3", out=out).runs
    assert run.unknown == ("budget", "settings", "versions")
    found = about(run.path)
    assert (found["status"], found["steps"], found["settings"], found["versions"]) == ("imported", None, {}, {})
    assert found["imported"]["found"]["env"] == "the first line of the Monitor files"
    assert found["imported"]["found"]["seed"] == "the name seed-0"
    assert found["imported"]["evaluations"] == "by the mean action, as --evaluations says; the files do not tell"
    assert set(found["imported"]["files"]) == {*(f"{i}.monitor.csv" for i in range(4)), "evaluations.npz"}
    assert run.name == "sb3"


def test_what_the_user_knows(samples, out):
    chosen = {"steps": 8192, "versions": {"mujoco": "4.0.0"}, "evaluations": "stoch", "name": "mine"}
    (run, *_) = import_results([samples / "sb3"], out=out, **chosen).runs
    found = about(run.path)
    assert (found["steps"], found["versions"], found["label"]) == (8192, {"mujoco": "4.0.0"}, "mine")
    assert run.unknown == ("settings",)
    frame = rlbench.load(out).evaluations
    assert frame["eval_return_stoch"].notna().sum() == 12
    assert frame["eval_return_det"].isna().all()


def test_versions_and_budgets_are_compared_where_they_are_known(samples, out):
    import_results(samples / "sb3", out=out, versions={"mujoco": "3.1.0"})
    import_results(samples / "cleanrl", out=out, versions={"mujoco": "3.1.0"})
    assert any("do not tell their budget; others do" in note for note in rlbench.compare(results=out).notes)
    import_results(samples / "tianshou", out=out, versions={"mujoco": "2.3.7"})
    with pytest.raises(UserError, match=r"runs differ in mujoco: 2\.3\.7 .* 3\.1\.0"):
        rlbench.compare(results=out)


def test_unknown_seeds_are_numbered_and_keep_their_numbers(monitors, out, tmp_path):
    for name, value in (("c", 3.0), ("a", 1.0)):
        monitors([(value, 10)], folder=f"logs/{name}")
    made = import_results(tmp_path / "logs", out=out)
    assert [(run.source.name, run.seed) for run in made.runs] == [("a", 0), ("c", 1)]
    assert about(made.runs[0].path)["imported"]["found"]["seed"].startswith("nothing: unknown seeds are numbered")
    monitors([(2.0, 10)], folder="logs/b")
    made = import_results(tmp_path / "logs", out=out)
    assert [(run.source.name, run.seed, run.state) for run in made.runs] == [
        ("a", 0, "unchanged"),
        ("b", 2, "new"),
        ("c", 1, "unchanged"),
    ]


def test_a_run_that_went_on_is_brought_up_to_date(monitors, out, tmp_path):
    run = monitors([(1.0, 10)], folder="run/seed-4")
    import_results(tmp_path / "run", out=out)
    with (run / "0.monitor.csv").open("a") as file:
        file.write("5.0,3000,20\n")
    (made,) = import_results(tmp_path / "run", out=out).runs
    assert (made.state, made.seed, made.env_steps) == ("updated", 4, 3010)
    assert check_folders([out]).problems == []


def test_moved_files_of_the_same_content_are_the_same_run(monitors, out, tmp_path):
    import_results(monitors([(1.0, 10)]), out=out)
    (tmp_path / "run").rename(tmp_path / "moved")
    (made,) = import_results(tmp_path / "moved", out=out).runs
    assert (made.state, made.seed) == ("updated", 0)  # run.json names the new place


def test_other_results_are_not_overwritten(monitors, out):
    import_results(monitors([(1.0, 10)], folder="one"), out=out, seed=0)
    before = files_in(out)
    with pytest.raises(UserError, match=r"seed-0 holds other results, imported from .*one, which are not overwritten"):
        import_results(monitors([(2.0, 10)], folder="two"), out=out, seed=0)
    assert files_in(out) == before


def test_runs_of_rlbenchs_own_are_not_mixed_with(monitors, out, write_run):
    write_run(out, algorithm="trpo", seed=3)
    before = files_in(out)
    with pytest.raises(UserError, match=r"seed-3 is a run of rlbench's own\. Choose another --name or --out"):
        import_results(monitors([(1.0, 10)]), out=out, name="trpo")
    assert files_in(out) == before


def test_nothing_is_written_where_one_run_of_several_would_overwrite(monitors, out, tmp_path):
    import_results(monitors([(1.0, 10)], folder="one"), out=out, seed=1)
    for seed in (0, 1):
        monitors([(5.0, 10)], folder=f"two/seed-{seed}")
    before = files_in(out)
    with pytest.raises(UserError, match="seed-1 holds other results"):
        import_results(tmp_path / "two", out=out)
    assert files_in(out) == before


@pytest.mark.parametrize("link", ["Hopper-v4", "Hopper-v4/sb3", "Hopper-v4/sb3/seed-0"])
def test_a_link_is_not_written_through(monitors, out, tmp_path, link):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(elsewhere)
    with pytest.raises(UserError, match="is a link to another place"):
        import_results(monitors([(1.0, 10)]), out=out, seed=0)
    assert list(elsewhere.iterdir()) == []


def test_two_runs_for_one_folder_are_refused(monitors, out, tmp_path):
    for name in ("a/seed-1", "b/seed-1"):
        monitors([(1.0, 10)], folder=f"logs/{name}")
    with pytest.raises(UserError, match=r"a/seed-1 and .*b/seed-1 are both seed 1 of Hopper-v4 sb3"):
        import_results(tmp_path / "logs", out=out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("folder", "env", "seed"),
    [
        ("Ant-v4/ppo/seed-3", "Ant-v4", 3),
        ("runs/Ant-v4_1", "Ant-v4", 0),
        ("PPO_Walker2d-v5_seed12", "Walker2d-v5", 12),
        ("ppo_HalfCheetah-v4_s7", "HalfCheetah-v4", 7),
        ("proseed4/InvertedDoublePendulum-v4", "InvertedDoublePendulum-v4", 0),
    ],
)
def test_task_and_seed_in_names(monitors, out, tmp_path, folder, env, seed):
    monitors([(1.0, 10)], env="None", folder=folder)
    (run,) = import_results(tmp_path / folder.split("/")[0], out=out).runs
    assert (run.env, run.seed) == (env, seed)


def test_a_task_that_nothing_tells_is_asked_for(monitors, out):
    run = monitors([(1.0, 10)], env="None")
    with pytest.raises(UserError, match="a Monitor file: the files do not tell the task; say it with --env"):
        import_results(run, out=out)
    assert import_results(run, out=out, env="Ant-v4").runs[0].where["env"] == "--env"


def test_a_task_or_seed_other_than_the_files_is_refused(monitors, samples, out):
    with pytest.raises(UserError, match="its files are of Hopper-v4, and --env says Ant-v4"):
        import_results(monitors([(1.0, 10)]), out=out, env="Ant-v4")
    with pytest.raises(UserError, match="its files are of seed 0, and --seed says 9"):
        import_results(samples / "spinningup" / "ppo" / "ppo_s0", out=out, env="Hopper-v4", seed=9)


@pytest.mark.parametrize("name", ["a/b", "../x", "", "A", "seed-3", "a" * 61, "a\n", ".x", "x=y"])
def test_names_that_are_no_labels(monitors, out, name):
    with pytest.raises(UserError, match="--name: a name is lower-case letters"):
        import_results(monitors([(1.0, 10)]), out=out, name=name)


@pytest.mark.parametrize("experiment", ["../../up", "a/b", "\x1b[31m", "Ünï", "x" * 500, "seed-3", "|"])
def test_experiments_names_make_harmless_labels(out, tmp_path, experiment):
    table = f"|param|value|\n|-|-|\n|env_id|ALE/Pong-v5|\n|exp_name|{experiment}|\n|seed|1|"
    write_events(tmp_path / "run", [(10, "charts/episodic_return", 1.0)], texts=[("hyperparameters", table)])
    (run,) = import_results(tmp_path / "run", out=out).runs
    assert run.name.endswith("cleanrl")
    assert len(run.path.relative_to(out).parts) == 3
    assert run.path.resolve().is_relative_to(out.resolve())
    assert check_folders([out]).problems == []


@pytest.mark.parametrize("env", ["../../etc", "", ".x", "a b", "\x1b[31m", "x" * 300, "a/b/c", "Ünï-v1", "/", "a/"])
def test_a_task_that_can_be_none_is_not_believed(out, tmp_path, env):
    table = f"|param|value|\n|-|-|\n|env_id|{env}|\n|seed|1|"
    write_events(tmp_path / "run", [(10, "charts/episodic_return", 1.0)], texts=[("hyperparameters", table)])
    with pytest.raises(UserError, match="the files do not tell the task"):
        import_results(tmp_path / "run", out=out)
    assert import_results(tmp_path / "run", out=out, env="Hopper-v4").runs[0].env == "Hopper-v4"


def test_one_damaged_file_keeps_no_other_run_out(samples, out, tmp_path):
    shutil.copytree(samples / "cleanrl", tmp_path / "logs")
    first = min((tmp_path / "logs").rglob("events*"))
    data = bytearray(first.read_bytes())
    data[5000] ^= 1
    first.write_bytes(bytes(data))
    made = import_results(tmp_path / "logs", out=out)
    assert [run.seed for run in made.runs] == [1, 2]
    assert len(made.left_out) == 1
    assert "damaged at byte" in made.left_out[0]


def test_a_diverged_run_is_marked(monitors, out):
    (run,) = import_results(monitors([(1.0, 10), (2.0, 10), ("nan", 10), ("nan", 10)]), out=out, window=10).runs
    assert about(run.path)["status"] == "diverged"
    assert any("its returns stop being finite after 30 transitions" in note for note in run.notes)
    assert check_folders([out]).problems == []
    assert rlbench.table(out, metrics="return").estimates["diverged"].tolist() == [1]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"env": ""}, "--env is the id"),
        ({"env": "x\n"}, "--env is the id"),
        ({"seed": -1}, "--seed is a whole number"),
        ({"seed": True}, "--seed is a whole number"),
        ({"steps": 0}, "--steps is a whole number"),
        ({"window": 0}, "--window is a whole number"),
        ({"steps_per_iteration": 0.5}, "--steps-per-iteration is a whole number"),
        ({"evaluations": "mean"}, "--evaluations is det or stoch"),
        ({"columns": {"retrun": "x"}}, "--column retrun: no such meaning. Did you mean return"),
    ],
)
def test_choices_that_are_none(monitors, out, choice, words):
    with pytest.raises(UserError, match=words):
        import_results(monitors([(1.0, 10)]), out=out, **choice)


def test_folders_without_logs(tmp_path, out, write_run):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"No logs under .*empty: looked for Monitor CSVs"):
        import_results(tmp_path / "empty", out=out)
    with pytest.raises(UserError, match="nowhere does not exist"):
        import_results(tmp_path / "nowhere", out=out)
    write_run(tmp_path / "own")
    with pytest.raises(UserError, match="is a run of rlbench already"):
        import_results(tmp_path / "own", out=out)
    assert not out.exists()


def test_a_results_folder_that_cannot_be_written(monitors, tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError, match="Choose another --out"):
        import_results(monitors([(1.0, 10)]), out=tmp_path / "results")


def test_a_results_folder_within_the_logs_is_passed_by(monitors, tmp_path, write_run):
    monitors([(1.0, 10)], folder="here/seed-4")
    write_run(tmp_path / "here" / "results")
    (tmp_path / "here" / "results" / "plots").mkdir()
    (tmp_path / "here" / "results" / "plots" / "Hopper-v4.csv").write_text("env,env_steps,value\nHopper-v4,1,2\n")
    made = import_results(tmp_path / "here", out=tmp_path / "here" / "results")
    assert ([run.seed for run in made.runs], made.left_out, made.notes) == ([4], [], [])


def test_an_import_of_an_import_is_passed_by(monitors, out):
    import_results(monitors([(1.0, 10)]), out=out)
    with pytest.raises(UserError, match="is a run of rlbench already"):
        import_results(out, out=Path(str(out) + "2"))
