"""Suites on the command line and from Python: trained, gone on with, changed, and refused."""

import pytest
from mistakes import lines_of_mistake

import rlbench
from rlbench.suite_file import read_suite_file
from rlbench.sweep.cost import Cost
from rlbench.sweep.suite import read_suite, suite_names

MINE = """
title = "Two steps [bold]$x_1$[/bold]"
algorithms = ["npg", "long"]
seeds = 1
steps = 256
eval-every = 0
workers = 1
num-envs = 2
[settings]
num_steps = 64
[variants.long]
algorithm = "npg"
target_kl = 0.1
[tasks.InvertedPendulum-v4]
[tasks.Hopper-v4]
steps = 384
[tasks.Hopper-v4.settings]
hidden_sizes = [8]
[titles]
npg = "Short"
[quick]
seeds = 1
env = ["InvertedPendulum-v4"]
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


def finished(folder):
    return sorted(str(path.parent.relative_to(folder)) for path in folder.rglob("checkpoint.pt"))


@pytest.mark.usefixtures("quick_workers")
def test_a_suite_is_trained_and_gone_on_with(cli, mine, tmp_path):
    part = cli("run", "long", "--suite", "mine.toml", "--env", "Hopper-v4")
    assert part.status == 0, part.err
    assert "note: differs from the suite mine: --algorithms long, not npg,long" in part.err
    folder = tmp_path / "results" / "mine"
    first = (folder / "Hopper-v4" / "long" / "seed-0" / "progress.csv").read_bytes()

    whole = cli("run", "--suite", "mine.toml")
    assert whole.status == 0, whole.err
    assert "4 runs of 256 to 384 transitions of the suite mine, 1,280 in all" in whole.err
    assert len(finished(folder)) == 4
    assert (folder / "Hopper-v4" / "long" / "seed-0" / "progress.csv").read_bytes() == first
    steps = rlbench.load(folder).progress("env_steps").groupby("env", observed=True).env_steps.max()
    assert steps.to_dict() == {"Hopper-v4": 384, "InvertedPendulum-v4": 256}
    assert read_suite_file(folder / "suite.json").algorithms == ("npg", "long")

    mine.write_text(MINE.replace("target_kl = 0.1", "target_kl = 0.2"))
    changed = cli("run", "--suite", "mine.toml")
    assert (changed.status, len(lines_of_mistake(changed.err))) == (2, 1)
    assert "target_kl" in changed.err

    mine.write_text(MINE.replace("seeds = 1", "seeds = 2"))
    assert cli("run", "--suite", "mine.toml", "--env", "InvertedPendulum-v4", "-q").status == 0
    assert len(finished(folder)) == 6


@pytest.mark.usefixtures("quick_workers")
def test_the_smaller_budget_from_python(mine):
    runs = rlbench.run(suite=mine, quick=True)
    assert [(run.env, run.algorithm, run.seed) for run in runs] == [
        ("InvertedPendulum-v4", "npg", 0),
        ("InvertedPendulum-v4", "long", 0),
    ]
    assert runs[0].folder.parents[2].name == "mine-quick"
    with pytest.raises(rlbench.UserError, match="Name one, as in: --suite trpo-2015 --quick"):
        rlbench.run("npg", env="Hopper-v4", quick=True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--suite", "mine.tml"), "There is no suite 'mine.tml'."),
        (("--suite", "mine.toml", "--config", "mine.toml"), "cannot be combined"),
        (("--quick", "npg", "--env", "Ant-v4"), "--quick is the smaller budget of a suite"),
        (("--suite", "mine.toml", "--seeds", "0"), "--seeds names no seed"),
        (("--suite", "mine.toml", "--set", "gama=1"), "npg and long have no setting 'gama'. Did you mean gamma?"),
        (("nqg", "--suite", "mine.toml"), "There is no algorithm 'nqg'. Did you mean npg?"),
        (("--config", "mine.toml"), "title is of a suite: run it with --suite mine.toml"),
    ],
)
def test_what_is_refused_is_one_line(cli, mine, words, told):
    outcome = cli("run", *words)
    assert (outcome.status, len(lines_of_mistake(outcome.err)), outcome.out) == (2, 1, "")
    assert told in outcome.err
    assert [path.name for path in mine.parent.iterdir()] == ["mine.toml"]


@pytest.fixture
def known_costs(monkeypatch):
    """Costs without measuring: 1 hour of one core for a run."""

    def costs_of(requests):
        return {
            kind: Cost(len(each.envs) * len(each.algorithms), 10**6, 3600.0 * len(each.envs), 0.0, 2)
            for kind, each in requests.items()
        }

    monkeypatch.setattr("rlbench.cli.suites.costs_of", costs_of)


@pytest.mark.usefixtures("known_costs")
def test_the_list_of_suites_has_their_costs(cli):
    outcome = cli("list", "--suites")
    assert outcome.status == 0
    for name in suite_names():
        assert f"{name}  {read_suite(name).file.title}" in outcome.out
    assert (
        "32 runs of 1,000,000 transitions in all; 4.0 h of one core, about 2.0 h on this machine's 2 cores"
        in outcome.out
    )
    assert "single-path (Single path), vine, natural-gradient" in outcome.out
    assert cli("list", "--suites", "--names").out.split() == list(suite_names())


@pytest.mark.usefixtures("known_costs", "mine")
def test_one_suite_is_shown(cli):
    outcome = cli("show", "mine.toml")
    assert (outcome.status, outcome.err) == (0, "")
    assert "mine  Two steps [bold]$x_1$[/bold]" in outcome.out
    assert "whole: seeds 0, 256 to 384 transitions each; 4 runs" in outcome.out
    assert "--quick: seeds 0, 256 transitions each; 2 runs" in outcome.out
    assert "algorithms: npg (Short), long" in outcome.out
    assert cli("show", "mujoco-6").status == 0
    missing = cli("show", "none.toml")
    assert (missing.status, missing.err.count("\n")) == (2, 1)


def test_a_cost_that_cannot_be_told_is_said(cli, mine, quick_workers):  # noqa: ARG001
    mine.write_text(
        MINE.replace("steps = 256", "steps = 2")
        .replace('algorithm = "npg"', 'algorithm = "policy-iteration"')
        .replace("target_kl = 0.1", "")
    )
    outcome = cli("show", "mine.toml")
    assert outcome.status == 0
    assert "its cost cannot be told: " in outcome.out
