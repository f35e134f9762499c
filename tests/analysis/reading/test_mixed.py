import pytest

from rlbench.analysis.figures.plot import plot_folders
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.reading.mixed import differences, refuse_mixed, set_apart
from rlbench.analysis.reading.runs import find_runs
from rlbench.errors import UserError

VERSIONS = {"mujoco": "4.0.0", "gymnasium": "1.4.0"}


@pytest.fixture
def runs(tmp_path):
    return lambda: find_runs([tmp_path])[0]


def test_like_runs_are_not_mixed(tmp_path, write_run, runs):
    write_run(tmp_path, algorithm="trpo", settings={"gamma": 0.99})
    write_run(tmp_path, algorithm="ppo", settings={"gamma": 0.9})
    write_run(tmp_path, "Ant-v4", "ppo", settings={"gamma": 0.9}, steps=5, versions={**VERSIONS, "mujoco": "4.1.0"})
    assert differences(runs()) == []
    refuse_mixed(runs())
    assert set_apart(runs()) == (runs(), [])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"versions": {**VERSIONS, "mujoco": "4.1.0"}}, "runs differ in mujoco: 4.0.0 (trpo), 4.1.0 (ppo)"),
        ({"versions": {**VERSIONS, "gymnasium": "1.5"}}, "runs differ in gymnasium: 1.4.0 (trpo), 1.5 (ppo)"),
        ({"physics": "mujoco_warp"}, "runs differ in physics: mujoco.batch (CPU, float64) (trpo), mujoco_warp (ppo)"),
        ({"steps": 200_000}, "runs differ in budget: 1,000,000 steps (trpo), 200,000 steps (ppo)"),
    ],
)
def test_all_runs_of_an_environment_must_agree(tmp_path, write_run, runs, change, line):
    write_run(tmp_path, algorithm="trpo")
    write_run(tmp_path, algorithm="ppo", **change)
    with pytest.raises(UserError) as error:
        refuse_mixed(runs())
    advice = "Leave some of these runs out, or take --allow-mixed, which keeps them apart by name."
    assert str(error.value) == f"Hopper-v4: {line}. {advice}"


def test_seeds_of_one_name_must_agree_in_settings(tmp_path, write_run, runs):
    write_run(tmp_path, seed=0, settings={"clip_coef": 0.2, "old": 1})
    write_run(tmp_path, seed=1, settings={"clip_coef": 0.1})
    with pytest.raises(UserError) as error:
        refuse_mixed(runs())
    assert str(error.value).startswith(
        "Hopper-v4 trpo: seeds of one name differ in clip_coef: 0.1, 0.2 (and 1 more such differences). "
    )


def test_seeds_of_one_curve_are_of_one_version_of_rlbench_and_two_curves_may_be_of_two(tmp_path, write_run, runs):
    older, newer = ({**VERSIONS, "rlbench": number} for number in ("0.1.0", "0.2.0"))
    write_run(tmp_path, algorithm="trpo", seed=0, versions=older)
    write_run(tmp_path, algorithm="ppo", seed=0, versions=newer)
    refuse_mixed(runs())
    write_run(tmp_path, algorithm="trpo", seed=1, versions=newer)
    with pytest.raises(UserError) as error:
        refuse_mixed(runs())
    told = "Hopper-v4 trpo: seeds of one name differ in the version of rlbench: 0.1.0, 0.2.0. "
    assert str(error.value).startswith(told)
    apart = [run.algorithm for run in set_apart(runs())[0]]
    assert apart == ["ppo", *(f"trpo [the version of rlbench {number}]" for number in ("0.1.0", "0.2.0"))]


def test_what_a_run_does_not_tell_is_no_difference(tmp_path, write_run, runs):
    write_run(tmp_path, seed=0)
    write_run(tmp_path, seed=1, versions={}, physics=None, steps=None, settings={})
    (write_run(tmp_path, seed=2) / "run.json").unlink()
    refuse_mixed(runs())


def test_mixed_runs_are_kept_apart_by_name_where_that_is_asked_for(tmp_path, write_run, runs):
    write_run(tmp_path, algorithm="trpo", seed=0, settings={"clip": 1})
    write_run(tmp_path, algorithm="trpo", seed=1, settings={"clip": 2})
    write_run(tmp_path, algorithm="ppo", physics="mujoco_warp")
    write_run(tmp_path, "Ant-v4", algorithm="ppo")
    apart, notes = set_apart(runs())
    cpu = "physics mujoco.batch (CPU, float64)"
    assert [(run.env, run.algorithm, run.seed) for run in apart] == [
        ("Ant-v4", "ppo", 0),
        ("Hopper-v4", "ppo [physics mujoco_warp]", 0),
        ("Hopper-v4", f"trpo [{cpu}, clip 1]", 0),
        ("Hopper-v4", f"trpo [{cpu}, clip 2]", 1),
    ]
    assert notes[1] == "Hopper-v4 trpo: seeds of one name differ in clip: 1, 2; they are kept apart by name"
    assert differences(runs()) != []


def test_only_chosen_runs_count_and_labels_are_chosen_by_their_folder(tmp_path, write_run):
    write_run(tmp_path, algorithm="trpo", seed=0)
    write_run(tmp_path, algorithm="trpo", seed=1, steps=5)
    write_run(tmp_path, algorithm="ppo")
    assert len(read(Choice((tmp_path,), algorithms=("ppo",))).logs) == 1
    both = read(Choice((tmp_path,), algorithms=("trpo",), allow_mixed=True)).logs
    assert [log.run.algorithm for log in both] == ["trpo [budget 1,000,000 steps]", "trpo [budget 5 steps]"]


def test_plot_refuses_too_and_draws_apart_where_that_is_asked_for(tmp_path, write_run):
    write_run(tmp_path, algorithm="trpo", seed=0)
    write_run(tmp_path, algorithm="trpo", seed=1, physics="mujoco_warp")
    with pytest.raises(UserError, match="Hopper-v4: runs differ in physics"):
        plot_folders([tmp_path])
    report = plot_folders([tmp_path], PlotOptions(formats=("svg",), allow_mixed=True))
    assert "physics mujoco_warp" in report.paths[0].read_text()
    assert len(report.summary.algorithm.unique()) == 2


def test_runs_of_two_programs_are_no_curve(tmp_path, write_run, runs):
    write_run(tmp_path, seed=0)
    write_run(tmp_path, seed=1, status="imported", imported={"tool": "CleanRL"})
    with pytest.raises(UserError, match="seeds of one name differ in the program that made them: CleanRL, rlbench"):
        refuse_mixed(runs())
    apart, _ = set_apart(runs())
    assert sorted(run.algorithm for run in apart) == [
        "trpo [the program that made them CleanRL]",
        "trpo [the program that made them rlbench]",
    ]


def test_runs_of_two_programs_under_two_names_are_compared(tmp_path, write_run, runs):
    write_run(tmp_path)
    write_run(tmp_path, algorithm="theirs", status="imported", imported={"tool": "CleanRL"}, steps=None, versions={})
    refuse_mixed(runs())
