"""Tries one input on the program, called as a person calls it but in this process, and judges what came of it.

Workers are forked, which takes no time. What is judged holds of every input there is.
"""

import contextlib
import io
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import strangers
from copied_workers import start_copied_worker
from mistakes import lines_of_mistake

from harness.inputs import Damage, Environment, Line, Plugin
from rlbench.cli import main
from rlbench.sweep.launchers import workers

SMALL = ("--seeds", "1", "--workers", "1", "--eval-every", "0", "--device", "cpu", "-q", "--out", "out")
WELL = ("--set", "cem.population=4", "--set", "cem.elite_fraction=0.5")
STEPS, LONGER = "128", "192"
DATA = ("progress.csv", "episodes.csv")


@dataclass
class Outcome:
    """What a command line did, and what is wrong with that."""

    status: int
    out: str
    err: str
    problems: list[str] = field(default_factory=list)
    lost: int = 0
    """Files that should have the bytes they have not."""


def try_input(tried, folder: Path) -> Outcome:
    """In a folder of its own, which is removed afterwards."""
    home, path, modules = os.getcwd(), list(sys.path), set(sys.modules)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        return {Line: try_line, Environment: try_environment, Plugin: try_plugin, Damage: try_damage}[type(tried)](
            tried
        )
    finally:
        os.chdir(home)
        sys.path[:] = path
        strange = [name for name in set(sys.modules) - modules if name.startswith(("theirs", "plugin_"))]
        assert not strange, f"the parent has loaded {strange}"


def call(*words: str) -> Outcome:
    """Runs `rlbench`."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    status = None
    with (
        mock.patch.object(sys, "argv", ["rlbench", *words]),
        mock.patch.object(workers, "start_process", start_copied_worker),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        try:
            main()
        except SystemExit as left:
            status = left.code
        except BaseException as error:
            status = f"{type(error).__name__}: {error}"
    out, err = (stream.buffer.getvalue().decode() for stream in streams)
    return judge(Outcome(status, out, err))


def judge(outcome: Outcome) -> Outcome:
    """What must hold of every command line."""
    text, problems = outcome.out + outcome.err, outcome.problems
    if outcome.status not in (0, 1, 2):
        problems.append(f"status {outcome.status}")
    if "Traceback" in text or "fault of rlbench" in text:
        problems.append("traceback")
    if "\x1b" in text:
        problems.append("control codes")
    lines = [line for line in lines_of_mistake(outcome.err) if not line.startswith(("To go on", "note: ", "warning: "))]
    if outcome.status == 2 and len(lines) != 1:
        problems.append(f"{len(lines)} lines for a mistake")
    if outcome.status == 1 and not outcome.err and "problem: " not in outcome.out:
        problems.append("a failure without a word")
    return outcome


def try_line(line: Line) -> Outcome:
    """Nothing is trained, whatever it asks for."""
    with mock.patch.object(workers.Workers, "run", return_value=iter(())):
        return call(*line.words)


def try_environment(tried: Environment) -> Outcome:
    """Beside it CartPole-v1 has the bytes that it has alone."""
    places = {} if tried.place == "space" else {tried.place: tried.code}
    source = strangers.environment(**places)
    if tried.place == "space":
        source = source.replace("spaces.Box(-1, 1, (2,), np.float32)", tried.code)
    if tried.place == "head":
        source = strangers.environment(head=f"{IMPORTS}\n{tried.code}\n")
    strangers.install_environment(Path(), "theirs", source)
    outcome = call("run", "cem", "--env", "theirs:Stranger-v0,CartPole-v1", *SMALL, *WELL, "--steps", STEPS)
    return _as_alone(outcome)


IMPORTS = "import faulthandler, os, sys, threading, time\nimport numpy as np\nimport torch"
RETURN = f"""{strangers.SAMPLE}
        state["weights"] += 1
        late, one = bool((state["weights"] > 1).any()), torch.ones(len(state["weights"]))
        return """


def try_plugin(tried: Plugin) -> Outcome:
    """Beside it cem has the bytes that it has alone, and `list` and `show ppo` are not disturbed."""
    if tried.place == "head":
        source = f"{IMPORTS}\n{tried.code}\n{strangers.plugin()}"
    elif tried.place == "columns":
        source = f"{IMPORTS}\n{strangers.plugin(iterate=RETURN + tried.code)}"
    else:
        source = f"{IMPORTS}\n{strangers.plugin(**{tried.place: tried.code})}"
    strangers.install_plugin(Path(), "stranger", source)
    words = ("--env", tried.env, *SMALL, *WELL, "--set", "stranger.num_steps=16", "--steps", STEPS)
    outcome = call("run", "stranger", "cem", *words)
    if tried.place == "head":
        for command in (("list", "--names"), ("show", "ppo")):
            other = call(*command)
            outcome.problems += other.problems if other.status == 0 else [f"{command} is disturbed"]
    return _as_alone(outcome, tried.env)


def _as_alone(outcome: Outcome, env: str = "CartPole-v1") -> Outcome:
    """What ran well beside the stranger is as it is without it, and verified."""
    good = Path("out", env, "cem", "seed-0")
    if outcome.status == 2:
        outcome.problems += ["refused, and yet there are files"] if Path("out").exists() else []
        return outcome
    for name in DATA:
        if not (good / name).exists() or (good / name).read_bytes() != _reference(env)[name]:
            outcome.lost += 1
            outcome.problems.append(f"{name} of the neighbour is another one")
    if call("check", "out").status != 0 and outcome.status == 0:
        outcome.problems.append("its results are not verified")
    return outcome


_REFERENCES: dict[str, dict[str, bytes]] = {}


def _reference(env: str) -> dict[str, bytes]:
    """The files of cem alone."""
    if env not in _REFERENCES:
        words = [word if word != "out" else "alone" for word in SMALL]
        alone = call("run", "cem", "--env", env, *words, *WELL, "--steps", STEPS)
        assert alone.status == 0, alone
        folder = Path("alone", env, "cem", "seed-0")
        _REFERENCES[env] = {name: (folder / name).read_bytes() for name in DATA}
    return _REFERENCES[env]


_RUN: dict[Path, bytes] = {}
RUN_WORDS = ("run", "cem", "--env", "CartPole-v1", *SMALL, *WELL)


def try_damage(tried: Damage) -> Outcome:
    """A refusal leaves every byte; and what was changed is verified no more, or was not needed."""
    if not _RUN:
        assert call(*RUN_WORDS, "--steps", STEPS).status == 0
        _RUN.update({path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()})
    for path, content in _RUN.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder = Path("out", "CartPole-v1", "cem", "seed-0")
    path = folder / tried.file
    content = path.read_bytes()
    if tried.field:
        changed = json.dumps({**json.loads(content), tried.field: json.loads(tried.value)}).encode()
    else:
        low, high = sorted(round(part * len(content)) for part in (tried.start, tried.end))
        changed = content[:low] + tried.value.encode("latin-1") + content[high:]
    path.write_bytes(changed)
    before = _files()
    words = {"check": ("check", "out"), "table": ("table", "out")}
    outcome = call(*words.get(tried.then, (*RUN_WORDS, "--steps", LONGER if tried.then == "longer" else STEPS)))
    if outcome.status == 2 or tried.then in words:
        outcome.lost = sum(content != _files().get(path) for path, content in before.items())
        outcome.problems += ["a refusal changes files"] if outcome.lost else []
    data = tried.file in DATA and changed != content
    if tried.then == "longer" and data and outcome.status == 0:
        outcome.problems.append("goes on from a changed file")
    return outcome


def _files() -> dict[Path, bytes]:
    """All of results, but for logs."""
    found = (path for path in Path("out").rglob("*") if path.is_file() and "logs" not in path.parts)
    return {path: path.read_bytes() for path in found}


TRY = {Line: try_line, Environment: try_environment, Plugin: try_plugin, Damage: try_damage}
