"""Shell completion, asked as shells ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rlbench.cli import completion

SCRIPT = Path(sys.executable).with_name("rlbench")


def complete(line: str) -> list[str]:
    """What the last word of a line can become, as bash asks for it."""
    words = line.split(" ")
    asked = {"_RLBENCH_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    told = subprocess.run([SCRIPT], env=os.environ | asked, capture_output=True, text=True, timeout=60, check=True)
    return told.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rlbench ru", ["run"]),
        ("rlbench run trpo", ["trpo", "trpo-vine"]),
        ("rlbench run --launcher s", ["slurm"]),
        ("rlbench plot --kind pro", ["profile"]),
    ],
)
def test_a_shell_is_answered(line, words):
    assert complete(line) == words


def test_the_last_of_several_environments_is_completed():
    assert completion.complete_env("Hopper-v4,HalfC") == ["Hopper-v4,HalfCheetah-v4", "Hopper-v4,HalfCheetah-v5"]


def test_devices_and_suites_are_completed():
    assert completion.complete_device("cu") == ["cuda"]
    assert completion.complete_shown("trpo") == ["trpo", "trpo-vine", "trpo-2015"]


def test_completing_imports_no_torch():
    asks = "from rlbench.cli import completion as c; [f('') for n, f in vars(c).items() if n.startswith('complete_')]"
    code = f"import sys; {asks}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_the_script_that_bash_reads_completes():
    """`--show-completion`, called by bash, defines a function that fills COMPREPLY."""
    called = ["bash", "-c", f"{SCRIPT} --show-completion || exit"]  # what follows keeps bash as the parent process
    shown = subprocess.run(called, capture_output=True, text=True, timeout=60, check=True)
    ask = 'COMP_WORDS=(rlbench run rein); COMP_CWORD=2; _rlbench_completion rlbench; echo "${COMPREPLY[@]}"'
    path = f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "-c", f"{shown.stdout}\n{ask}"]
    told = subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=60)
    assert told.stdout.split() == ["reinforce"]
