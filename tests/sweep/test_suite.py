"""Suites: what a file may say, what its smaller budget changes, and what is refused in one line."""

import json
import re
from pathlib import Path

import pytest

import rlbench
from rlbench.errors import UserError
from rlbench.layout import SUITE_FILE
from rlbench.suite_file import SuiteFile, read_suite_file, suite_text
from rlbench.sweep.kept_suite import keep_suite, refuse_other_suite
from rlbench.sweep.lookup import here, look_up
from rlbench.sweep.names import refuse_wrong_names
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.request import read_request
from rlbench.sweep.suite import read_suite, suite_names, suite_of

MINE = """
title = "Is a wide step enough?"
algorithms = ["ppo", "wide"]
env = ["Hopper-v4", "Ant-v4"]
seeds = 4
steps = "300k"
eval-every = "30k"

[settings]
gamma = 0.98
[settings.trpo]
damping = 0.3
[settings.wide]
cg_iterations = 7

[variants.wide]
algorithm = "trpo"
target_kl = 0.05

[tasks.Ant-v4]
steps = "600k"
eval-every = 0
[tasks.Ant-v4.settings]
gamma = 0.99
damping = 0.4
[tasks.Ant-v4.settings.trpo]
target_kl = 0.02
damping = 0.5
[tasks.Ant-v4.settings.wide]
cg_iterations = 8

[titles]
wide = "TRPO, δ = $5 %$"
Ant-v4 = "Ant"

[analysis]
kinds = ["final"]
metric = "return"
baseline = "ppo"
threshold = 1000

[quick]
seeds = 1
steps = "20k"
[quick.tasks.Hopper-v4]
eval-every = "10k"
[quick.settings]
gamma = 0.9
[quick.variants.wide]
target_kl = 0.06
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


def request_of(path, quick=False, **typed):
    request = read_request(RawOptions(**typed), None, suite=read_suite(str(path), quick))
    refuse_wrong_names(request)
    return request


def settings_on(request, env, label):
    return look_up(request, here).settings_on(env, label).settings


def test_a_suite_is_a_request(mine):
    request = request_of(mine)
    assert (request.algorithms, request.envs, request.seeds) == (("ppo", "wide"), ("Hopper-v4", "Ant-v4"), (0, 1, 2, 3))
    assert [request.steps_on(env) for env in request.envs] == [300_000, 600_000]
    assert [request.eval_every_on(env) for env in request.envs] == [30_000, 0]
    assert request.out == Path("results/mine")
    assert request.notes == ()


def test_the_value_that_is_meant_for_the_fewest_holds(mine):
    """All, then an algorithm, then a variant; of two for the same, that of the task."""
    request = request_of(mine)
    names = ("gamma", "damping", "target_kl", "cg_iterations")
    hopper, ant = (settings_on(request, env, "wide") for env in request.envs)
    assert [hopper[name] for name in names] == [0.98, 0.3, 0.05, 7]
    assert [ant[name] for name in names] == [0.99, 0.5, 0.05, 8]
    assert settings_on(request, "Ant-v4", "ppo")["gamma"] == 0.99


def test_the_command_line_wins_over_the_suite_and_says_so(mine):
    request = request_of(mine, steps="1k", seeds="0,2", eval_every="500", settings={"gamma": "0.5"})
    assert [request.steps_on(env) for env in request.envs] == [1_000, 1_000]
    assert [request.eval_every_on(env) for env in request.envs] == [500, 500]
    assert [settings_on(request, env, "wide")["gamma"] for env in request.envs] == [0.5, 0.5]
    told = "--seeds 0,2, not 4; --steps 1k, not 300k; --eval-every 500, not 30k; --set gamma=0.5"
    assert request.notes == (f"differs from the suite mine: {told}",)


def test_a_part_of_a_suite_and_an_algorithm_beside_it(mine):
    request = request_of(mine, env=["Ant-v4"], algorithms=["wide", "npg"])
    assert (request.envs, list(request.task_settings), request.variants) == (("Ant-v4",), ["Ant-v4"], {"wide": "trpo"})
    assert settings_on(request, "Ant-v4", "npg")["damping"] == 0.4


def test_a_new_name_keeps_the_settings_of_tasks(mine):
    request = request_of(mine, algorithms=["wide"], name="wider", settings={"target_kl": "0.1"})
    found = settings_on(request, "Ant-v4", "wider")
    assert (found["cg_iterations"], found["damping"], found["target_kl"]) == (8, 0.5, 0.1)


def test_the_smaller_budget(mine):
    request = request_of(mine, quick=True)
    assert (request.seeds, request.steps_on("Ant-v4"), str(request.out)) == ((0,), 20_000, "results/mine-quick")
    assert [request.eval_every_on(env) for env in request.envs] == [10_000, 0]
    assert settings_on(request, "Hopper-v4", "wide")["gamma"] == 0.9
    assert settings_on(request, "Ant-v4", "wide")["target_kl"] == 0.06
    assert request.suite.file == request_of(mine).suite.file


def test_a_smaller_budget_of_some_tasks(mine):
    mine.write_text(MINE.replace("[quick]\n", '[quick]\nenv = "Ant-v4"\nalgorithms = ["ppo"]\nout = "small"\n'))
    request = request_of(mine, quick=True)
    assert (request.envs, request.algorithms, str(request.out)) == (("Ant-v4",), ("ppo",), "small")


def test_tasks_and_variants_alone_make_a_suite(mine):
    mine.write_text('[variants.a]\nalgorithm = "ppo"\n[tasks.Hopper-v4]\nsteps = 1000\n')
    request = request_of(mine)
    assert (request.algorithms, request.envs) == (("a",), ("Hopper-v4",))
    assert (request.suite.file.title, request.suite.about) == ("mine", "")


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", suite_names())
def test_our_own_suites_can_be_run(name, quick):
    request = request_of(name, quick)
    found = look_up(request, here)
    assert not found.failed
    assert set(found.batches) == {(env, label) for env in request.envs for label in request.algorithms}
    assert request.suite.about
    assert {*request.algorithms, *request.envs} <= set(request.suite.file.titles)


def test_the_networks_of_the_trpo_paper():
    request = request_of("trpo-2015")
    found = look_up(request, here)
    assert {env: found.settings_on(env, "single-path").settings["hidden_sizes"] for env in request.envs} == {
        "InvertedPendulum-v4": (),
        "Swimmer-v4": (30,),
        "Hopper-v4": (50,),
        "Walker2d-v4": (50,),
    }
    assert found.parameters["InvertedPendulum-v4", "vine"] == 6
    for label in ("single-path", "max-kl", "empirical-fisher", "natural-gradient"):
        settings = found.settings_on("Hopper-v4", label).settings
        assert [settings[name] for name in ("gamma", "target_kl", "cg_iterations", "fisher_fraction", "estimator")] == [
            *(0.99, 0.01, 10, 0.1, "monte-carlo")
        ]


def test_the_example_of_the_page(tmp_path):
    page = (Path(rlbench.__file__).parent.parent / "docs" / "suites.md").read_text()
    [example] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "my-study.toml"
    path.write_text(example)
    request = request_of(path)
    assert settings_on(request, "Ant-v4", "trpo-wide")["target_kl"] == 0.03
    assert settings_on(request, "Hopper-v4", "trpo-wide")["damping"] == 0.2
    assert request_of(path, quick=True).steps_on("Ant-v4") == 50_000


BROKEN = [
    ("", "names no algorithm, as in: algorithms"),
    ('algorithms = ["ppo"]', "names no environment"),
    ("seeds = ", "is not TOML"),
    ('tilte = "a"', "unknown key 'tilte'. Did you mean title?"),
    ("eval-every = 1\neval_every = 2", "has eval_every twice"),
    ("title = 5", "title is a line of text of at most 120 characters, not 5"),
    ('title = "a\\nb"', "title is a line of text"),
    (f'title = "{"a" * 121}"', "title is a line of text"),
    ("about = 5", "about is a text"),
    ('algorithms = ["ppo", "ppo"]', "algorithms has a name twice"),
    ('algorithms = ["ppoo"]', "There is no algorithm 'ppoo'. Did you mean ppo?"),
    ("algorithms = 5", "algorithms is a list of names, not 5"),
    ('env = ["Hoper-v4"]', "There is no environment 'Hoper-v4'. Did you mean Hopper-v4?"),
    ('env = ["Hopper-v4", "Hopper-v4"]', "env has a name twice"),
    ("seeds = 0", "--seeds names no seed"),
    ("steps = -1", "--steps is a whole number of at least 1"),
    ("[settings]\ngama = 1", "has no setting 'gama'. Did you mean gamma?"),
    ("[settings]\ngamma = 2", "gamma is a number at least 0 and at most 1, not 2"),
    ("settings = 5", "settings is a table"),
    ("tasks = 5", "tasks are tables, as in: [tasks.Hopper-v4]"),
    ("[tasks.Ant-v4]\nsteps = 5", "[tasks.Ant-v4]: Ant-v4 is not under env. env has: Hopper-v4"),
    ("[tasks.Hopper-v4]\nstesp = 5", "[tasks.Hopper-v4]: unknown key 'stesp'. Did you mean steps?"),
    ("[tasks.Hopper-v4]\nsteps = 0", "[tasks.Hopper-v4] steps is a whole number of at least 1"),
    ("[tasks.Hopper-v4.settings]\ngama = 5", "has no setting 'gama'"),
    ("[tasks.Hopper-v4.settings.trpo2]\ngamma = 5", "trpo2.gamma: no algorithm 'trpo2'. Did you mean trpo?"),
    ("[titles]\nppu = 'PPO'", "[titles] ppu: the suite has no such algorithm or task. Did you mean ppo?"),
    ("[titles]\nppo = ''", "[titles] ppo is a line of text"),
    ("[titles]\nppo = 'A'\nHopper-v4 = 'A'", "[titles] has 'A' twice"),
    ("titles = 'PPO'", "titles is a table"),
    ("analysis = 5", "analysis is a table"),
    ("[analysis]\nkind = 'final'", "[analysis]: unknown key 'kind'. Did you mean kinds?"),
    ("[analysis]\nkinds = ['finals']", "kinds has no 'finals'. Did you mean final? Choose of curves"),
    ("[analysis]\nkinds = 'final'", "kinds is a list of figures"),
    ("[analysis]\nmetric = 'eval'", "metric has no 'eval'. Did you mean eval-det?"),
    ("[analysis]\nbaseline = 'trpo'", "baseline: the suite has no algorithm 'trpo'. Did you mean ppo?"),
    ("[analysis]\nthreshold = nan", "threshold is a return"),
    ("quick = 5", "[quick] is a table with options"),
    ("[quick]", "[quick] is a table with options"),
    ("[quick]\nsteps = 0", "--steps is a whole number"),
    ("[quick]\nenv = ['Ant-v4']", "[quick] env: the suite has no 'Ant-v4'"),
    ("[quick]\ntitle = 'a'", "[quick]: unknown key 'title'"),
    ("[quick.tasks.Ant-v4]\nsteps = 5", "[quick] tasks: the suite has no 'Ant-v4'"),
    ("[quick.variants.b]\ngamma = 1", "[quick] variants: the suite has no 'b'"),
    ("[variants.ppo]\nalgorithm = 'ppo'", "Variant ppo: that is the name of an algorithm"),
    ("[variants.b]\nalgorithm = 'trpoo'\n", "Variant b: no algorithm 'trpoo'. Did you mean trpo?"),
    ("[variants.b]\ngamma = 1\n", "[variants.b] names no algorithm"),
    ('[variants."B c"]\nalgorithm = "ppo"\n', "a name is lower-case letters"),
]


@pytest.mark.parametrize(("text", "words"), BROKEN)
def test_what_is_wrong_is_one_line(tmp_path, text, words):
    path = tmp_path / "broken.toml"
    given = [line.split(" ")[0] for line in text.partition("[quick")[0].splitlines()]
    lines = [] if not text or words.startswith("names no env") else ['algorithms = ["ppo"]', 'env = ["Hopper-v4"]']
    lines = [line for line in lines if line.split(" ")[0] not in given]
    path.write_text("\n".join([*lines, text]))
    with pytest.raises(UserError) as error:
        request_of(path, quick="steps = 0" in text and "[quick]" in text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("mujco-6", "There is no suite 'mujco-6'. Did you mean mujoco-6? See: rlbench list --suites"),
        ("none.toml", "--suite none.toml cannot be read: No such file or directory."),
        ("", "--suite is a name of rlbench list --suites or a TOML file, not ''"),
        (5, "--suite is a name of rlbench list --suites or a TOML file, not 5"),
        ("/", "--suite / cannot be read"),
        ("folder/.toml", "the file needs a name"),
    ],
)
def test_a_suite_that_is_not_there(asked, words):
    with pytest.raises(UserError) as error:
        read_suite(asked)
    assert words in str(error.value)


def test_files_of_no_suite(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.toml").write_bytes(b"# " + b"a" * 1_000_000)
    (tmp_path / "plots.toml").write_text('algorithms = ["ppo"]\nenv = ["Hopper-v4"]')
    for name, words in (("bytes", "not UTF-8"), ("large", "too large"), ("plots", "results/plots is not for a suite")):
        with pytest.raises(UserError, match=words):
            read_suite(tmp_path / f"{name}.toml")


def test_what_cannot_be_combined(mine, tmp_path):
    with pytest.raises(UserError, match=r"--config x\.toml and --suite cannot be combined"):
        read_request(RawOptions(), Path("x.toml"), suite=read_suite(mine))
    with pytest.raises(UserError, match="--quick is the smaller budget of a suite"):
        suite_of(None, True)
    plain = tmp_path / "plain.toml"
    plain.write_text('algorithms = ["ppo"]\nenv = ["Hopper-v4"]')
    with pytest.raises(UserError, match=r"plain\.toml has no smaller budget. Give it a table"):
        suite_of(plain, True)


def test_several_values_hold_on_every_task(mine):
    mine.write_text(f"{MINE}\n".replace("gamma = 0.98", "gamma = [0.98, 0.97]"))
    with pytest.raises(UserError, match=r"ppo would run on Ant-v4 alone. Several values"):
        look_up(request_of(mine), here)


def test_what_is_kept_is_read_again(mine, tmp_path):
    request = request_of(mine, out=str(tmp_path))
    keep_suite(request)
    found = read_suite_file(tmp_path / SUITE_FILE)
    assert found == request.suite.file
    assert (found.titles["wide"], found.kinds, found.threshold) == ("TRPO, δ = $5 %$", ("final",), 1000)


def test_another_suites_folder_is_refused(mine, tmp_path):
    request = request_of(mine, out=str(tmp_path))
    (tmp_path / SUITE_FILE).write_text(suite_text(SuiteFile("other", "Other", (), ())))
    with pytest.raises(UserError, match=r"holds the suite other\. Choose another --out for mine"):
        refuse_other_suite(request)
    refuse_other_suite(request_of(mine, out=str(tmp_path), fresh=True))
    (tmp_path / SUITE_FILE).write_text("{")
    refuse_other_suite(request)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "its format is not 1"),
        ({"title": "a\x1b[31m"}, "title is 'a"),
        ({"title": ["a"]}, "title is "),
        ({"envs": "Hopper-v4"}, "envs is not a list of names"),
        ({"algorithms": [5]}, "algorithms is not a list of names"),
        ({"titles": {"a": 5}}, "titles is not a table"),
        ({"titles": []}, "titles is not a table"),
        ({"kinds": [["final"]]}, "kinds has no"),
        ({"metric": {}}, "metric has no"),
        ({"threshold": True}, "threshold is a return"),
        ({"baseline": 5}, "baseline is the name"),
    ],
)
def test_a_strangers_file_that_cannot_be_used(tmp_path, change, words):
    path = tmp_path / SUITE_FILE
    path.write_text(json.dumps({**json.loads(suite_text(SuiteFile("a", "A", (), ()))), **change}))
    with pytest.raises(ValueError, match=words):
        read_suite_file(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff", b" " * ((1 << 20) + 1)])
def test_a_strangers_file_that_is_none(tmp_path, content):
    (tmp_path / SUITE_FILE).write_bytes(content)
    with pytest.raises(ValueError, match="it is "):
        read_suite_file(tmp_path / SUITE_FILE)
