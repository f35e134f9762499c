"""What a request costs: the sum of what algorithms and environments take, worked out by hand."""

from types import SimpleNamespace

import pytest

from rlbench.errors import Fault
from rlbench.sweep import cost
from rlbench.sweep.cost import Pace, estimate_cost, measure_costs, time_algorithm
from rlbench.sweep.lookup import choose_settings, here
from rlbench.sweep.plan import JOB_COST
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.request import read_request

TIMES = {
    ("InvertedPendulum-v4", "npg"): Pace(5e-6, 3e-6, 1.0),
    ("InvertedPendulum-v4", "cem"): Pace(2e-6, 2e-6, 0.5),
    ("Hopper-v4", "npg"): Pace(30e-6, 23e-6, 4.0),
}
"""One algorithm on both environments, the other on the quicker one."""


@pytest.fixture
def asked(monkeypatch):
    told = []

    def fake(name, _settings, env, seeds):
        told.append((env, name, seeds))
        return TIMES[env, name]

    monkeypatch.setattr(cost, "time_algorithm", fake)
    return told


def request(**words):
    given = {"algorithms": ["npg", "cem"], "env": ["Hopper-v4", "InvertedPendulum-v4"], "steps": "1M", "device": "cpu"}
    return read_request(RawOptions(**given, **words), None)


def test_a_cost_is_the_sum_of_algorithms_and_environments(asked):
    found = estimate_cost(request(seeds="2", eval_every="300k"), SimpleNamespace(ask=here), {})
    assert asked == [("InvertedPendulum-v4", "npg", 2), ("Hopper-v4", "npg", 2), ("InvertedPendulum-v4", "cem", 2)]
    transitions = (5 + 20) + (2 + 20) + 5 + 2  # µs of npg and cem on Hopper, then on InvertedPendulum
    evaluations = 4 * (4 + 4 + 1 + 1)
    assert (found.runs, found.transitions) == (8, 8_000_000)
    assert found.evaluation_seconds == pytest.approx(2 * evaluations)
    assert found.core_seconds == pytest.approx(2 * (transitions + evaluations))
    assert found.seconds == pytest.approx(found.core_seconds / found.cores)


def test_seeds_of_one_job_share_a_part(asked):
    many = estimate_cost(request(seeds="10", eval_every="0"), SimpleNamespace(ask=here), {})
    share = ((JOB_COST + 10) / 10) / ((JOB_COST + 2) / 2)
    assert many.core_seconds == pytest.approx(10 * (54 * share + 10 * share))
    assert {seeds for *_, seeds in asked} == {2}


def test_what_is_timed_is_not_timed_again(asked):
    timed = {}
    estimate_cost(request(seeds="2"), SimpleNamespace(ask=here), timed)
    estimate_cost(request(seeds="3"), SimpleNamespace(ask=here), timed)
    assert len(asked) == len(timed) == 3


@pytest.mark.parametrize("name", ["npg", "cem", "trpo-vine"])
def test_an_algorithm_is_timed(name, monkeypatch):
    monkeypatch.setattr("rlbench.training.pace.SECONDS", 0.0)
    settings = {"states": 2, "horizon": 5} if name == "trpo-vine" else {}
    layer = ("test", {f"{name}.{key}": value for key, value in settings.items()})
    [(_, chosen)] = choose_settings([layer], name, name)
    found = time_algorithm(name, chosen.settings, "InvertedPendulum-v4", 2)
    assert 0 < found.sampling <= found.transition < 1
    assert found.evaluation == pytest.approx(20 * 1000 * found.sampling)


def found_on(paces, failed=()):
    return SimpleNamespace(
        settings={"npg": 0, "cem": 0},
        pace=paces,
        failed=dict.fromkeys(failed),
        batches={},
        settings_on=lambda _, label: SimpleNamespace(algorithm=label, settings={}),
        parts=dict.fromkeys([(env, label) for env in paces for label in ("npg", "cem")], frozenset()),
    )


def test_costs_of_a_large_sweep_are_measured_for_each_pair(asked):
    found = found_on({"Hopper-v4": 30e-6, "InvertedPendulum-v4": 5e-6})
    costs = measure_costs(request(seeds="40", eval_every="0"), found, SimpleNamespace(ask=here))
    assert len(asked) == 3
    share = ((JOB_COST + 40) / 40) / ((JOB_COST + 2) / 2)
    cem = share * (2e-6 + 20e-6) + 4.0 * share / 1e6
    assert costs["Hopper-v4", "cem"] == pytest.approx(cem)
    assert costs["Hopper-v4", "npg"] > costs["Hopper-v4", "cem"] > costs["InvertedPendulum-v4", "npg"]


def test_costs_of_a_small_sweep_are_not_measured(asked):
    found = found_on({"Hopper-v4": 30e-6, "InvertedPendulum-v4": 5e-6})
    assert measure_costs(request(seeds="2"), found, SimpleNamespace(ask=here)) == {}
    assert asked == []


def test_foreign_code_that_fails_leaves_the_rough_costs(monkeypatch):
    def fail(*_):
        raise Fault("no")

    monkeypatch.setattr(cost, "time_algorithm", fail)
    found = found_on({"Hopper-v4": 30e-6, "InvertedPendulum-v4": 5e-6})
    assert measure_costs(request(seeds="40"), found, SimpleNamespace(ask=here)) == {}
