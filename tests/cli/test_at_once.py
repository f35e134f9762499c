"""Mistakes in names, and all that is only looked up, are answered without torch and before any process is started."""

import json
import subprocess
import sys

PROGRAM = """
import contextlib, io, json, sys
from rlbench.cli import main
from rlbench.sweep.launchers import workers

def nobody(*_, **__):
    raise RuntimeError("a process was started")

workers.Workers.__enter__ = nobody
outcomes = []
for words in json.load(sys.stdin):
    sys.argv[1:] = words
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            main()
    except SystemExit as left:
        outcomes.append([left.code, said.getvalue(), [name for name in ("torch", "mujoco") if name in sys.modules]])
    heavy = {"numpy", "gymnasium"} & set(sys.modules)
    outcomes[-1].append(sorted(heavy))
json.dump(outcomes, sys.stdout)
"""

RUN = ("run", "ppo", "--env", "Hopper-v4")
MISTAKES = [
    (("run", "tpro", "--env", "Hopper-v4"), "There is no algorithm 'tpro'. Did you mean trpo?"),
    (("bench", "tpro"), "There is no algorithm 'tpro'. Did you mean trpo?"),
    (("show", "tpro"), "There is no algorithm, suite or environment 'tpro'. Did you mean trpo?"),
    ((*RUN, "--set", "gama=1"), "ppo has no setting 'gama'. Did you mean gamma?"),
    ((*RUN, "--set", "trpo.gamma=1"), "trpo is not among the algorithms of this command (ppo)"),
    ((*RUN, "--set", "trop.gamma=1"), "no algorithm 'trop'. Did you mean trpo?"),
    ((*RUN, "--set", "gamma=7"), "gamma is a number"),
    (("bench", "ppo", "--set", "gama=1"), "ppo has no setting 'gama'"),
    (("run", "ppo", "--env", "Hopper-v1"), "use Hopper-v4"),
    ((*RUN, "--config", "nowhere.toml"), "No such file"),
    ((*RUN, "--set", "clip_coef=0.1,0.10"), "Two variants would be called ppo-clip_coef=0.1"),
    ((*RUN, "--name", "trpo"), "Variant trpo: that is the name of an algorithm"),
    (("decide", "ppo", "tpro", "--env", "Hopper-v4"), "There is no algorithm 'tpro'. Did you mean trpo?"),
    (("decide", "ppo", "--env", "Hopper-v4", "--group", "0"), "--group is a whole number of at least 1"),
    (("run", "ppo", "--env", "nowhere_at_all:Thing-v0"), "the module 'nowhere_at_all' cannot be imported"),
]
LOOKED_UP = [
    ("--help",),
    *((command, "--help") for command in ("run", "plot", "table", "check", "list", "show", "bench", "decide")),
]
LOOKED_UP += [("list",), ("list", "--names"), ("show", "ppo"), ("show", "cma-es"), ("--version",)]
NEED_GYMNASIUM = [
    (("run", "ppo", "--env", "Hoper-v4"), "There is no environment 'Hoper-v4'. Did you mean Hopper-v4?"),
    (("bench", "ppo", "--env", "CartPole-v9"), "Did you mean CartPole-v"),
    (("bench", "--env", "CartPole-v9"), "Did you mean CartPole-v"),
]


def test_nothing_heavy_is_loaded_for_an_answer_that_is_known(tmp_path):
    light = [*LOOKED_UP, *(words for words, _ in MISTAKES)]
    lines = [*light, *(words for words, _ in NEED_GYMNASIUM)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    outcomes = json.loads(done.stdout)
    assert len(outcomes) == len(lines)
    for words, (status, said, very_heavy, heavy) in zip(lines, outcomes):
        assert very_heavy == [], words
        assert heavy == [] or words not in light, words
        assert status == (0 if words in LOOKED_UP else 2), said
    for words, (_, said, _, _) in zip(lines, outcomes):
        for mistake, answer in (*MISTAKES, *NEED_GYMNASIUM):
            assert mistake != words or answer in said, said
    assert not list(tmp_path.iterdir())
