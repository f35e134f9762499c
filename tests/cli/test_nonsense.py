"""Bad input, by the thousand: generated words, files and settings meet one clear line, and never a traceback.

No worker is started: what is accepted ends before it would train. The examples are the same in every run.
"""

import json
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mistakes import lines_of_mistake, without_progress

from rlbench.algorithms import ALGORITHMS, find
from rlbench.algorithms.settings import describe, resolve
from rlbench.analysis.reading.progress import read_logs
from rlbench.analysis.reading.runs import find_runs
from rlbench.errors import UserError


def by_the_hundred(*strategies):
    """Calls a test with the command line, nobody to train, and what is drawn: 60 times, or 400 in the long version."""

    def decorate(test):
        @pytest.mark.parametrize("examples", [60, pytest.param(400, marks=pytest.mark.slow)])
        def run(cli, no_workers, examples):
            @settings(
                max_examples=examples,
                derandomize=True,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow],
            )
            @given(st.tuples(*strategies))
            def call_with(drawn):
                test(cli, no_workers, *drawn)

            call_with()

        run.__doc__ = test.__doc__
        return run

    return decorate


STRANGE = [
    *(
        "",
        " ",
        "-",
        "--",
        "../..",
        "/",
        "~",
        "a/b",
        "[red]x[/red]",
        "\x1b[31mred",
        "\u202egnp",
        "nan",
        "inf",
        "-1",
        "1e400",
    ),
    *("9" * 400, "0x10", "1_000", "1,000", "5-2", "0-", "1..3", "=", "a=b=c", "trpo.", ".gamma", "trpo.gamma=", "%s"),
    *("gamma=0.9,0.99", "trpo.gamma=0.9,,", "hidden_sizes=8,8/4", "num_envs=1,2,2", "gamma=0.5/0.6", "x-1"),
    *("{0}", "None", "null", "true", "Hopper-v4,", ",", "Hopper-v999", "os:Hopper-v4", "nowhere:X-v0"),
]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NUMBER = st.one_of(st.integers(), st.floats()).map(str)
WORD = st.one_of(st.sampled_from(STRANGE), TEXT, NUMBER)


@pytest.fixture
def no_workers(monkeypatch, tmp_path):
    """Looks up as a worker does, and trains nothing; the working folder and the results are two folders."""
    accepted = []

    class Nobody:
        def __init__(self, count, cores, begin_with, on_wait):  # noqa: ARG002
            assert begin_with <= count <= cores <= 1024

        def __enter__(self):
            return self

        def __exit__(self, *_):
            """Nobody is there to be stopped."""

        def ask(self, function, *arguments, parts=frozenset()):  # noqa: ARG002
            return function(*arguments)

        def free_memory(self):
            return None

        def run(self, jobs):
            accepted.append(jobs)
            return iter(())

    monkeypatch.setattr("rlbench.sweep.launchers.local.Workers", Nobody)
    here, out = tmp_path / "here", tmp_path / "out"
    here.mkdir()
    monkeypatch.chdir(here)
    return accepted, here, out


def call(cli, accepted, here, out, *words):
    """What must hold of every command line."""
    del accepted[:]
    outcome = cli(*words)
    assert outcome.status in (0, 2), outcome
    assert "Traceback" not in outcome.err + outcome.out
    assert "\x1b" not in outcome.err + outcome.out
    if outcome.status == 2:
        assert outcome.err.startswith("rlbench: ")
        assert len(lines_of_mistake(outcome.err)) == 1
        assert outcome.out == ""
        assert not accepted
    assert not list(here.iterdir())
    inside = [path for path in out.parent.rglob("*") if path not in (here, out) and out not in path.parents]
    assert not inside
    return outcome


OPTIONS = ("--env", "--seeds", "--steps", "--num-envs", "--device", "--workers", "--set", "--eval-every", "--name")


@by_the_hundred(st.data())
def test_words_of_run(cli, no_workers, data):
    accepted, here, out = no_workers
    algorithms = data.draw(st.lists(st.one_of(st.sampled_from(["trpo", "cem", "ppo"]), WORD), max_size=2))
    words = [word if not word.startswith("-") else f"x{word}" for word in algorithms]
    if data.draw(st.booleans()):
        words += ["--env", data.draw(st.sampled_from(["InvertedPendulum-v4", "CartPole-v1"]))]
    for option in data.draw(st.lists(st.sampled_from(OPTIONS), max_size=3)):
        words += [f"{option}={data.draw(WORD)}"]
    outcome = call(cli, accepted, here, out, "run", *words, "--out", str(out))
    assert (outcome.status == 0) == bool(accepted)


QUESTIONS = ("--max-seeds", "--group", "--baseline", "--metric", "--score", "--steps", "--set", "--config")


@by_the_hundred(st.data())
def test_words_of_decide(cli, no_workers, data):
    """No run is there to be read, so that no look is taken: every such command ends in one line."""
    _, _, out = no_workers
    words = ["trpo", "cem", "--env", "CartPole-v1", "--workers=1", "--device=cpu"]
    for option in data.draw(st.lists(st.sampled_from(QUESTIONS), max_size=3)):
        words += [f"{option}={data.draw(st.one_of(WORD, st.integers(1, 40).map(str)))}"]
    outcome = cli("decide", *words, "--out", str(out))
    assert (outcome.status, outcome.out) == (2, "")
    said = without_progress(outcome.err).splitlines()
    mistake = "\n".join(line for line in said if not line.startswith(("note: ", "warning: ")))
    assert mistake.startswith("rlbench: ")
    assert len(lines_of_mistake(mistake)) == 1
    assert "Look" not in outcome.err
    assert "\x1b" not in outcome.err + outcome.out


@by_the_hundred(
    WORD,
    WORD,
    st.sampled_from(["plot", "table", "compare", "list", "show", "check", "run", "nothing", "--version", ""]),
)
def test_words_of_the_other_commands(cli, no_workers, first, second, command):
    accepted, here, out = no_workers
    words = [word for word in (command, first, second) if word]
    if command == "plot":
        words += [f"--out={out}"]
    if first.startswith(("/", "~", "..")) or second.startswith(("/", "~", "..")):
        return  # a folder of the machine's own is a fair thing to read, and not this test's
    call(cli, accepted, here, out, *words)


VALUE = st.one_of(
    st.booleans(),
    st.integers(-10, 10**20),
    st.floats(),
    TEXT,
    st.sampled_from(STRANGE),
    st.lists(st.integers(), max_size=2),
)
KEYS = st.one_of(
    st.sampled_from(["algorithms", "env", "seeds", "steps", "workers", "quiet", "fresh", "device", "num-envs"]),
    st.sampled_from(["name", "variants", "algorithm", "gamma", "hidden_sizes", "estimator"]),
    st.text(string.ascii_lowercase, min_size=1, max_size=6),
)


def toml(value):
    """A value as TOML writes it."""
    if isinstance(value, float) and value != value:
        return "nan"
    if isinstance(value, float) and abs(value) == float("inf"):
        return "inf" if value > 0 else "-inf"
    return json.dumps(value, ensure_ascii=True)


@by_the_hundred(*[st.dictionaries(KEYS, VALUE, max_size=size) for size in (4, 2, 3)], st.booleans())
def test_values_of_a_file(cli, no_workers, content, chosen, variant, whole):
    accepted, here, out = no_workers
    base = {"algorithms": "trpo", "env": "InvertedPendulum-v4"} if whole else {}
    lines = [f"{key} = {toml(value)}" for key, value in {**base, **content}.items()]
    lines += ["[settings]", *(f"{key} = {toml(value)}" for key, value in chosen.items())]
    if variant and "variants" not in content:
        lines += [
            "[variants.x]",
            *(f"{key} = {toml(value)}" for key, value in ({"algorithm": "trpo"} | variant).items()),
        ]
    path = out.parent.with_name(out.parent.name + ".toml")
    path.write_text("\n".join(lines), encoding="utf-8")
    call(cli, accepted, here, out, "run", "--config", str(path), "--out", str(out))


@by_the_hundred(st.one_of(st.binary(max_size=60), TEXT.map(str.encode)))
def test_bytes_of_a_file(cli, no_workers, content):
    accepted, here, out = no_workers
    path = out.parent.with_name(out.parent.name + ".toml")
    path.write_bytes(content)
    call(cli, accepted, here, out, "run", "trpo", "--env", "X-v0", "--config", str(path), "--out", str(out))


@by_the_hundred(st.sampled_from(sorted(ALGORITHMS)), st.data())
def test_values_of_settings(cli, no_workers, name, data):  # noqa: ARG001
    algorithm = find(name)
    known = [each.name for each in describe(algorithm)]
    key = data.draw(st.one_of(st.sampled_from(known), TEXT))
    value = data.draw(VALUE)
    try:
        chosen = resolve(algorithm, name, {key: value})
    except UserError:
        return
    assert type(getattr(chosen, key)) is type(getattr(algorithm(), key))
    assert resolve(algorithm, name, {key: getattr(chosen, key)}) == chosen


ROW = b"iteration,env_steps,episodes,return_mean,eval_return_det\n1,2048,3,10.5,20.5\n2,4096,1,11.5,\n"
ABOUT = {"format": 1, "algorithm": "trpo", "env": "Hopper-v4", "seed": 0, "status": "finished", "steps": 4096,
         "env_steps": 4096, "settings": {"gamma": 0.99}}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from(STRANGE),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def mangled(data, content):
    """A file's bytes with a piece replaced by others."""
    low = data.draw(st.integers(0, len(content)))
    high = data.draw(st.integers(low, len(content)))
    return content[:low] + data.draw(st.one_of(st.binary(max_size=8), TEXT.map(str.encode))) + content[high:]


@by_the_hundred(st.data())
def test_readers_of_results(cli, no_workers, data):
    """A run folder with changed values and mangled bytes: read, or left out with a note, and checked in plain lines."""
    accepted, here, out = no_workers
    folder = out / "Hopper-v4" / "trpo" / "seed-0"
    folder.mkdir(parents=True, exist_ok=True)
    about = {**ABOUT, **data.draw(st.dictionaries(st.sampled_from(sorted(ABOUT)), JSON, max_size=2))}
    text = json.dumps(about).encode()
    (folder / "run.json").write_bytes(mangled(data, text) if data.draw(st.booleans()) else text)
    (folder / "progress.csv").write_bytes(mangled(data, ROW))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    try:
        runs, notes = find_runs([out])
        _, more = read_logs(runs, {"return_mean", "eval_return_det"})
        assert all("\n" not in note and "\x1b" not in note for note in (*notes, *more))
    except UserError:
        pass  # and check, below, says which
    outcome = cli("check", str(out))
    assert outcome.status in (0, 1, 2)
    assert "Traceback" not in outcome.err + outcome.out
    assert "\x1b" not in outcome.err + outcome.out
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert not list(here.iterdir())
    assert not accepted


def test_the_folder_of_a_run_is_inside_the_results_whatever_its_environment_is_called(tmp_path):
    from rlbench.training.job import Job

    for env in ("../../X-v0", "/etc/X-v0", "module.sub:X-v0", "phys2d/X-v0", "..", "a/../../b", "~", "C:\\x"):
        folder = Job("trpo", env, (0,), 1, {}, 0, tmp_path).folder(0)
        assert tmp_path in Path(str(folder)).resolve().parents
        assert folder.relative_to(tmp_path).parts[-2:] == ("trpo", "seed-0")
        assert len(folder.relative_to(tmp_path).parts) == 3
