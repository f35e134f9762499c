"""`rlbench tune` with workers that train nothing, and with real ones."""

import contextlib
import csv
import functools
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from writing_workers import Writers

import rlbench
from rlbench.algorithms.plugins import installed_plugins
from rlbench.analysis.frames.tuning import score_trial
from rlbench.analysis.report.search_records import check_search
from rlbench.cli.check import check
from rlbench.cli.tune import follow
from rlbench.errors import Fault, UserError
from rlbench.search.tune_request import read_tuning
from rlbench.sweep.config_file import read_file
from rlbench.sweep.launchers.contract import Failed

ENV = "CartPole-v1"
FILES = ("search.json", "trials.csv", "best.toml")


class Landscape(Writers):
    """Workers whose runs score the better the closer the learning rate is to 0.002, and the longer they are."""

    def __init__(self, lucky=0.0, bad=(), fail=(), backwards=False):
        super().__init__(None, fail)
        self.lucky, self.bad, self.backwards, self.jobs = lucky, bad, backwards, []

    def run(self, jobs):
        self.jobs += jobs
        if self.backwards:
            count = len(jobs)
            return ((count - 1 - index, event) for index, event in super().run([*reversed(jobs)]))
        return super().run(jobs)

    def value(self, job, seed):
        if job.label in self.bad:
            return None
        luck = self.lucky * math.sin(seed) if seed >= 100_000 else 0.0
        return 100 - 50 * abs(math.log10(job.settings["learning_rate"] / 0.002)) + job.steps / 1000 + luck


def asked(out, **words):
    given = {"algorithm": "ppo", "env": [ENV], "trials": 9, "seeds": 2, "steps": 9000, "report_seeds": 4, "rungs": 2}
    given |= {"search": ["learning_rate"], "fix": ["num_steps=16"], "device": "cpu", "workers": 1, "out": str(out)}
    return read_tuning(given | words, None)


def tune(out, pool, draw=False, **words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlbench.algorithms.installed_plugins", functools.cache(installed_plugins))
        if not draw:
            patch.setattr("rlbench.cli.tune_words.draw_figure", lambda _: None)
        patch.setattr("rlbench.search.tune.open_launcher", lambda request, _: contextlib.nullcontext((request, pool)))
        return follow(*asked(out, **words), "rlbench tune again")


def rows(out):
    with (out / "trials.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_best_settings_go_on_and_the_winner_is_reported_on_other_seeds(tmp_path, capsys):
    pool = Landscape()
    assert tune(tmp_path, pool, draw=True) == 0
    captured = capsys.readouterr()
    told = captured.out
    table = rows(tmp_path)
    assert [row["rung"] for row in table] == ["1"] * 9 + ["2"] * 3
    assert [row["steps"] for row in table] == ["3000"] * 9 + ["9000"] * 3
    first = [abs(math.log10(float(row["settings.learning_rate"]) / 0.002)) for row in table[:9]]
    assert first == sorted(first)
    assert [row["goes_on"] for row in table] == ["true"] * 3 + ["false"] * 6 + ["true", "false", "false"]
    assert {row["trial"] for row in table[9:]} == {row["trial"] for row in table[:3]}
    assert [row["transitions"] for row in table] == ["6000"] * 9 + ["18000"] * 3
    best = tomllib.loads((tmp_path / "best.toml").read_text())["settings"]["ppo"]
    assert best["learning_rate"] == float(table[9]["settings.learning_rate"])
    assert (best["num_steps"], best["hidden_sizes"]) == (16, [64, 64])
    seeds = {label: {seed for _, other, seed in pool.trained if other == label} for _, label, _ in pool.trained}
    assert seeds["ppo-default"] == seeds["ppo-tuned"] == {0, 1, 2, 3}
    assert set.union(*(found for label, found in seeds.items() if "trial" in label)) == {100_000, 100_001}
    record = json.loads((tmp_path / "search.json").read_text())
    assert record["winner"] == int(table[9]["trial"])
    assert record["report"]["verdicts"][0].startswith("ppo-tuned is better than ppo-default on CartPole-v1")
    assert f"Trial {record['winner']} has won the search with" in told
    assert "That is too high, because it won." in told
    assert record["report"]["verdicts"][0] in told
    assert "rung" not in told
    assert "Cost of the search: 108,000 transitions" in captured.err
    assert (tmp_path / "tuning.png").stat().st_size > 10_000


def test_the_result_is_a_config_file(tmp_path):
    tune(tmp_path, Landscape(), report_seeds=0)
    settings = read_file(tmp_path / "best.toml").settings
    assert settings["ppo.num_steps"] == 16
    assert {key.partition(".")[0] for key in settings} == {"ppo"}


def test_luck_in_the_search_is_gone_in_the_report(tmp_path, capsys):
    tune(tmp_path, Landscape(lucky=300.0))
    record = json.loads((tmp_path / "search.json").read_text())
    assert record["report"]["tuned"]["objective"] != pytest.approx(record["rungs"][-1]["ranking"][0]["objective"])
    assert "On fresh seeds: trial" in capsys.readouterr().out


@pytest.mark.parametrize("stop", [1, 10, 13])
def test_a_search_that_was_stopped_comes_to_the_same_bytes(tmp_path, stop):
    class Stopped(Landscape):
        def write(self, job, seed):
            if len(self.trained) > 2 * stop:
                raise KeyboardInterrupt
            return super().write(job, seed)

    with contextlib.suppress(BaseException):
        tune(tmp_path / "stopped", Stopped())
    again = Landscape()
    tune(tmp_path / "stopped", again)
    tune(tmp_path / "whole", Landscape())
    for name in FILES:
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(again.trained) <= 2 * (9 + 3) + 8 - 2 * stop + 4  # the job that was stopped is written again


def test_a_search_that_has_ended_trains_nothing_again(tmp_path):
    tune(tmp_path, Landscape())
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    again = Landscape()
    assert tune(tmp_path, again) == 0
    assert again.trained == []
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before


def test_neither_the_order_of_jobs_nor_the_number_of_workers_changes_a_search(tmp_path):
    tune(tmp_path / "one", Landscape(lucky=40.0))
    tune(tmp_path / "two", Landscape(lucky=40.0, backwards=True), workers=2)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"trials": 10}, r"holds a search by another plan: trials 9 there, 10 asked; .*give the command of before"),
        ({"seeds": "7-8"}, r'seeds "100000-100001" there, "7-8" asked'),
        ({"report_seeds": 5}, r'report_seeds "0-3" there, "0-4" asked'),
        ({"search": ["learning_rate=1e-4..1e-2"]}, r"search .* there, .* asked"),
        ({"search_seed": 1}, "search_seed 0 there, 1 asked"),
        ({"score": "best"}, 'score "final" there, "best" asked'),
    ],
)
def test_the_folder_of_another_search_is_refused(tmp_path, words, told):
    tune(tmp_path, Landscape())
    with pytest.raises(UserError, match=told):
        tune(tmp_path, Landscape(), **words)


def test_fresh_moves_a_search_aside(tmp_path):
    tune(tmp_path, Landscape())
    pool = Landscape()
    tune(tmp_path, pool, trials=5, fresh=True)
    assert len(rows(tmp_path)) == 7
    assert len(rows(tmp_path / "old-1")) == 12
    assert (tmp_path / "old-1" / "rung-2").is_dir()
    assert len([each for each in pool.trained if each[1] == "trial-0"]) >= 2


def test_a_record_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "search.json").write_text("{")
    with pytest.raises(UserError, match=r"search.json cannot be read\. Remove it"):
        tune(tmp_path, Landscape())


def test_a_setting_that_diverged_is_worst_and_that_is_said(tmp_path, capsys):
    tune(tmp_path / "all", Landscape())
    best = rows(tmp_path / "all")[0]["trial"]
    assert tune(tmp_path / "bad", Landscape(bad=(f"trial-{best}",))) == 0
    found = rows(tmp_path / "bad")
    assert (found[8]["trial"], found[8]["diverged"], found[8]["objective"]) == (best, "2", "")
    assert f"counted as worst, as a run diverged or failed: trial {best}" in capsys.readouterr().err


def test_a_setting_that_failed_is_worst_and_is_tried_again_by_the_same_command(tmp_path, capsys):
    tune(tmp_path / "all", Landscape())
    best = rows(tmp_path / "all")[0]["trial"]
    assert tune(tmp_path / "bad", Landscape(fail=(f"trial-{best}",))) == 1
    found = rows(tmp_path / "bad")
    assert (found[8]["trial"], found[8]["failed"]) == (best, f"{ENV}: ValueError: no")
    assert f"{ENV} trial-{best} 100000-100001 failed: ValueError: no" in capsys.readouterr().err
    assert tune(tmp_path / "bad", Landscape()) == 0
    assert rows(tmp_path / "bad") == rows(tmp_path / "all")


@pytest.mark.parametrize(("trouble", "told"), [("bad", "every one has runs that diverged"), ("fail", "ValueError: no")])
def test_all_settings_in_trouble_are_one_line(tmp_path, trouble, told):
    every = tuple(f"trial-{trial}" for trial in range(9))
    with pytest.raises(Fault, match=f"No setting of rung 1 was trained to its end: .*{told}. Narrow the ranges"):
        tune(tmp_path, Landscape(**{trouble: every}))


def test_a_request_at_fault_ends_the_search(tmp_path, capsys):
    class Mendable(Landscape):
        def run(self, jobs):
            assert jobs
            yield 0, Failed("Look at its permissions", mendable=True, lasting=True)

    assert tune(tmp_path, Mendable()) == 2
    assert "Look at its permissions" in capsys.readouterr().err
    assert not (tmp_path / "search.json").exists()


def test_a_default_that_wins_has_no_report(tmp_path, capsys):
    pool = Landscape()
    assert tune(tmp_path, pool, fix=["num_steps=16", "gamma=0.98"], search=["max_grad_norm"]) == 0
    assert "The default has won, with" in capsys.readouterr().out
    assert not [each for each in pool.trained if each[1] == "ppo-tuned"]
    assert json.loads((tmp_path / "search.json").read_text())["winner"] == 0


def test_settings_whose_batch_has_no_room_are_replaced(tmp_path, capsys):
    assert tune(tmp_path, Landscape(), search=["learning_rate", "num_envs=16..400"], report_seeds=0) == 0
    assert "that were drawn were replaced by the next: one batch is" in capsys.readouterr().err
    found = rows(tmp_path)
    assert len({row["trial"] for row in found}) == 9
    assert max(int(row["settings.num_envs"]) for row in found) * 16 <= 3000


def test_a_space_without_room_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"can be trained; another: one batch is .* Narrow the ranges with --search"):
        tune(tmp_path, Landscape(), search=["num_envs=1000..4000"], trials=3)


def test_several_environments_need_a_scale(tmp_path):
    with pytest.raises(UserError, match=r"CartPole-v1 has no scale, .* --scale CartPole-v1=LOW,HIGH"):
        tune(tmp_path, Landscape(), env=[ENV, "InvertedPendulum-v4"])
    with pytest.raises(UserError, match="--scale Hopper-v4: it is not among the environments"):
        tune(tmp_path, Landscape(), scale=["Hopper-v4=0,1"])
    assert tune(tmp_path, Landscape(), env=[ENV, "InvertedPendulum-v4"], scale=[f"{ENV}=0,500"], report_seeds=0) == 0
    row = rows(tmp_path)[0]
    assert float(row["objective"]) == pytest.approx(
        (float(row[f"score.{ENV}"]) + float(row["score.InvertedPendulum-v4"])) / 2
    )


def test_runs_of_independent_budgets_are_made_longer(tmp_path):
    tune(tmp_path, Landscape(), fix=["num_steps=16", "schedule=constant"])
    table = rows(tmp_path)
    assert [row["transitions"] for row in table] == ["6000"] * 9 + ["12000"] * 3
    copied = tmp_path / "rung-2" / ENV / f"trial-{table[9]['trial']}"
    assert sorted(path.name for path in copied.iterdir()) == ["seed-100000", "seed-100001"]
    assert json.loads((copied / "seed-100000" / "run.json").read_text())["steps"] == 9000
    shorter = tmp_path / "rung-1" / ENV / copied.name / "seed-100000" / "run.json"
    assert json.loads(shorter.read_text())["steps"] == 3000


def test_quiet_says_where_the_result_is(tmp_path, capsys):
    tune(tmp_path, Landscape(), quiet=True)
    assert capsys.readouterr().out == f"{tmp_path / 'best.toml'}\n"


def test_from_python(tmp_path, monkeypatch):
    pool = Landscape()
    monkeypatch.setattr("rlbench.search.tune.open_launcher", lambda asked, _: contextlib.nullcontext((asked, pool)))
    words = {"trials": 6, "seeds": 2, "steps": 9000, "report_seeds": [0, 1, 2, 3], "device": "cpu", "workers": 1}
    found = rlbench.tune("ppo", env=ENV, search={"learning_rate": [0.001, 0.002, 0.003, 0.004, 0.005]},
                         fix={"num_steps": 16}, out=tmp_path, **words)  # fmt: skip
    assert found.settings["learning_rate"] == 0.002
    assert found.trials["trial"].nunique() == 6
    assert found.comparison.verdicts[0].startswith("ppo-tuned is better")
    assert found.config == tmp_path / "best.toml"
    with pytest.raises(rlbench.UserError, match="--trials is a whole number"):
        rlbench.tune("ppo", env=ENV, trials=0)
    with pytest.raises(rlbench.UserError, match=r"tune\(\) has no argument 'trails'. Did you mean trials\?"):
        rlbench.tune("ppo", env=ENV, trails=3)


TINY = ["cem", "--env", "InvertedPendulum-v4", "--steps", "900", "--trials", "4", "--seeds", "2", "--rungs", "2"]
TINY += ["--report-seeds", "4", "--search", "initial_std", "--fix", "population=4", "--fix", "extra_std=0"]
TINY += ["--workers", "1", "--device", "cpu"]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["trial-2 100000-100001: running", "Rung 2 of 2", "Report"])
def test_a_kill_leaves_no_trace(tmp_path, moment):
    """The command and its worker are killed, and the same command comes to the files of a search without a kill."""
    command = [sys.executable, "-m", "rlbench", "tune", *TINY, "--out"]
    with subprocess.Popen([*command, str(tmp_path / "killed")], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if moment in line:
                break
        told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        children = [int(child) for child in told.split()]
        process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{child}") for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for out in ("killed", "whole"):
        done = subprocess.run([*command, str(tmp_path / out)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    killed, whole = (
        {
            str(path.relative_to(tmp_path / out)): path.read_bytes()
            for path in sorted((tmp_path / out).rglob("*"))
            if path.name in (*FILES, "progress.csv", "tuning.png")
        }
        for out in ("killed", "whole")
    )
    assert killed == whole
    assert len(whole) > 4 + 2 * (4 + 2)


@pytest.fixture
def searched(tmp_path):
    tune(tmp_path, Landscape(bad=("trial-3",)))
    return tmp_path


def looked_at(out, change=None):
    """What `rlbench check` finds in the record, after a change of its content."""
    path = out / "search.json"
    if change:
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))
    return check_search(path)


def test_the_record_of_a_search_is_verified(searched, capsys):
    assert (looked_at(searched).problems, looked_at(searched).notes) == ([], [])
    capsys.readouterr()
    check([searched])  # the runs themselves are of workers that train nothing, and are not whole
    assert "searches verified: 1 of 1, " in capsys.readouterr().out


def first(content):
    return content["rungs"][0]["ranking"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: first(content)[1].update(objective=0.999), "is not that of its scores"),
        (lambda content: first(content).reverse(), "is not in the order of its objectives"),
        (lambda content: content.update(winner=0), "its winner is trial 0, and by its last rung it is"),
        (lambda content: content["rungs"][1]["ranking"].pop(), "rung 2 has not the settings that were to be tried"),
        (lambda content: first(content)[0]["scores"][ENV].pop(), "rung 1 has odd scores of trial"),
        (lambda content: content.pop("plan"), "it is no whole record of a search"),
        (lambda content: content.update(format=2), "it is no record of a search in format 1"),
        (lambda content: content["plan"].update(seeds="0-99999999"), "it is no whole record of a search"),
    ],
)
def test_a_record_that_was_changed_is_a_problem(searched, change, told):
    problems = looked_at(searched, change).problems
    assert any(told in problem for problem in problems)
    assert all(problem.endswith("the same rlbench tune makes it anew from the runs") for problem in problems)


def test_scores_that_are_not_those_of_the_runs_are_a_problem(searched):
    def improve(content):
        best = content["report"]["tuned"]
        own = [value + 100 for value in best["scores"][ENV]]
        found = score_trial(best["trial"], {ENV: own}, content["plan"]["scales"])
        best.update(scores=found.scores, objective=found.objective, environments=found.tasks)

    [problem] = looked_at(searched, improve).problems
    assert "the scores of the report are not those of the runs" in problem


def test_runs_that_are_not_there_are_noted(searched):
    shutil.rmtree(searched / "rung-1")
    found = looked_at(searched)
    assert found.problems == []
    assert "not compared with runs that are not there" in found.notes[0]
