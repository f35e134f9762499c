"""How a sweep is shown."""

from pathlib import Path

import pytest
from rich.console import Console

from rlbench.cli.columns import MEANING
from rlbench.cli.live import Live, Plain, Quiet, choose_rows, jobs_table, make_display
from rlbench.cli.sparkline import ASCII, sparkline
from rlbench.sweep.launchers.contract import Done, Failed
from rlbench.sweep.state import JobState, say_state
from rlbench.training.evaluation import EPISODES
from rlbench.training.job import Finished, Job, Progress


def state(algorithm="trpo", seeds=(0, 1), env="Hopper-v4"):
    return JobState(Job(algorithm, env, seeds, 1000, {}, 0, Path("out")))


def running(algorithm="trpo", env="Hopper-v4"):
    job = state(algorithm, env=env)
    job.apply(Progress(100, (None, None)), 0.0)
    job.apply(Progress(200, (12.3, 1234.0)), 2.0)
    return job


def text_of(table, width):
    console = Console(width=width, height=20, force_terminal=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_a_say_state_says_all():
    said = "Hopper-v4 trpo 0-1: running, 20%, 200 steps, 100 steps/s, 0:16 left, training return 12.3 1234"
    assert say_state(running()) == said


def test_training_returns_are_told_from_evaluations():
    assert "training return  " in text_of(jobs_table([running()], 80), 80).splitlines()[0]
    assert "training return, each seed" in text_of(jobs_table([running()], 120), 120).splitlines()[0]
    assert f"the last evaluation, {EPISODES} episodes a seed" in MEANING
    assert all(len(line) <= 80 for line in MEANING.splitlines())


def test_say_states_are_few(capsys):
    job, plain = state(), Plain()
    for second in range(61):
        job.apply(Progress(10 * (second + 1), (1.0, 2.0)), float(second))
        plain.update(job)
    for seed in (0, 1):
        job.apply(Finished(seed, "finished", 1000, 1.0, 1.0), 61.0)
        plain.update(job)
    job.apply(Done(), 61.0)
    plain.update(job)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0].split(": ")[1] for line in lines] == ["running"] * 4 + ["done"]
    assert not any("\x1b" in line for line in lines)


def test_quiet_is_quiet(capsys):
    with make_display([running()], quiet=True) as display:
        display.update(running())
    assert isinstance(display, Quiet)
    assert capsys.readouterr() == ("", "")


def test_where_lines_cannot_be_drawn_over_they_are_plain(monkeypatch):
    assert isinstance(make_display([], quiet=False), Plain)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_display([], quiet=False), Plain)
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(make_display([], quiet=False), Live)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_each_job_is_one_line(width):
    jobs = [running(), state("ppo"), running("an-algorithm-with-quite-a-long-name", "A-Long-Environment-v4")]
    lines = text_of(jobs_table(jobs, width), width).splitlines()
    assert len(lines) == 1 + len(jobs)
    assert all(len(line) <= width for line in lines)
    assert "20%" in lines[1]
    assert "100" in lines[1]
    assert "waiting" in lines[2]


def test_names_are_not_markup():
    assert "[red]x" in text_of(jobs_table([state("[red]x", env="E")], 80), 80)


def test_more_jobs_than_lines():
    done, failed, waiting = state("a"), state("b"), state("c")
    done.apply(Done(), 0.0)
    failed.apply(Failed("x"), 0.0)
    jobs = [done, failed, waiting, running("d"), state("e")]
    shown, rest = choose_rows(jobs, 2)
    assert [job.job.algorithm for job in shown] == ["b", "d"]
    assert rest == "and 1 done, 2 waiting"
    assert choose_rows(jobs, 9) == (jobs, "")


def test_the_live_display_draws_itself(capsys):
    with Live([running()]) as live:
        live.update(running())
    captured = capsys.readouterr()
    assert "Hopper-v4 trpo 0-1" in captured.err
    assert captured.out == ""


def learning(algorithm="trpo", signs=None, warnings=()):
    job = state(algorithm)
    signs = {"kl": 0.00973, "entropy": 3.21, "explained_variance": 0.874} if signs is None else signs
    for step in range(40):
        job.apply(
            Progress(10 * step + 10, (float(step), float(step)), warnings if step == 5 else (), signs), float(step)
        )
    return job


@pytest.mark.parametrize(
    ("width", "curve", "vital"),
    [
        (60, "", ""),
        (80, "▁▂▃▄▅▆▇█", "kl 0.0097"),
        (120, "▁▁▂▂▃▃▄▄▅▅▆▆▇▇██", "kl 0.0097"),
        (200, "▁▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇████", "kl 0.0097  entropy 3.2  expl. var. 0.87"),
    ],
)
def test_a_job_shows_its_curve_and_vital_signs_as_far_as_there_is_room(width, curve, vital, monkeypatch):
    monkeypatch.setattr("rlbench.cli.sparkline.has_blocks", lambda: True)
    header, line = text_of(jobs_table([learning()], width), width).splitlines()
    assert len(line) <= width
    assert curve in line
    assert vital in line
    assert "39.0 39.0" in line
    assert "40%" in line
    assert ("vital sign" in header) == bool(vital)
    assert "\x1b" not in line  # without colour it says the same


def test_a_job_that_has_warned_is_marked():
    assert "! kl" in text_of(jobs_table([learning(warnings=("seed 0: so and so",))], 80), 80)
    assert "!" not in text_of(jobs_table([learning()], 80), 80)


def test_an_algorithm_without_vital_signs():
    line = text_of(jobs_table([learning("cem", {})], 120), 120).splitlines()[1]
    assert "39.0 39.0" in line
    assert say_state(learning("cem", {})).endswith("training return 39.0 39.0")
    assert say_state(learning()).endswith("training return 39.0 39.0, kl 0.0097")


@pytest.mark.parametrize(
    ("values", "width", "drawn"),
    [
        ([], 5, ""),
        ([3.0], 5, "="),
        ([1.0, 1.0, 1.0], 5, "==="),
        ([0.0, 7.0], 5, "_#"),
        ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 8, "_.-~=+*#"),
        ([0.0, 0.0, 8.0, 8.0], 2, "_#"),
        ([-5.0, 5.0, -5.0], 3, "_#_"),
    ],
)
def test_a_sparkline_is_means_between_the_least_and_the_greatest(values, width, drawn):
    drawn = drawn.replace("=", "~") if len(set(values)) == 1 else drawn
    assert sparkline(values, width, ASCII) == drawn


def test_a_terminal_without_blocks_gets_letters(monkeypatch):
    monkeypatch.setattr("sys.stderr", type("Plain", (), {"encoding": "ascii"})())
    assert sparkline([0.0, 7.0], 2) == "_#"


def test_a_long_history_keeps_its_course():
    job = state()
    for step in range(5000):
        job.apply(Progress(step + 1, (float(step),)), float(step))
    assert len(job.history) <= 512
    gaps = {second - first for first, second in zip(job.history, job.history[1:])}
    assert gaps == {float(job.stride)}


def test_returns_that_are_not_known_draw_nothing():
    job = state()
    job.apply(Progress(1, (None, float("nan"))), 0.0)
    assert job.history == []
