"""`rlbench import`, as a person calls it, and the example of docs/import.md."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "imports"
PAGE = (ROOT / "docs" / "import.md").read_text()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The working folder of a person."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stand_in(out, seeds, steps):
    """What `rlbench run ppo` writes, so that the quick version trains nothing."""
    for seed in range(seeds):
        folder = out / "Hopper-v4" / "ppo" / f"seed-{seed}"
        folder.mkdir(parents=True)
        rows = "".join(f"{i},{steps * i // 4},5,{20 * i + seed},{30 * i + seed}\n" for i in range(1, 5))
        (folder / "progress.csv").write_text(f"iteration,env_steps,episodes,return_mean,eval_return_det\n{rows}")
        about = {
            "format": 1,
            "algorithm": "ppo",
            "env": "Hopper-v4",
            "seed": seed,
            "status": "finished",
            "steps": steps,
        }
        ends = {"env_steps": steps, "iteration": 4, "eval_every": 0, "settings": {}, "versions": {"mujoco": "4.0.0"}}
        (folder / "run.json").write_text(json.dumps({**about, **ends}))


@pytest.mark.parametrize("trains", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_example_of_the_page(cli, place, trains):
    (place / "tests").symlink_to(ROOT / "tests")
    (table,) = re.findall(r"```csv\n(.*?)```", PAGE, re.S)
    (place / "mine.csv").write_text(table)
    lines = [line[2:] for block in re.findall(r"```console\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
    assert len(lines) == 11
    outputs = {}
    for line in lines:
        command, *words = shlex.split(line)
        assert command == "rlbench"
        if words[0] == "run" and not trains:
            stand_in(place / "results", 3, 8192)
            continue
        outcome = cli(*words)
        assert outcome.status == 0, outcome.err
        outputs[line] = outcome.out
    names = ("ppo", "ppo-sb3", "ppo-cleanrl", "ppo-tianshou", "ppo-spinningup")
    for name in names:
        assert f"{name} " in outputs["rlbench compare --metric return"]
    assert "ppo-sb3" in outputs["rlbench compare ppo ppo-sb3 ppo-tianshou --metric eval-det"]
    assert "my-ppo" in outputs["rlbench compare ppo my-ppo --metric eval-det"]
    drawn = (place / "results" / "plots" / "Hopper-v4_return_mean.csv").read_text()
    assert all(f",{name}," in drawn for name in names)
    assert "problems: 0" in outputs["rlbench check"]


@pytest.mark.usefixtures("place")
def test_a_line_for_each_run_then_what_is_unknown_then_counts(cli):
    outcome = cli("import", str(SAMPLES / "spinningup"), "--env", "Hopper-v4")
    assert outcome.status == 0
    first, _, _, last = outcome.out.splitlines()
    notes = outcome.err.splitlines()
    assert first == (
        f"new: {SAMPLES}/spinningup/ppo/ppo_s0 is progress.txt of Spinning Up: Hopper-v4 (from --env), "
        "seed 0 (from config.json) -> results/Hopper-v4/ppo-spinningup/seed-0, 8 rows to 8,192 transitions"
    )
    assert notes[-1] == (
        "note: ppo-spinningup: the files do not tell versions; said to be unknown in run.json (3 of 3 runs)"
    )
    assert last == "imported: 3 (3 new), left out: 0"
    again = cli("import", str(SAMPLES / "spinningup"), "--env", "Hopper-v4")
    assert again.out.splitlines()[-1] == "imported: 3 (3 unchanged), left out: 0"


def test_what_was_left_out_is_a_line_on_stderr_and_status_1(cli, place):
    shutil.copytree(SAMPLES / "sb3", place / "logs")
    (place / "logs" / "seed-1" / "0.monitor.csv").write_text("#{}\nr,l,t\n1,2\n")
    outcome = cli("import", "logs")
    assert outcome.status == 1
    assert (
        outcome.err.splitlines()[-1] == "left out: logs/seed-1: 0.monitor.csv: line 3 has 2 cells, and the header has 3"
    )
    assert outcome.out.splitlines()[-1] == "imported: 2 (2 new), left out: 1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument"),
        (("nowhere",), "nowhere does not exist"),
        (("empty",), "No logs under empty"),
        (("sb3", "--name", "ppo"), "--name ppo is an algorithm of rlbench's own. Choose another, such as ppo-sb3."),
        (("sb3", "--name", "a/b"), "--name: a name is lower-case letters"),
        (("sb3", "--seed", "0"), "are both seed 0"),
        (("sb3", "--seed", "-1"), "--seed is a whole number"),
        (("sb3", "--steps", "many"), "--steps is a whole number"),
        (("sb3", "--window", "0"), "--window is a whole number"),
        (("sb3", "--version", "mujoco"), "--version takes NAME=VALUE"),
        (("sb3", "--column", "=x"), "--column takes NAME=VALUE"),
        (("sb3", "--column", "retrun=x"), "Did you mean return?"),
        (("sb3", "--evaluations", "mean"), "det"),
        (("sb3", "--env", "Ant-v4"), "its files are of Hopper-v4, and --env says Ant-v4"),
    ],
)
def test_mistakes_are_one_line_and_status_2(cli, place, arguments, words):
    (place / "empty").mkdir()
    (place / "sb3").symlink_to(SAMPLES / "sb3")
    outcome = cli("import", *arguments)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert words in outcome.err
    assert not (place / "results").exists()


NAMES = ("0.monitor.csv", "evaluations.npz", "events.out.tfevents.1.x", "progress.txt", "a.csv", "config.json")


@pytest.mark.parametrize("seed", range(20))
def test_nonsense_in_files_is_no_traceback(cli, place, seed):
    """Random bytes, and samples with random bytes in them, under every known name."""
    rng = np.random.default_rng(seed)
    samples = [path for path in sorted(SAMPLES.rglob("*")) if path.is_file() and "README" not in path.name]
    for name in NAMES:
        folder = place / "logs" / f"Hopper-v4-{name}"
        folder.mkdir(parents=True)
        content = bytearray(samples[rng.integers(len(samples))].read_bytes() if rng.random() < 0.8 else rng.bytes(500))
        for _ in range(rng.integers(4)):
            begin = rng.integers(len(content))
            content[begin : begin + rng.integers(1, 9)] = rng.bytes(rng.integers(9))
        (folder / name).write_bytes(content)
    outcome = cli("import", "logs", "--name", "x-y")
    assert outcome.status in (0, 1, 2)
    assert "fault of rlbench" not in outcome.err
    assert all(line.startswith(("left out: ", "note: ", "rlbench: ")) for line in outcome.err.splitlines())
    assert outcome.out.isprintable() or all(line.isprintable() for line in outcome.out.splitlines())


def test_nothing_of_training_is_loaded(place):
    program = f"import sys; sys.argv[1:] = ['import', {str(SAMPLES / 'sb3')!r}]; from rlbench.cli import main\n"
    program += "try: main()\nexcept SystemExit as left: assert left.code == 0\n"
    program += "heavy = {'torch', 'mujoco', 'gymnasium', 'matplotlib', 'scipy', 'rich'} & set(sys.modules)\n"
    program += "sys.exit(f'{heavy}' if heavy else 0)"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, cwd=place)
    assert done.returncode == 0, done.stderr
