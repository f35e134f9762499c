import json
import subprocess
import sys

import pytest


@pytest.fixture
def results(tmp_path):
    header = "iteration,env_steps,eval_return_det,eval_return_stoch"
    for algorithm, level in (("npg", 1000), ("ppo", 2000), ("trpo", 2010)):
        for seed in range(5):
            folder = tmp_path / "results" / "Hopper-v4" / algorithm / f"seed-{seed}"
            folder.mkdir(parents=True)
            rows = [f"{i},{1000 * (i + 1)},{level + 10 * seed},{level}" for i in range(4)]
            (folder / "progress.csv").write_text("\n".join([header, *rows, ""]))
            (folder / "run.json").write_text(json.dumps({"format": 1, "env": "Hopper-v4", "status": "finished"}))
    return tmp_path / "results"


@pytest.fixture
def call(cli, results):
    return lambda *arguments: cli("compare", *arguments, "--results", str(results))


def test_the_verdict(call):
    done = call("trpo", "ppo", "npg")
    assert (done.status, done.err) == (0, "")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[0] == "Final evaluation return by the mean action"
    assert [line.split()[:2] for line in lines if " * " in line] == [["trpo", "*"], ["ppo", "*"]]
    verdict = lines[lines.index("Verdict") + 1 : lines.index("Limits") - 1]
    assert [line.partition(",")[0].partition(":")[0] for line in verdict] == [
        "- trpo and ppo are not distinguishable on Hopper-v4 with 5 seeds each",
        "- trpo is better than npg on Hopper-v4",
        "- ppo is better than npg on Hopper-v4",
    ]
    assert "- With 5 seeds each and 3 comparisons the smallest corrected p that can occur is .024." in lines


def test_names_with_commas_and_a_folder_for_all(call, cli, results, monkeypatch):
    assert call("trpo,ppo").out == call("trpo", "ppo").out
    monkeypatch.chdir(results.parent)
    assert cli("compare").out == call("trpo,ppo,npg").out


def test_many_comparisons_have_a_sentence_for_each_environment(call, results):
    for i in range(3):
        for seed in range(5):
            source = results / "Hopper-v4" / "npg" / f"seed-{seed}"
            folder = results / "Hopper-v4" / f"copy{i}" / f"seed-{seed}"
            folder.mkdir(parents=True)
            for file in source.iterdir():
                (folder / file.name).write_bytes(file.read_bytes())
    out = call().out
    assert "- trpo has the highest mean on Hopper-v4, but so few seeds cannot tell any of 15 pairs apart." in out
    assert " * " not in out
    assert "At least 6 seeds each are needed." in out


def test_forms(call):
    told = json.loads(call("trpo,npg", "--format", "json").out)
    assert {*told} == {"estimates", "differences", "metric", "score", "verdicts", "limits", "notes"}
    assert (told["metric"], told["score"], told["notes"]) == ("eval-det", "final", [])
    assert told["differences"][0]["better"] == "trpo"
    assert told["differences"][0]["needed"] is None
    csv = call("trpo,npg", "--format", "csv").out.split("\n\n")
    assert [block.partition(",")[0] for block in csv] == ["env", "env"]
    assert call("trpo,npg", "--format", "latex").out.count(r"\begin{tabular}") == 2
    markdown = call("trpo,npg", "--format", "markdown").out
    assert r"| Hopper-v4 | trpo \* | 5 | 4k |" in markdown
    assert "- trpo is better than npg on Hopper-v4, by 1010 " in markdown


def test_every_choice(call):
    choices = "--metric eval-stoch --score auc --statistic median --interval minmax --threshold 1500 --baseline npg"
    done = call(*choices.split(), "--envs", "Hopper-v4", "--against", "published", "--format", "json")
    assert (done.status, done.err) == (0, "")
    told = json.loads(done.out)
    assert (told["metric"], told["score"]) == ("eval-stoch", "auc")
    assert (told["estimates"][0]["statistic"], told["estimates"][0]["interval"]) == ("median", "minmax")
    assert [row["b"] for row in told["differences"]] == ["npg", "npg"]
    assert {row["algorithm"]: row["reached"] for row in told["thresholds"]} == {"npg": 0, "ppo": 5, "trpo": 5}
    assert told["thresholds"][0]["median_steps"] is None
    assert "Tianshou" in {row["source"] for row in told["published"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trpo", "pppo"], "No run of algorithm 'pppo'. Did you mean ppo? There are: npg, ppo, trpo."),
        (["trpo"], "A comparison needs two algorithms, and there is one: trpo. Name another."),
        (["--baseline", "a2c"], "No 'a2c' is compared. --baseline is one of npg, ppo, trpo."),
        (["--envs", "Hoper-v4"], "Did you mean Hopper-v4?"),
        (["--metric", "kl"], "'kl'"),
        (["--against", "mine"], "'mine'"),
        (["--threshold", "high"], "--threshold"),
    ],
)
def test_mistakes_are_one_line(call, arguments, message):
    done = call(*arguments)
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_terminal_of_80_columns_is_wide_enough(results):
    """No cell is cut, and no table is wider."""
    code = (
        "from rich.console import Console; import rlbench; from rlbench.cli.compare import conclude, shown; "
        "from rlbench.cli.frames import print_grid; "
        f"made = rlbench.compare(results={str(results)!r}); "
        "say = Console(force_terminal=True, width=80, color_system=None); "
        "[print_grid(say, each.grid) for each in shown(made)]; conclude(say, made)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "…" not in out
    assert max(len(line.rstrip()) for line in out.splitlines()) <= 80


def test_the_command_loads_nothing_heavy_before_it_is_called():
    code = (
        "import sys; from rlbench.cli.compare import compare; "
        "print([m for m in ('numpy', 'pandas', 'scipy', 'matplotlib', 'torch') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
