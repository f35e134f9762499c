"""A page of documentation, done as it says: every command and every block of Python, in the order of the page.

What is changed: budgets are small (`with_small_budget`), and commands that cannot be run here are left out (`CANNOT`).
Nothing else is, so a command must find what the page has made before it. A page that reads `results` which it has not
trained finds short runs of trpo and ppo there, and the shipped `results/reference` is where it is in a checkout.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from copied_workers import start_copied_worker
from documents import HOUSE
from page_pieces import Piece, commands_of, is_form, pieces_of
from strangers import environment

STEPS, SHORTER, SEEDS, GROUP = 4096, 2048, 2, 5  # tests/data/imports has logs of 8,192 transitions
SMALL = {
    "run": {"--steps": STEPS, "--seeds": SEEDS, "--eval-every": 0},
    "decide": {"--steps": SHORTER, "--max-seeds": 2 * GROUP, "--eval-every": 0},
    "tune": {"--steps": SHORTER, "--trials": 3, "--seeds": SEEDS, "--report-seeds": 3, "--rungs": 1, "--eval-every": 0},
    "bench": {"--seconds": 0.1, "--repeats": 1, "--workers": 1, "--seeds": 1},
    "eval": {"--episodes": 3},
    "lesson": {"--seeds": SEEDS},
    "video": {"--seconds": 0.1, "--width": 160},
}
"""The numbers that a command of each kind is given, in place of larger ones on the page or in addition."""

LESSONS = {
    "gradient": ("batches=3", "updates=2"),
    "gae": ("batches=4", "updates=2"),
    "steps": ("updates=1",),
    "cg": ("updates=1",),
    "vine": ("states=4", "repeats=4", "updates=1"),
    "line-search": ("updates=6",),
    "mixture": (),
}
"""The settings of each lesson that make it short, unless the page sets them itself."""

CANNOT = {
    r"docker .*": "needs Docker, and a network",
    r".* --launcher ray .*|ray job .*": "needs a Ray cluster; tests/ray_cluster has one",
    r".* --device cuda": "needs an NVIDIA GPU",
    r"pip install .*|\. \.venv/bin/activate": "would change the environment that the tests run in",
    r"python benchmarks/.*": "takes minutes, and some other libraries: it is only asked for its --help",
    r"make (?!demo).*": "is what continuous integration runs: only its recipe is looked up",
}
"""What is not executed, with the reason. Everything else on every page is."""

FILES = {
    "docs/start.md": {"study.toml": 0},
    "docs/import.md": {"mine.csv": 0},
    "docs/suites.md": {"my-study.toml": 0},
    "docs/variants.md": {"study.toml": 0},
    "docs/plugins.md": {"pyproject.toml": 0, "hill_climbing.py": 1},
}
"""Files whose contents a page shows, by the place of the block among the page's files and blocks of Python."""

SLURM = {"sinfo": "2/6/0/8", "squeue": ""}
"""What the commands of Slurm answer: a partition with eight cores, and nobody's jobs."""

WANDB = """
from types import SimpleNamespace

Settings = dict


def init(**given):
    return SimpleNamespace(step=0, summary={}, log=lambda values, step: None, finish=lambda exit_code: None)
"""
"""The functions of Weights & Biases that are called; they send nothing."""

FORESEEN = {"doctor": (0, 3)}
"""Exit statuses other than 0 that are right: another program may be at work on this machine, which is a warning."""

GIVEN = {
    "docs/trained.md": "obs = [0.0] * 11",
    "docs/plots.md": "from matplotlib.figure import Figure; axes = Figure().subplots(2)",
    "docs/own-tasks.md": "from pathlib import Path; from point import MODEL, POINT; from test_point import PointEnv; "
    "model = Path('point.xml').resolve(); model.write_text(MODEL)",
    "docs/plugins.md": "import torch; from rlbench.policies.gaussian import GaussianPolicy; "
    "from rlbench.policies.network import Network; policy = GaussianPolicy(Network((5, 16, 3)), -0.5); "
    "theta = torch.zeros(2, policy.network.size + 16).requires_grad_(); "
    "obs, actions, weights = torch.ones(2, 4, 5), torch.ones(2, 4, 3), torch.ones(2, 4)",
}
"""What the Python of a page takes for granted beside `rlbench`."""


@dataclass
class Walk:
    """How far a page has been done."""

    page: str
    folder: Path
    trained: Path
    names: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


def walk(page: str, folder: Path, trained: Path) -> tuple[list[str], str]:
    """Do what a page says in an empty folder: what was executed, and what went wrong, with page and line.

    It must run in a process of its own, whose working folder, modules and variables it changes.
    """
    from rlbench.sweep.launchers import workers

    workers.start_process = start_copied_worker
    os.chdir(furnish(folder))
    sys.path.insert(0, str(folder))
    state = Walk(page, folder, trained)
    for piece in written(page, pieces_of(page), folder):
        try:
            if piece.kind == "command":
                do_line(state, piece)
            elif piece.kind == "python":
                do_python(state, piece)
            elif piece.kind == "output":
                compare_output(state, piece)
        except BaseException as error:  # a command may raise KeyboardInterrupt and SystemExit as well
            told = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
            return state.done, f"{piece}: {piece.text}\n{told}"
    return state.done, ""


def written(page: str, pieces: list[Piece], folder: Path) -> list[Piece]:
    """Write the files that a page shows; the other pieces."""
    shown = [piece for piece in pieces if piece.kind in ("file", "python")]
    files = {name: shown[place] for name, place in FILES.get(page, {}).items()}
    for name, piece in files.items():
        (folder / name).write_text(piece.text, encoding="utf-8")
    left = [piece for piece in pieces if piece not in files.values()]
    assert not [piece for piece in left if piece.kind == "file"], f"{page} shows a file that FILES does not name"
    return left


def furnish(folder: Path) -> Path:
    """Make a folder what a checkout is to a reader: with examples, samples and the shipped results."""
    shutil.copytree(HOUSE / "examples", folder / "examples")
    shutil.copytree(HOUSE / "results" / "reference", folder / "results" / "reference")
    for name in ("tests", "docs", "benchmarks"):
        (folder / name).symlink_to(HOUSE / name)
    (folder / "wandb.py").write_text(WANDB)
    (folder / "my_module.py").write_text(environment("MyEnv"))  # the environment that pages take for an example
    (folder / "bin").mkdir()
    for name, answer in SLURM.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (folder / "bin" / name).chmod(0o755)
    os.environ["PATH"] = f"{folder / 'bin'}:{os.environ['PATH']}"
    return folder


def do_line(state: Walk, piece: Piece) -> None:
    """Execute the commands of a line."""
    for command in commands_of(piece.text):
        if is_form(command):
            continue
        while "=" in command[0]:
            name, value = command.pop(0).split("=", 1)
            os.environ[name] = value
            sys.path.insert(0, str(Path(value).resolve()))
        if cannot(" ".join(command)):
            look_at(command)
        elif command[0] == "cd":
            os.chdir(command[1])
        elif command[0] == "make":
            for line in recipe(command[1]):
                do_line(state, Piece(piece.page, piece.line, "command", line))
        else:
            do_command(state, command[1:])


def do_command(state: Walk, words: list[str]) -> None:
    """Execute one command of rlbench."""
    prepare(state, words)
    words = with_small_budget(words)
    if words[0] in ("list", "show") and " ".join(words) in state.done:
        return  # it says the same again
    status, out = rlbench(words)
    state.done.append(" ".join(words))
    state.said.append(out)
    assert status in FORESEEN.get(words[0], (0,)), f"rlbench {' '.join(words)}\nended with status {status}:\n{out}"
    assert "MUJOCO_LOG.TXT" not in os.listdir(), "MuJoCo's log is in the user's folder"
    assert "Warning" not in out, f"a warning of Python's:\n{out}"


def rlbench(words: list[str]) -> tuple[int, str]:
    """The exit status of a command, and what it prints on both streams."""
    from rlbench.cli import main

    sys.argv = ["rlbench", *words]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as left:
            status = left.code
    assert isinstance(status, int)
    return status, said.getvalue()


def with_small_budget(words: list[str]) -> list[str]:
    """A command whose numbers are no larger than those of SMALL; a suite is trained on its first task alone.

    What trains the shipped results again does so in a folder beside them.
    """
    name, words = words[0], list(words)
    if name == "lesson" and words[1:2]:
        given = {word.partition("=")[0] for word in words}
        short = [each for each in LESSONS[words[1]] if each.partition("=")[0] not in given]
        words += [word for each in short for word in ("--set", each)]
    if name == "bench" and not words[1:2]:
        words.append("ppo")  # in place of all algorithms
    if {"results", "results/reference"} <= set(words):
        words.append("--allow-mixed")  # the budgets differ, as they do not on the page
    if name == "run":
        words = [word.replace("results/reference", "results/again") for word in words]
    for option, most in SMALL.get(name, {}).items() if words[1:] else ():
        if option in words:
            place = words.index(option) + 1
            words[place] = smaller(words[place], most)
        else:
            words += [option, str(most)]
    if "--suite" in words and "--env" not in words:
        words += ["--env", first_task(words[words.index("--suite") + 1])]
    return words


def smaller(given: str, most: float) -> str:
    """A number of the command line, or `most` in place of one that is more than twice as large.

    A range of seeds is left as it is.
    """
    factors = {"k": 1e3, "M": 1e6}
    number = re.fullmatch(r"([\d.]+)([kM]?)", given)
    return given if number is None or float(number[1]) * factors.get(number[2], 1) <= 2 * most else str(most)


def first_task(suite: str) -> str:
    from rlbench.sweep.suite import read_suite

    return read_suite(suite).file.envs[0]


OTHERS = {"mine", "theirs", "tuning/ppo/report"}
"""Folders of results that a page reads beside `results`; a search that its default wins has no report."""
READING = ("plot", "table", "compare", "report", "eval", "video", "export", "check", "status")


def prepare(state: Walk, words: list[str]) -> None:
    """Put short runs where a page reads results that it has not trained."""
    if words[0] not in READING or any(word.startswith("results/reference") for word in words[1:]):
        return
    for name in OTHERS & set(words):
        if not Path(name).exists():
            shutil.copytree(state.trained, name)
    put_runs(state)


def put_runs(state: Walk) -> None:
    """Put short runs into `results`, unless the page has trained something."""
    if {path.name for path in Path("results").glob("*")} <= {"reference"} and not Path("tuning").exists():
        shutil.copytree(state.trained, "results", dirs_exist_ok=True)


def cannot(line: str) -> str:
    """Why a line is not executed; empty if it is."""
    return next((reason for pattern, reason in CANNOT.items() if re.fullmatch(pattern, line)), "")


def look_at(command: list[str]) -> None:
    """What can be seen of a command that is not executed."""
    if command[0] == "make":
        assert recipe(command[1])
    elif command[:2] == ["python", command[1]] and command[1].startswith("benchmarks/"):
        helped = subprocess.run([sys.executable, command[1], "--help"], capture_output=True, text=True)
        assert helped.returncode == 0, helped.stderr
    elif command[:2] == ["pip", "install"]:
        install(command[2:])


def recipe(target: str) -> list[str]:
    """The lines that a target of the Makefile executes with rlbench; all lines, where it is another program."""
    done = subprocess.run(["make", "-n", target], cwd=HOUSE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith(".venv/bin/rlbench ")] or lines


def install(words: list[str]) -> None:
    """Stand-in for `pip install`: makes what is in the working folder importable and known by its entry points."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    for extra in re.findall(r"\[(\w+)\]", " ".join(words)):
        assert extra in project["optional-dependencies"]
    if words != ["-e", "."]:
        return
    here = Path.cwd()
    for kind, points in tomllib.loads((here / "pyproject.toml").read_text())["project"]["entry-points"].items():
        for name, target in points.items():
            module = target.partition(":")[0]
            about = here / f"{module}-1.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
            (about / "entry_points.txt").write_text(f"[{kind}]\n{name} = {target}\n")
    sys.path.insert(0, str(here))


def do_python(state: Walk, piece: Piece) -> None:
    """Execute a block, and the tests that it defines."""
    if not state.names:
        state.names.update(begin_python(state.page))
    if re.search(r'"results["/]', piece.text) and not re.search(r"rlbench\.(run|decide|tune)\(", piece.text):
        put_runs(state)
    before = set(state.names)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(piece.text, str(piece), "exec"), state.names)
        for name in set(state.names) - before:
            if name.startswith("test_"):
                state.names[name]()
    state.done.append("python")
    state.said.append(said.getvalue())


def begin_python(page: str) -> dict[str, Any]:
    """The names that a page's first block of Python begins with; what trains has a small budget."""
    import rlbench as module

    names: dict[str, Any] = {"__name__": "page", "rlbench": module}
    for name, most in {
        "run": {"seeds": SEEDS, "steps": STEPS, "eval_every": 0},
        "decide": {"max_seeds": 2 * GROUP, "steps": SHORTER, "eval_every": 0},
        "tune": {"trials": 3, "seeds": SEEDS, "report_seeds": 3, "rungs": 1, "steps": SHORTER, "eval_every": 0},
        "evaluate": {"episodes": 3},
        "video": {"seconds": 0.1, "width": 160},
    }.items():
        setattr(module, name, with_arguments(getattr(module, name), most))
    exec(GIVEN.get(page, ""), names)
    return names


def with_arguments(function: Any, most: dict[str, Any]) -> Any:
    return lambda *arguments, **named: function(*arguments, **{**named, **most})


def compare_output(state: Walk, piece: Piece) -> None:
    """What a page quotes must have been printed: each word of what comes from shipped results, of others the headings.

    Numbers of runs with another budget are others, so lines with numbers are not compared there.
    """
    if not state.said:
        return
    shipped = "results/reference" in state.done[-1]
    printed = plain("\n".join(state.said))
    for line in [piece.text] if shipped else piece.text.splitlines():
        if shipped or not re.search(r"\d|─", line):
            assert plain(line) in printed, f"{plain(line)}\nis quoted, and was not printed:\n{state.said[-1]}"


def plain(text: str) -> str:
    return " ".join(text.split())
