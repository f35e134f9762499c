"""What the subcommands share: help, mistakes in one line, statuses."""

import subprocess
import sys

import pytest
from mistakes import lines_of_mistake

import rlbench
from rlbench.errors import UserError


def test_version(cli):
    outcome = cli("--version")
    assert (outcome.status, outcome.out) == (0, f"rlbench {rlbench.__version__}\n")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_the_subcommands(cli, arguments):
    outcome = cli(*arguments)
    assert outcome.status == 0
    for name in ("run", "plot", "table", "check", "list", "show"):
        assert name in outcome.out


def test_help_of_run_keeps_its_defaults_and_brackets(cli):
    text = " ".join(cli("run", "--help").out.replace("│", " ").split())
    assert "(default: 1M)" in text
    assert "2 bad input" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rnu",), "No such command 'rnu'. Did you mean 'run'?"),
        (("run", "--sedes", "5"), "--seeds"),
        (("--versoin",), "No such option"),
        (("run", "trpo"), "Name at least one environment"),
        (("run", "--env", "Hopper-v4"), "Name at least one algorithm"),
        (("run", "trpo", "--env"), "requires an argument"),
        (("run", "trpo", "-e", "Hopper-v4", "--seeds", "0,0"), "seed 0 twice"),
        (("run", "trpo", "-e", "Hopper-v4", "--steps", "many"), "--steps is a whole number"),
        (("run", "trpo", "-e", "A", "--device", "cuda", "--workers", "2"), "--workers are processes on the CPU"),
        (("run", "trpo", "-e", "Hopper-v4", "--set", "gamma"), "--set takes key=value"),
        (("tune", "trpo", "--set", "gamma=1"), "--fix KEY=VALUE gives a setting this value"),
        (("run", "--config", "/no/such/file.toml"), "No such file"),
        (("show", "tpro"), "Did you mean trpo?"),
        (("show",), "Missing argument"),
        (("show", "[/bold]"), "There is no algorithm, suite or environment '[/bold]'"),
    ],
)
def test_mistakes_are_one_line_and_status_2(cli, arguments, words):
    outcome = cli(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("rlbench: ")
    assert len(lines_of_mistake(outcome.err)) == 1
    assert words in outcome.err


def test_a_mistake_deep_below_is_one_line_too(cli, monkeypatch):
    def refuse():
        raise UserError("no\nway")

    monkeypatch.setattr("rlbench.algorithms.names", refuse)
    outcome = cli("list")
    assert (outcome.status, outcome.err) == (2, "rlbench: no way\n")


def test_ctrl_c_anywhere_is_status_130(cli, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("rlbench.algorithms.names", interrupt)
    assert cli("list").status == 130


def test_a_reader_that_goes_away_is_no_error():
    program = "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1); sys.argv[1:] = ['--help']; "
    done = subprocess.run(
        [sys.executable, "-c", program + "from rlbench.cli import main; main()"], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == b""


def test_help_loads_nothing_heavy():
    program = "import sys; sys.argv[1:] = ['--help']; from rlbench.cli import main\n"
    program += "try: main()\nexcept SystemExit: pass\n"
    program += "heavy = {'torch', 'numpy', 'pandas', 'mujoco', 'gymnasium', 'matplotlib'} & set(sys.modules)\n"
    program += "sys.exit(f'{heavy}' if heavy else 0)"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
