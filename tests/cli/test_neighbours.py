"""Environments and plug-ins that misbehave: each is one line with its name, and those beside it do not notice."""

import re

import pytest
from strangers import RUN, environment, install_environment, install_plugin, plugin

from rlbench.sweep.launchers import workers

BESIDE = ("--set", "cem.population=4", "--set", "cem.elite_fraction=0.5")


def files_of(out, *parts):
    folder = out.joinpath(*parts)
    return {
        path.relative_to(folder): path.read_bytes()
        for name in ("progress.csv", "episodes.csv")
        for path in folder.rglob(name)
    }


@pytest.mark.parametrize(
    "source",
    [
        "raise KeyboardInterrupt",
        "raise SystemExit(0)",
        "class Odd(BaseException): pass\nraise Odd",
        "import os; os._exit(0)",
        "import faulthandler, os; faulthandler.disable(); os.kill(os.getpid(), 11)",
        "print('loud')\nraise ImportError('a\\x1b[31m\\nb')",
    ],
)
def test_a_plug_in_that_cannot_be_loaded_harms_no_list_and_no_other(cli, site, source):
    install_plugin(site, "stranger", source)
    install_plugin(site, "mine", plugin())
    listed = cli("list", "--names")
    assert listed.status == 0
    assert {"mine", "ppo"} <= set(listed.out.split())
    assert "stranger" not in listed.out.split()
    [line] = listed.err.splitlines()
    assert line.startswith("warning: stranger cannot be used. ")
    assert "\x1b" not in line
    assert (cli("show", "ppo").status, cli("show", "mine").status) == (0, 0)
    for command in (("show", "stranger"), ("run", "stranger", "--env", "CartPole-v1", *RUN)):
        refused = cli(*command)
        assert (refused.status, refused.out) == (2, "")
        assert refused.err.startswith("rlbench: stranger cannot be used")
        assert refused.err.count("\n") == 1


ENVIRONMENTS = {
    "import": environment(head="raise RuntimeError('at import')\n"),
    "constructor": environment(init="raise RuntimeError('in init')"),
    "leaves": environment(init="sys.exit(0)"),
    "ends": environment(init="os._exit(0)"),
    "crashes": environment(reset="faulthandler.disable(); os.kill(os.getpid(), 11)"),
    "reset": environment(reset="raise ValueError('in\\nreset')"),
    "step": environment(step="raise KeyError(self.now)"),
}


@pytest.mark.parametrize("source", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_an_environment_that_fails_is_one_line_and_the_others_run(cli, site, source):
    install_environment(site, "theirs", source)
    outcome = cli("run", "cem", "--env", "theirs:Stranger-v0,CartPole-v1", *RUN, "--steps", "100", *BESIDE)
    assert outcome.status == 1
    told = [line for line in outcome.err.splitlines() if not line.startswith("To go on")]
    assert len(told) == 1, outcome.err
    assert told[0].startswith("theirs:Stranger-v0 cem 0-1 failed: the environment cannot be used: ")
    assert outcome.out.split() == [f"out/CartPole-v1/cem/seed-{seed}" for seed in (0, 1)]
    alone = cli("run", "cem", "--env", "CartPole-v1", *RUN[:-1], "alone", "--steps", "100", *BESIDE)
    assert alone.status == 0
    assert files_of(site.parent / "out", "CartPole-v1") == files_of(site.parent / "alone", "CartPole-v1")


def test_where_every_pair_fails_nothing_is_made_and_the_status_says_so(cli, site):
    install_environment(site, "theirs", environment(init="os._exit(3)"))
    outcome = cli("run", "cem", "ppo", "--env", "theirs:Stranger-v0", *[word for word in RUN if word != "-q"])
    assert outcome.status == 1
    assert "cem        0 of 2" in outcome.out
    assert "ppo 0-1 failed: the environment cannot be used: its process ended by itself with status 3" in outcome.err
    assert not (site.parent / "out").exists()


@pytest.mark.parametrize(
    ("size", "says"),
    [
        ("raise ValueError('no idea')", "its size() failed: ValueError: no idea"),
        ("sys.exit(0)", "its size() failed: NameError"),
        ("raise SystemExit(0)", "its size() failed: SystemExit: 0"),
        ("raise KeyboardInterrupt", "its size() failed: KeyboardInterrupt"),
        ("import os; os._exit(0)", "its process ended by itself with status 0"),
        ("return None", "its size() returns None, not a Size"),
        ("return 'large'", "its size() returns 'large', not a Size"),
        ("return Size(1, 0)", "its size() has a batch of 0, not a whole number of at least 1"),
        ("return Size(-1, 8)", "a parameters of -1"),
        ("return Size(float('nan'), 8)", "a parameters of nan"),
        ("return Size(1, 'many')", "a batch of 'many'"),
        ("return Size(1, 8, 10**40)", "a memory of 1000"),
        ("return Size(1, True)", "a batch of True"),
    ],
)
def test_a_plug_in_that_cannot_say_its_size_is_one_line_and_the_others_run(cli, site, size, says):
    """Another algorithm is trained beside each that fails in a way of its own; answers of a wrong kind fail alike."""
    install_plugin(site, "stranger", plugin(size=size))
    beside = ("cem", *BESIDE) if not size.startswith("return Size") else ()
    outcome = cli("run", "stranger", *beside, "--env", "CartPole-v1", *RUN, "--steps", "100")
    assert outcome.status == 1
    told = [line for line in outcome.err.splitlines() if not line.startswith("To go on")]
    assert len(told) == 1, outcome.err
    assert told[0].startswith("CartPole-v1 stranger 0-1 failed: the algorithm cannot be used: ")
    assert says in told[0]
    assert outcome.out.split() == [f"out/CartPole-v1/cem/seed-{seed}" for seed in (0, 1) if beside]


ANSWERS = {
    "four values": ("step", "return self.seen, 1.0, False, {}", "its step"),
    "a reward of length 1": ("step", "return self.seen, np.ones(1), False, False, {}", "reward array([1.])"),
    "no reward": ("step", "return self.seen, None, False, False, {}", "reward None"),
    "text for an end": ("step", "return self.seen, 1.0, 'no', False, {}", "terminated 'no'"),
    "nothing": ("step", "return None", "its step"),
    "another shape": ("step", "self.seen = np.zeros(3)", "float64 of shape [3]; its space says float32 of shape [2]"),
    "a shape that would be spread": ("reset", "self.seen = np.zeros(1)", "float64 of shape [1]"),
    "complex numbers": ("reset", "self.seen = np.zeros(2, complex)", "complex128"),
    "objects": ("reset", "self.seen = [None, {}]", "object"),
    "not a number": ("reset", "self.seen = np.full(2, np.nan)", "its first observation is not finite"),
    "not a number later": ("step", "self.seen = np.full(2, np.inf)", "its observation after one step is not finite"),
    "no info": ("reset", "return self.seen", "not (observation, info)"),
    "another dtype of torch": ("init", "torch.set_default_dtype(torch.float64)", "changes torch's default dtype"),
    "another folder": ("reset", "os.chdir('/')", "changes the working folder"),
    "an empty space": ("head", "", "which is nothing"),
}


@pytest.mark.parametrize(("place", "code", "says"), ANSWERS.values(), ids=ANSWERS)
def test_wrong_answers_of_an_environment_are_named_before_anything_is_made(cli, site, place, code, says):
    source = environment(**{place: code})
    if place == "head":
        source = source.replace("(2,), np.float32", "(0,), np.float32")
    install_environment(site, "theirs", source)
    outcome = cli("run", "ppo", "--env", "theirs:Stranger-v0", *RUN)
    assert outcome.status == (2 if place == "head" else 1)
    assert says in outcome.err.splitlines()[0]
    assert "Stranger-v0" in outcome.err.splitlines()[0]
    assert not (site.parent / "out").exists()


def test_whose_answer_is_missing_is_said(cli, site, monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 0.1)
    monkeypatch.setattr(workers, "LISTEN_SECONDS", 0.05)
    install_environment(site, "theirs", environment(init="time.sleep(0.3); raise ValueError('at last')"))
    outcome = cli("run", "ppo", "--env", "theirs:Stranger-v0", *RUN)
    assert outcome.status == 1
    first, second, _ = outcome.err.splitlines()
    assert re.fullmatch(r"Still waiting for .*\. Ctrl-C stops\.", first)
    assert "ValueError: at last" in second


def test_the_words_of_a_plug_in_give_the_terminal_no_orders(cli, site):
    install_plugin(site, "stranger", plugin().replace('"""Acts at random', '"""\x1b[31mActs at random'))
    for command in (("list",), ("show", "stranger")):
        outcome = cli(*command)
        assert outcome.status == 0
        assert r"\x1b[31mActs at random" in outcome.out
        assert "\x1b[31mActs" not in outcome.out
