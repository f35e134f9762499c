"""`rlbench decide` with workers that train nothing, and with real ones."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from mistakes import without_progress
from writing_workers import Writers

import rlbench
from rlbench.cli.decide import follow
from rlbench.errors import UserError
from rlbench.layout import run_folder
from rlbench.search.decide import begin, describe, make_plan, next_group, record_name, take_in
from rlbench.search.question import Question
from rlbench.sweep.lookup import here
from rlbench.sweep.request import RawOptions, read_request

ENV = "CartPole-v1"


def request(tmp_path, **words):
    said = {"algorithms": ["cem", "reinforce"], "env": [ENV], "seeds": "0-9", "steps": "4096", **words}
    return read_request(RawOptions(**said, device="cpu", workers="1", out=str(tmp_path)), None)


def decide(tmp_path, capsys, pool, question=None, **words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlbench.search.decide.open_launcher", lambda asked, _: contextlib.nullcontext((asked, pool)))
        status = follow(request(tmp_path, **words), question or Question(max_seeds=10), "rlbench decide again")
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def far_apart(label, seed):
    return 1000 + seed if label == "cem" else seed


def alike(label, seed):
    return (seed * 7) % 10 if label == "cem" else (seed * 3) % 10


def test_what_is_far_apart_is_decided_by_the_first_group(tmp_path, capsys):
    pool = Writers(far_apart)
    status, out, err = decide(tmp_path, capsys, pool)
    assert (status, without_progress(err)) == (0, "")
    assert pool.trained == [(ENV, "cem", seed) for seed in range(5)] + [(ENV, "reinforce", seed) for seed in range(5)]
    lines = [
        line for line in err.splitlines() if "running" not in line and "done" not in line and "waiting" not in line
    ]
    assert "  1 comparison, 2 looks, at most 10 seeds each" in lines
    assert "  family-wise error 5%; nothing can be told before 5 seeds each" in lines
    assert out == f"{ENV}: cem is better than reinforce: 1002.0 against 2.0 on average, with 5 seeds each.\n"
    assert "Runs: 10, of 20 at most" in lines
    record = tmp_path / "decisions" / f"cem-vs-reinforce--{ENV}.json"
    assert lines[-1] == f"Record: {record}"
    told = json.loads(record.read_text())
    assert told["ended"]
    assert told["plan"]["groups"] == [5, 5]
    assert told["looks"][0]["comparisons"][0]["better"] == "cem"
    assert told["verdicts"] == out.splitlines()


def test_a_budget_that_batches_do_not_fill_is_said(tmp_path, capsys):
    _, _, err = decide(tmp_path, capsys, Writers(far_apart), steps="5k")
    assert (
        without_progress(err)
        == "warning: reinforce: batches of 2,048 do not fill --steps 5,000; a seed stops at 4,096.\n"
    )


def test_the_same_command_again_comes_to_the_same_record(tmp_path, capsys):
    decide(tmp_path, capsys, Writers(alike))
    [record] = (tmp_path / "decisions").iterdir()
    before = record.read_bytes()
    assert json.loads(before)["looks"][1]["seeds"] == 10
    status, out, _ = decide(tmp_path, capsys, Writers(alike))
    assert (status, record.read_bytes()) == (0, before)
    assert "cem and reinforce are not told apart" in out


def test_stopped_between_two_looks_it_comes_to_the_same_record(tmp_path, capsys):
    class Stopped(Writers):
        def run(self, jobs):
            if jobs[0].seeds[0] == 5:
                raise KeyboardInterrupt
            return super().run(jobs)

    with pytest.raises(typer.Exit) as left:
        decide(tmp_path / "stopped", capsys, Stopped(alike))
    assert left.value.exit_code == 130
    [record] = (tmp_path / "stopped" / "decisions").iterdir()
    first = json.loads(record.read_text())
    assert (len(first["looks"]), first["ended"]) == (1, False)
    assert "are not told apart yet" in first["verdicts"][0]
    decide(tmp_path / "stopped", capsys, Writers(alike))
    decide(tmp_path / "whole", capsys, Writers(alike))
    assert record.read_bytes() == (tmp_path / "whole" / "decisions" / record.name).read_bytes()


def test_a_record_of_another_plan_is_refused_and_fresh_moves_it_aside(tmp_path, capsys):
    decide(tmp_path, capsys, Writers(alike))
    with pytest.raises(UserError, match=r"another plan: seeds \"0-9\" there, \"0-19\" asked; groups .* keeps no error"):
        decide(tmp_path, capsys, Writers(alike), Question(max_seeds=20), seeds="0-19")
    with pytest.raises(UserError, match=r"another plan: metric \"eval-det\" there, \"eval-stoch\" asked"):
        decide(tmp_path, capsys, Writers(alike), Question(max_seeds=10, metric="eval-stoch"))
    decide(tmp_path, capsys, Writers(alike), Question(max_seeds=20), seeds="0-19", fresh=True)
    assert sorted(path.name for path in (tmp_path / "decisions").iterdir()) == [
        f"cem-vs-reinforce--{ENV}.json",
        f"cem-vs-reinforce--{ENV}.json.old-1",
    ]


def test_a_record_that_cannot_be_read_is_named(tmp_path, capsys):
    decide(tmp_path, capsys, Writers(alike))
    [record] = (tmp_path / "decisions").iterdir()
    record.write_text("[]")
    with pytest.raises(UserError, match=r"cannot be read\. Remove it"):
        decide(tmp_path, capsys, Writers(alike))


def test_variants_and_environments_are_decided_each_for_itself(tmp_path, capsys):
    pool = Writers(lambda label, seed: seed + (500 if label == "cem-population=8" else 0))
    words = {"env": [ENV, "InvertedPendulum-v4"], "settings": {"cem.population": "8,16"}, "algorithms": ["cem"]}
    status, out, _ = decide(tmp_path, capsys, pool, Question(max_seeds=20), seeds="0-19", **words)
    assert status == 0
    assert out.count("cem-population=8 is better than cem-population=16") == 2
    assert len(pool.trained) == 4 * 10  # two comparisons cannot be decided by five seeds


def test_a_seed_that_diverged_is_data_and_a_status(tmp_path, capsys):
    status, out, err = decide(
        tmp_path, capsys, Writers(lambda label, seed: None if seed == 3 else far_apart(label, seed))
    )
    assert status == 1
    assert "with 5 seeds each" not in out
    assert "Look 2" in err
    assert without_progress(err).splitlines()[0] == f"{ENV} cem seed 3 diverged (not a number) after 4,096 steps"


def test_a_budget_without_room_is_refused_before_anything_is_said(tmp_path, capsys):
    with pytest.raises(UserError, match="one batch is 2,048 transitions, more than --steps 100"):
        decide(tmp_path / "out", capsys, Writers(alike), steps="100")
    assert capsys.readouterr() == ("", "")
    assert not (tmp_path / "out").exists()


def test_a_job_that_fails_ends_it_and_nothing_is_concluded(tmp_path, capsys):
    status, out, err = decide(tmp_path, capsys, Writers(alike, fail=("reinforce",)))
    assert status == 1
    assert f"{ENV} reinforce 0-4 failed: ValueError: no" in err
    assert err.splitlines()[-1] == "To go on where it stopped, once the cause is mended: rlbench decide again"
    assert "Look" not in err
    assert out == ""
    assert not (tmp_path / "decisions").exists()


def test_quiet_says_where_the_record_is(tmp_path, capsys):
    _, out, _ = decide(tmp_path, capsys, Writers(far_apart), quiet=True)
    assert out == f"{tmp_path / 'decisions' / f'cem-vs-reinforce--{ENV}.json'}\n"


def test_a_run_that_is_not_there_is_named(tmp_path):
    pool = Writers(alike)
    study = begin(request(tmp_path), Question(max_seeds=10), pool)
    assert [job.seeds for job in next_group(study, pool).jobs] == [(0, 1, 2, 3, 4)] * 2
    for label in ("cem", "reinforce"):
        folder = run_folder(tmp_path, ENV, label, 0)
        folder.mkdir(parents=True)
    with pytest.raises(UserError, match=r"holds no run that has ended .*no progress.csv.* The same command trains it"):
        take_in(study)


def test_a_run_without_the_metric_is_named(tmp_path, capsys):
    with pytest.raises(UserError, match=r"CartPole-v1 cem seed 0 has no training return .*Choose another --metric"):
        decide(tmp_path, capsys, Writers(alike), Question(max_seeds=10, metric="return"))


def test_a_file_that_was_changed_is_named(tmp_path, capsys):
    decide(tmp_path, capsys, Writers(alike))
    folder = run_folder(tmp_path, ENV, "cem", 3)
    about = json.loads((folder / "run.json").read_text())
    about["files"] = {"progress.csv": {"bytes": 1, "sha256": "0" * 64}}
    (folder / "run.json").write_text(json.dumps(about))

    idle = Writers(alike)
    idle.write = lambda *_: "finished"
    with pytest.raises(UserError, match=r"seed-3 was changed after it ended. See: rlbench check"):
        decide(tmp_path, capsys, idle)


@pytest.mark.parametrize(
    ("question", "labels", "words"),
    [
        (Question(), ("ppo",), "A decision is between two algorithms or variants at least, and ppo is one."),
        (Question(baseline="pop"), ("ppo", "cem"), "--baseline pop is not among them: ppo, cem. Did you mean ppo?"),
        (
            Question(max_seeds=3),
            ("ppo", "cem"),
            "--max-seeds 3 could not decide one comparison, however far apart the algorithms are: 4 could.",
        ),
        (
            Question(max_seeds=5),
            tuple("abcdefgh"),
            "--max-seeds 5 could not decide 28 comparisons, however far apart the algorithms are: 7 could.",
        ),
        (Question(max_seeds=2000), ("a", "b"), "--max-seeds 2000 in groups of 5 are 400 looks, more than 100."),
    ],
)
def test_questions_without_an_answer(tmp_path, question, labels, words):
    with pytest.raises(UserError) as error:
        make_plan(request(tmp_path), question, labels)
    assert words in str(error.value)


def test_names_of_records(tmp_path):
    asked = request(tmp_path)
    assert record_name(make_plan(asked, Question(), ("a", "ppo-gamma=0.9"))) == f"a-vs-ppo-gamma=0.9--{ENV}"
    long, other = (record_name(make_plan(asked, Question(), ("a" * 90, "b" * 90, end))) for end in "cd")
    assert long != other
    assert len(long) < 140


TINY = ["cem", "reinforce", "--env", ENV, "--steps", "600", "--max-seeds", "8", "--group", "4", "--workers", "1"]
TINY += ["--device", "cpu", "--eval-every", "0", "--set", "reinforce.num_steps=128", "--set", "cem.population=8"]


@pytest.mark.slow
def test_a_kill_leaves_no_trace_in_the_record(tmp_path):
    """The command and its worker are killed after the first look, and the same command comes to the same record."""
    command = [sys.executable, "-m", "rlbench", "decide", *TINY, "--out"]
    with subprocess.Popen([*command, str(tmp_path / "killed")], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "5-7" in line or "4-7: running" in line:
                break
        told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        children = [int(child) for child in told.split()]
        process.kill()
        for child in children:
            os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{child}") for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for out in ("killed", "whole"):
        done = subprocess.run([*command, str(tmp_path / out)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    [killed], [whole] = ([*(tmp_path / out / "decisions").iterdir()] for out in ("killed", "whole"))
    assert killed.read_bytes() == whole.read_bytes()
    assert len(json.loads(whole.read_text())["looks"]) == 2


def test_from_python(tmp_path, monkeypatch):
    def opened(asked, _):
        return contextlib.nullcontext((asked, Writers(far_apart)))

    monkeypatch.setattr("rlbench.search.decide.open_launcher", opened)
    found = rlbench.decide("cem", "reinforce", env=ENV, max_seeds=10, steps="5k", out=tmp_path, device="cpu")
    assert found.verdicts[0].startswith(f"{ENV}: cem is better than reinforce")
    assert found.comparisons.to_dict("records")[0]["better"] == "cem"
    assert json.loads(found.record.read_text())["verdicts"] == found.verdicts
    with pytest.raises(rlbench.UserError, match="max_seeds is a whole number"):
        rlbench.decide("cem", "reinforce", env=ENV, max_seeds=0)


def test_budgets_and_settings_of_single_environments_are_in_the_plan(tmp_path):
    config = tmp_path / "study.toml"
    config.write_text(
        'algorithms = ["cem", "reinforce"]\n'
        f'env = ["{ENV}", "InvertedPendulum-v4"]\n'
        "[tasks.InvertedPendulum-v4]\nsteps = 5000\n[tasks.InvertedPendulum-v4.settings.cem]\npopulation = 8\n"
    )
    request = read_request(RawOptions(seeds="0-9", out=str(tmp_path / "out"), device="cpu"), config)
    tasks = describe(begin(request, Question(max_seeds=10), SimpleNamespace(ask=here)))["plan"]["tasks"]
    assert tasks["InvertedPendulum-v4"]["steps"] == 5000
    assert tasks["InvertedPendulum-v4"]["settings"]["cem"]["population"] == 8
    assert list(tasks) == ["InvertedPendulum-v4"]
