"""What ends the program is one line, whatever it is."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from unittest.mock import patch

import pytest

import rlbench
from rlbench.cli.failures import explain
from rlbench.errors import INSTALLED_AS


def test_what_the_user_can_mend_is_status_2():
    assert explain(PermissionError(13, "Permission denied", "there")) == ("Permission denied: there. ", 2)
    assert explain(OSError(24, "Too many open files"))[0].endswith("Allow more, as with: ulimit -n 1024")
    assert explain(MemoryError())[1] == 2
    assert explain(UnicodeEncodeError("ascii", "±", 0, 1, "no"))[1] == 2


NEEDED = {
    "plotille": ("rlbench.analysis.figures.terminal", "plot", "--terminal"),
    "matplotlib": ("matplotlib", "plot"),
    "scipy": ("rlbench.analysis", "table"),
    "jinja2": ("rlbench.analysis.report.page", "report"),
}
"""By package: the modules that import it, and a command that needs it."""


@pytest.mark.parametrize("package", NEEDED)
def test_a_package_that_is_not_installed_is_named_with_what_to_do(cli, tmp_path, monkeypatch, package):
    run = tmp_path / "Hopper-v4" / "trpo" / "seed-0"
    run.mkdir(parents=True)
    (run / "progress.csv").write_text("env_steps,return_mean\n1,2\n")
    importing, command, *options = NEEDED[package]
    for name in [name for name in sys.modules if f"{name}.".startswith((f"{importing}.", f"{package}."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.chdir(tmp_path)
    outcome = cli(command, str(tmp_path), *options)
    told = f"The package {package} is not installed, and this command needs it. Install it: pip install {package}"
    assert (outcome.status, outcome.err) == (2, f"rlbench: {told}\n")


FOR_DEVELOPERS = {"dev", "docs", "lint", "package", "test"}


def test_extras_are_installed_by_their_name():
    project = tomllib.loads((Path(rlbench.__file__).parent.parent / "pyproject.toml").read_text())["project"]
    extras = {f"'rlbench[{extra}]'" for extra in project["optional-dependencies"] if extra not in FOR_DEVELOPERS}
    assert {name for name in INSTALLED_AS.values() if "rlbench" in name} == extras
    for module, name in INSTALLED_AS.items():
        error = ModuleNotFoundError(f"No module named '{module}.types'", name=f"{module}.types")
        with patch.dict(sys.modules, {module: None}):
            assert explain(error)[0].endswith(f"Install it: pip install {name}")


def test_a_package_that_is_there_and_broken_is_installed_anew():
    error = ImportError("cannot import name 'nosuch' from 'numpy'", name="numpy")
    assert explain(error) == (
        "The package numpy cannot be imported: cannot import name 'nosuch' from 'numpy'. "
        "Install it anew: pip install --upgrade numpy",
        2,
    )


def test_a_module_of_rlbench_that_is_missing_is_a_fault_of_rlbench():
    assert explain(ModuleNotFoundError("No module named 'rlbench.nosuch'", name="rlbench.nosuch"))[1] == 1


@pytest.mark.parametrize("error", [ValueError("wrong"), RecursionError("deep"), KeyError("x"), OSError("no number")])
def test_a_fault_of_the_program_is_one_line_too(cli, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr("rlbench.envs.list_tasks", fail)
    outcome = cli("list")
    assert outcome.status == 1
    assert outcome.err.startswith("rlbench: This is a fault of rlbench, please report it: ")
    assert f"{type(error).__name__}: {error}, test_failures.py line " in outcome.err
    assert outcome.err.count("\n") == 1


def test_all_of_a_fault_is_shown_on_request(cli, monkeypatch):
    monkeypatch.setenv("RLBENCH_TRACEBACK", "1")
    monkeypatch.setattr("rlbench.envs.list_tasks", lambda: 1 / 0)
    assert "Traceback" in cli("list").err


def test_a_long_message_is_cut(cli):
    outcome = cli("show", "x" * 100_000)
    assert outcome.status == 2
    assert len(outcome.err) < 3000


def test_a_working_folder_that_is_gone(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    program = f"import os, sys; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); sys.argv[1:] = ['check', '.']\n"
    done = subprocess.run(
        [sys.executable, "-c", program + "from rlbench.cli import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.dirname(__file__)))},
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "working folder does not exist" in done.stderr


FILES = [
    ("steps = " + "[" * 5000, "nested too deep"),
    ("steps = " + "9" * 6000, "is not TOML"),
    ("steps = 0x" + "f" * 6000, "--steps is a whole number"),
    ("seeds = 0x" + "f" * 6000, "--seeds is"),
    ('out = "a\\u0000b"', "--out is the name of a folder"),
    ('out = "~nosuchuser/x"', "there is no such user"),
    ('out = ""', "--out is the name of a folder"),
    ("out = 3", "--out is the name of a folder"),
    ("num_envs = 1\nnum-envs = 2", "num_envs twice"),
    ("#" * 1_000_001, "too large"),
    ("gpu_buffers = [1, true]\ndevice = 'warp-cpu'", "--gpu-buffers is a whole number"),
    ("device = 0x" + "f" * 6000, "--device is one of"),
]


@pytest.mark.parametrize(("content", "words"), FILES, ids=[words for _, words in FILES])
def test_files_of_words_that_no_person_writes(cli, tmp_path, content, words):
    path = tmp_path / "words.toml"
    path.write_text(content)
    outcome = cli("run", "trpo", "--env", "Hopper-v4", "--config", str(path))
    assert outcome.status == 2
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert len(outcome.err) < 500


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "trpo", "--env", "Hopper-v4", "--steps", "1e999999999"), "--steps is a whole number"),
        (("run", "trpo", "--env", "Hopper-v4", "--out", "~nosuchuser/x"), "there is no such user"),
        (("bench", "trpo", "--seconds", "inf"), "--seconds is a number of seconds"),
        (("bench", "trpo", "--seconds", "nan"), "--seconds is a number of seconds"),
        (("bench", "trpo", "--repeats", "1e9"), "--repeats is a whole number of at most 1,000"),
        (("bench", "trpo", "--repeats", "٣"), "--repeats is a whole number"),
    ],
)
def test_words_that_no_person_types(cli, words, says):
    outcome = cli(*words)
    assert outcome.status == 2
    assert says in outcome.err


@pytest.mark.parametrize("command", ["plot", "table"])
def test_the_users_window_system_is_not_asked_for(tmp_path, command):
    folder = tmp_path / "Hopper-v4" / "trpo" / "seed-0"
    folder.mkdir(parents=True)
    (folder / "progress.csv").write_text("env_steps,return_mean\n1,2\n")
    done = subprocess.run(
        [sys.executable, "-m", "rlbench", command, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "nosuch", "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert "trpo" in done.stdout
