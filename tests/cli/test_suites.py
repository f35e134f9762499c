"""Suites on the command line and from Python: trained, gone on with, changed, and refused."""

import pytest

import rlbench
from rlbench.suite_file import read_suite_file

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
    assert "note: other than the mine of its file: --algorithms long, not npg,long" in part.err
    folder = tmp_path / "results" / "mine"
    first = (folder / "Hopper-v4" / "long" / "seed-0" / "progress.csv").read_bytes()

    whole = cli("run", "--suite", "mine.toml")
    assert whole.status == 0, whole.err
    assert "4 runs of 256 to 384 transitions of the suite mine, 1,280 in all" in whole.out
    assert len(finished(folder)) == 4
    assert (folder / "Hopper-v4" / "long" / "seed-0" / "progress.csv").read_bytes() == first
    steps = rlbench.load(folder).progress("env_steps").groupby("env", observed=True).env_steps.max()
    assert steps.to_dict() == {"Hopper-v4": 384, "InvertedPendulum-v4": 256}
    assert read_suite_file(folder / "suite.json").algorithms == ("npg", "long")

    mine.write_text(MINE.replace("target_kl = 0.1", "target_kl = 0.2"))
    changed = cli("run", "--suite", "mine.toml")
    assert (changed.status, changed.err.count("\n")) == (2, 1)
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
    assert (outcome.status, outcome.err.count("\n"), outcome.out) == (2, 1, "")
    assert told in outcome.err
    assert [path.name for path in mine.parent.iterdir()] == ["mine.toml"]
