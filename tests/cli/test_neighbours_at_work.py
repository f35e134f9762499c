"""Environments and plug-ins that misbehave while they train: each is one line with its name."""

import pytest
from strangers import RUN, SAMPLE, environment, install_environment, install_plugin, plugin

SMALL = ("--steps", "128", "--set", "stranger.num_steps=32")


def test_what_fails_in_the_middle_fails_its_own_job_alone_and_once(cli, site):
    install_environment(site, "theirs", environment(step="self.all = getattr(self, 'all', 0) + 1; 1 / (self.all < 40)"))
    install_plugin(site, "stranger", plugin())
    run = ("run", "stranger", "--env", "CartPole-v1,theirs:Stranger-v0", *RUN, *SMALL)
    outcome = cli(*run, "--steps", "640")
    assert outcome.status == 1
    told = [line for line in outcome.err.splitlines() if not line.startswith("To go on")]
    assert len(told) == 1
    assert (
        "theirs:Stranger-v0: its step failed: ZeroDivisionError: division by zero (its traceback: out/logs/" in told[0]
    )
    assert outcome.out.split() == [f"out/CartPole-v1/stranger/seed-{seed}" for seed in (0, 1)]
    assert cli("check", "out/CartPole-v1").status == 0


RETURN = "        return "
CHANGING = f"{SAMPLE}\n        state['weights'] += 1; one = torch.ones(len(state['weights']))\n"
CHANGING += "        late = bool((state['weights'] > 2).any())\n"
COLUMNS = {
    "one more": ("{'first': one, **({'third': one} if late else {})}", "'third' is new"),
    "one less": ("{'first': one, **({} if late else {'second': one})}", "'second' is missing"),
    "a list": ("[one]", "not a dict of columns"),
    "nothing": ("None", "returns None"),
    "two axes": ("{'first': torch.ones(2, 2)}", "shape [2, 2], not one real number for each of 2 seeds"),
    "one for all": ("{'first': torch.ones(())}", "shape []"),
    "too many": ("{'first': torch.ones(3)}", "shape [3]"),
    "complex": ("{'first': one * 1j}", "complex numbers"),
    "no tensor": ("{'first': 1.0}", "its column first is 1.0, not a tensor"),
    "ours": ("{'env_steps': one}", "its column env_steps has the name of one of rlbench's own"),
    "a comma": ("{'a,b': one}", "'a,b' cannot be called so"),
    "a line break": ("{'a\\nb': one}", r"'a\nb' cannot be called so"),
    "no text": ("{1: one}", "its column 1 cannot"),
}


@pytest.mark.parametrize(("columns", "says"), COLUMNS.values(), ids=COLUMNS)
def test_columns_that_do_not_fit_are_refused_by_name(cli, site, columns, says):
    install_plugin(site, "stranger", plugin(iterate=CHANGING + RETURN + columns))
    outcome = cli("run", "stranger", "--env", "CartPole-v1", *RUN, *SMALL, "--steps", "640")
    assert outcome.status == 1
    assert outcome.err.startswith("CartPole-v1 stranger 0-1 failed: ")
    assert says in outcome.err.splitlines()[0]


def test_columns_are_matched_by_name_in_whatever_order_they_come(cli, site, monkeypatch):
    monkeypatch.setattr("rlbench.training.run.ROW_TRANSITIONS", 1)
    steady = plugin(iterate=CHANGING + RETURN + "{'first': one, 'second': 2 * one}")
    turning = plugin(
        iterate=CHANGING + RETURN + "{'second': 2 * one, 'first': one} if late else {'first': one, 'second': 2 * one}"
    )
    install_plugin(site, "steady", steady)
    install_plugin(site, "turning", turning)
    assert cli("run", "steady", "turning", "--env", "CartPole-v1", *RUN, "--steps", "640").status == 0
    folder = site.parent / "out" / "CartPole-v1"
    first, second = (folder / name / "seed-0" / "progress.csv" for name in ("steady", "turning"))
    assert first.read_bytes() == second.read_bytes()
    install_plugin(site, "steady", plugin(iterate=CHANGING + RETURN + "{'second': 2 * one, 'first': one}"))
    assert cli("run", "steady", "--env", "CartPole-v1", *RUN, "--accept-changed-code", "--steps", "1280").status == 0
    assert {row.split(",")[-2:][0] for row in first.read_text().splitlines()[1:]} == {"1.0"}
    install_plugin(site, "steady", plugin(iterate=CHANGING + RETURN + "{'third': 2 * one, 'first': one}"))
    before = first.read_bytes()
    outcome = cli("run", "steady", "--env", "CartPole-v1", *RUN, "--accept-changed-code", "--steps", "1920")
    assert outcome.status == 1
    assert "'second' is missing, 'third' is new" in outcome.err
    assert first.read_bytes() == before


@pytest.mark.parametrize(
    ("iterate", "says"),
    [
        ("return {'first': torch.ones(len(state['weights']))}", "it samples nothing: in 100 successive iterations"),
        ("raise SystemExit(0)", "its iterate() failed: SystemExit: 0"),
        (f"{SAMPLE}; state['weights'] = state['weights'][:1]; return {{}}", "['weights'] has the shape [1, 1]"),
        (f"{SAMPLE}; state['weights'] = 3; return {{}}", "['weights'] is 3, not a tensor"),
    ],
)
def test_an_algorithm_that_does_not_go_on_ends_in_one_line(cli, site, iterate, says):
    install_plugin(site, "stranger", plugin(iterate=iterate))
    outcome = cli("run", "stranger", "--env", "CartPole-v1", *RUN, *SMALL)
    assert outcome.status == 1
    assert says in outcome.err.splitlines()[0]
    assert len(outcome.err.splitlines()) == 2
    for rows in (site.parent / "out").rglob("progress.csv"):
        assert len(rows.read_text().splitlines()) <= 101


@pytest.mark.parametrize(
    ("env", "act", "says"),
    [
        ("CartPole-v1", "lambda obs, noise: noise", "is none of the environment's 2 actions"),
        ("CartPole-v1", "lambda obs, noise: noise.floor() + 2", "its action 2 is none"),
        (
            "CartPole-v1",
            "lambda obs, noise: noise.squeeze(-1)",
            "of shape [2, 2]; the environment takes [2, 2, 1]",
        ),
        ("CartPole-v1", "lambda obs, noise: noise.expand(-1, -1, 3)", "shape [2, 2, 3]"),
        ("CartPole-v1", "lambda obs, noise: None", "its actions are None, not a tensor"),
        ("CartPole-v1", "lambda obs, noise: noise * 1j", "complex numbers"),
        ("Pendulum-v1", "lambda obs, noise: noise * float('nan')", "not numbers (NaN), before it has learnt"),
        ("Pendulum-v1", "lambda obs, noise: noise[:, :1]", "shape [2, 1, 1]"),
    ],
)
def test_actions_are_checked_against_the_space(cli, site, env, act, says):
    install_plugin(site, "stranger", plugin(act=act))
    outcome = cli("run", "stranger", "--env", env, *RUN, *SMALL)
    assert outcome.status == 1
    assert outcome.err.startswith(f"{env} stranger 0-1 failed: ")
    assert says in outcome.err.splitlines()[0]
