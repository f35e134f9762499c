"""What is tried, as plain data, and how to draw it; the cases that once went wrong come first."""

import json
from dataclasses import dataclass

from hypothesis import strategies as st


@dataclass(frozen=True)
class Line:
    """Words after `rlbench`. What they ask for is looked up, and not trained."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Environment:
    """Somebody's environment, with code of theirs at one place, beside one that is well."""

    place: str
    """head, init, reset, step or space."""
    code: str


@dataclass(frozen=True)
class Plugin:
    """Somebody's algorithm, with code of theirs at one place, beside one that is well."""

    place: str
    """head, size, initial, iterate, columns, act or draw."""
    code: str
    env: str = "CartPole-v1"


@dataclass(frozen=True)
class Damage:
    """A finished run of which one file is changed, and what is done with it then."""

    file: str
    field: str
    """Of run.json; empty where bytes are replaced."""
    value: str
    """JSON for the field; or what replaces the bytes, in Latin-1."""
    start: float
    end: float
    """Where the bytes are, as parts of the file."""
    then: str
    """check, table, again or longer."""


def raising(kind, text="no"):
    """A statement that ends badly."""
    return f"raise {kind}({text!r})"


ENDS = (
    *(raising(kind) for kind in ("ValueError", "KeyError", "KeyboardInterrupt", "SystemExit", "MemoryError")),
    *("raise GeneratorExit", "raise SystemExit(0)", "os._exit(0)", "os._exit(7)"),
    *("faulthandler.disable(); os.kill(os.getpid(), 11)", "os.kill(os.getpid(), 9)", "os.kill(os.getpid(), 15)"),
    "raise type('Odd', (BaseException,), {'__str__': lambda self: 1 / 0})()",
    "raise OSError(28, 'No space left on device', 'x\\x1b[31m\\ny')",
)
STRANGE = (
    *("None", "()", "[]", "{}", "''", "'text'", "True", "-1", "0", "1.5", "10**40", "float('nan')", "float('inf')"),
    *("np.zeros(1)", "np.zeros((2, 2))", "np.zeros(0)", "np.array(None)", "np.zeros(2, complex)", "object()"),
    *("torch.zeros(1)", "torch.zeros(2, 2)", "b'bytes'", "{1: 2}", "[None, [1]]", "np.full(2, np.nan)"),
)
CHANGES = (
    *("torch.set_default_dtype(torch.float64)", "os.chdir('/')", "print('loud', flush=True)", "sys.stdout.close()"),
    *("threading.Thread(target=time.sleep, args=(60,)).start()", "np.seterr(all='raise')", "os.close(1)"),
)
SPACES = (
    *("spaces.Box(-1, 1, (0,))", "spaces.Box(-1, 1, (2, 2))", "spaces.Box(-1, 1, ())", "spaces.Discrete(1)", "None"),
    *("spaces.Discrete(10**9)", "spaces.MultiBinary(3)", "spaces.Dict({})", "spaces.Box(-np.inf, np.inf, (2,))", "7"),
    "spaces.Discrete(3, start=-1)",
)
ANSWER = st.sampled_from(STRANGE)
SOME_CODE = st.one_of(st.sampled_from(ENDS), st.sampled_from(CHANGES))

STEP = st.one_of(
    SOME_CODE,
    st.tuples(st.integers(1, 40), st.sampled_from(ENDS)).map(lambda late: f"if self.now == {late[0]}: {late[1]}"),
    st.lists(ANSWER, min_size=3, max_size=6).map(lambda parts: f"return {', '.join(parts)}"),
    st.tuples(st.integers(0, 3), ANSWER).map(lambda one: _replaced(*one)),
)
RESET = st.one_of(SOME_CODE, ANSWER.map(lambda seen: f"self.seen = {seen}"), ANSWER.map(lambda got: f"return {got}"))
ENVIRONMENTS = st.one_of(
    st.builds(Environment, st.sampled_from(["head", "init"]), SOME_CODE),
    st.builds(Environment, st.just("reset"), RESET),
    st.builds(Environment, st.just("step"), STEP),
    st.builds(Environment, st.just("space"), st.sampled_from(SPACES)),
)

SIZES = st.lists(ANSWER, min_size=1, max_size=4).map(lambda parts: f"return Size({', '.join(parts)})")
NAMES = st.one_of(st.sampled_from(["env_steps", "a,b", "a\nb", "", '"', "kl", "iteration"]), st.text(max_size=5)).map(
    repr
)
VALUES = st.sampled_from(
    ["one", "one * 1j", "one.int()", "one > 0", "torch.ones(())", "torch.ones(7)", "one / 0", *STRANGE]
)
TABLES = st.lists(st.tuples(NAMES, VALUES), max_size=3).map(
    lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
)
COLUMNS = st.one_of(ANSWER, TABLES, st.tuples(TABLES, TABLES).map(lambda two: f"{two[0]} if late else {two[1]}"))
ACTIONS = st.sampled_from(
    ["noise", "-noise", "noise * 1e30", "noise / 0", "noise * float('nan')", "noise.expand(-1, -1, 3)", "noise[:, :1]",
     "noise.long()", "noise > 0.5", "noise * 1j", "noise.numpy()", "obs", *STRANGE]
).map(lambda value: f"lambda obs, noise: {value}")  # fmt: skip
PLUGINS = st.one_of(
    st.builds(Plugin, st.just("head"), SOME_CODE),
    st.builds(Plugin, st.just("size"), st.one_of(SOME_CODE, SIZES, ANSWER.map(lambda got: f"return {got}"))),
    st.builds(Plugin, st.just("initial"), st.one_of(SOME_CODE, ANSWER.map(lambda got: f"return {{'weights': {got}}}"))),
    st.builds(Plugin, st.just("iterate"), st.one_of(SOME_CODE, ANSWER.map(lambda got: f"return {got}"))),
    st.builds(Plugin, st.just("columns"), COLUMNS),
    st.builds(Plugin, st.just("act"), ACTIONS, st.sampled_from(["CartPole-v1", "Pendulum-v1"])),
    st.builds(Plugin, st.just("draw"), ANSWER.map(lambda got: f"lambda rng, *shape: {got}")),
)

WORDS = (
    *("", "-", "--", "~", "~nosuchuser/x", "a/b", "[red]", "\x1b[31m", "nan", "inf", "-1", "1e400", "1e999999999"),
    *("9" * 6000, "0x10", "1_000", "٣", "0,,,", "5-2", "=", "a=b=c", "trpo.gamma=", "None", "true", ",", "10k", "1e12"),
    *("os:Hopper-v4", "nowhere:X-v0", "Hopper-v4", "CartPole-v1", "trpo", "ppo", "cem", "gamma=0.9", "num_steps=1e9"),
    *("hidden_sizes=" + "9" * 20, "out"),
)
WORD = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.integers().map(str),
    st.floats().map(str),
)
OPTIONS = (
    "--env",
    "--seeds",
    "--steps",
    "--num-envs",
    "--workers",
    "--set",
    "--eval-every",
    "--device",
    "--gpu-buffers",
)
RUN_LINES = st.tuples(
    st.lists(st.one_of(st.sampled_from(["ppo", "cem", "trpo"]), WORD), max_size=2),
    st.sampled_from([(), ("--env", "CartPole-v1"), ("--env", "Hopper-v4")]),
    st.lists(st.tuples(st.sampled_from(OPTIONS), WORD).map(lambda pair: f"{pair[0]}={pair[1]}"), max_size=3),
).map(lambda parts: Line(("run", *(word for part in parts for word in part), "--out", "out")))
OTHER_LINES = st.tuples(
    st.sampled_from(["table", "compare", "list", "show", "check", "nothing", "--version", "--help"]),
    st.lists(WORD, max_size=2),
).map(lambda parts: Line((parts[0], *parts[1])))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just("9" * 6000),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
).map(json.dumps)
FIELDS = (
    *("format", "algorithm", "env", "seed", "status", "steps", "env_steps", "eval_every", "settings", "evaluation"),
    *("lengthened", "versions", "files", "iteration", "physics", "device", "git", "started", "ended", "nothing"),
)
FILES = ("run.json", "progress.csv", "episodes.csv", "timing.csv", "checkpoint.pt")
THEN = st.sampled_from(["check", "table", "again", "longer"])
DAMAGES = st.one_of(
    st.builds(Damage, st.just("run.json"), st.sampled_from(FIELDS), JSON, st.just(0.0), st.just(0.0), THEN),
    st.builds(
        Damage,
        st.sampled_from(FILES),
        st.just(""),
        st.one_of(st.just(""), st.just("\0" * 9), st.binary(max_size=9).map(lambda data: data.decode("latin-1"))),
        st.floats(0, 1),
        st.floats(0, 1),
        THEN,
    ),
)


def _replaced(place, value):
    """A step of which one part is not what it should be."""
    parts = ["self.seen", "1.0", "self.now >= 8", "False"]
    parts[place] = value
    return f"return {', '.join(parts)}, {{}}"


KINDS = {
    "line": st.one_of(RUN_LINES, RUN_LINES, OTHER_LINES),
    "damage": DAMAGES,
    "env": ENVIRONMENTS,
    "plugin": PLUGINS,
}
"""By name; how much of each is tried says `__main__`."""

CASES = {
    "line": (
        Line(("run", "cma-es", "--env", "CartPole-v1", "--steps", "1e999999999")),
        Line(("run", "cma-es", "--env", "CartPole-v1", "--out", "~nosuchuser/x")),
        Line(("run", "ppo", "--env", "CartPole-v1", "--num-envs", "1e12", "--out", "out")),
        Line(("run", "ppo", "--env", "CartPole-v1", "--set", "hidden_sizes=99999999999999999999", "--out", "out")),
        Line(("run", "ppo", "--env", "CartPole-v1", "--seeds", "0,,,", "--out", "out")),
        Line(("show", "9" * 6000)),
    ),
    "damage": (
        Damage("run.json", "steps", "null", 0, 0, "again"),
        Damage("run.json", "settings", "7", 0, 0, "longer"),
        Damage("run.json", "status", '"stopped"', 0, 0, "longer"),
        Damage("progress.csv", "", "9", 0.8, 0.81, "longer"),
        Damage("progress.csv", "", "", 0.5, 1, "longer"),
        Damage("checkpoint.pt", "", "", 0, 1, "longer"),
    ),
    "env": (
        Environment("init", "raise RuntimeError('no')"),
        Environment("init", "sys.exit(0)"),
        Environment("reset", "faulthandler.disable(); os.kill(os.getpid(), 11)"),
        Environment("step", "return self.seen, np.ones(1), False, False, {}"),
        Environment("step", "return self.seen, 1.0, False, {}"),
        Environment("reset", "return self.seen"),
        Environment("init", "torch.set_default_dtype(torch.float64)"),
        Environment("space", "spaces.Box(-1, 1, (0,))"),
    ),
    "plugin": (
        Plugin("head", "raise KeyboardInterrupt"),
        Plugin("size", "return None"),
        Plugin("size", "return Size(1, 0)"),
        Plugin("columns", "{'b': one, 'a': one} if late else {'a': one, 'b': one}"),
        Plugin("columns", "{'env_steps': one}"),
        Plugin("columns", "{'a,b': one}"),
        Plugin("columns", "{'a': one * 1j}"),
        Plugin("iterate", "return {'a': torch.ones(len(state['weights']))}"),
        Plugin("act", "lambda obs, noise: noise"),
    ),
}
