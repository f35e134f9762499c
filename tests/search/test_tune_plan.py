"""The plan of a search over settings: rungs, seeds, and options of commands, files and programs."""

import pytest

from rlbench.errors import UserError
from rlbench.search.tune_plan import Rung, make_rungs, report_seeds, search_seeds
from rlbench.search.tune_request import read_tuning

GIVEN = {"algorithm": "ppo", "env": ["CartPole-v1"]}


def test_rungs_are_a_third_of_the_settings_for_three_times_as_long():
    assert make_rungs(27, 900, 3, 3, 1) == [Rung(100, 27), Rung(300, 9), Rung(900, 3)]
    assert make_rungs(8, 900, 3, None, 1) == [Rung(100, 8), Rung(300, 3), Rung(900, 2)]
    assert make_rungs(8, 800, 2, 2, 1) == [Rung(400, 8), Rung(800, 4)]


def test_rungs_that_are_not_asked_for_have_room_for_ten_batches():
    assert len(make_rungs(27, 90_000, 3, None, 1_000)) == 3
    assert len(make_rungs(27, 89_999, 3, None, 1_000)) == 2
    assert len(make_rungs(27, 5_000, 3, None, 1_000)) == 1
    assert len(make_rungs(2, 900_000, 3, None, 1)) == 1


@pytest.mark.parametrize(
    ("trials", "steps", "rungs", "told"),
    [
        (4, 900, 3, "--rungs 3 with --trials 4 would leave less than two settings for the last rung: 2 at most"),
        (8, 900, 1, r"--steps has 900 transitions, less than one batch of the default \(1,000\). Raise --steps\.$"),
        (8, 2000, 2, r"the first of 2 rungs has 666 transitions.* Raise --steps, or lower --rungs"),
    ],
)
def test_rungs_without_room(trials, steps, rungs, told):
    with pytest.raises(UserError, match=told):
        make_rungs(trials, steps, 3, rungs, 1000)


def test_seeds_of_a_search_have_a_range_of_their_own():
    assert search_seeds("2") == (100_000, 100_001)
    assert search_seeds("7-8") == (7, 8)
    assert search_seeds([5, 6]) == (5, 6)
    assert report_seeds("3") == (0, 1, 2)
    assert report_seeds("0") == report_seeds(0) == ()
    assert report_seeds("0-1") == (0, 1)


def test_options_of_a_file_and_of_the_command(tmp_path):
    file = tmp_path / "space.toml"
    file.write_text(
        'algorithm = "ppo"\nenv = ["CartPole-v1"]\ntrials = 5\nsteps = "20k"\nreport-seeds = 0\n'
        '[search]\nlearning_rate = "1e-4..1e-2:log"\nhidden_sizes = [[16], [32]]\n[fix]\nnum_steps = 32\n'
    )
    request, effort = read_tuning({"trials": "6", "search": ["gamma"], "fix": ["num_envs=8"]}, file)
    assert (request.algorithms, request.steps, request.seeds) == (("ppo",), 20_000, (100_000, 100_001, 100_002))
    assert str(request.out) == "tuning/ppo"
    assert (effort.trials, effort.report_seeds) == (6, ())
    assert effort.search == {"learning_rate": "1e-4..1e-2:log", "hidden_sizes": [[16], [32]], "gamma": None}
    assert effort.fix == {"num_steps": 32, "num_envs": "8"}


def test_no_report_can_be_asked_for_by_a_program():
    assert read_tuning({**GIVEN, "report_seeds": 0}, None)[1].report_seeds == ()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"algorithm": None}, "settings of one algorithm, and no algorithm is named, as in: rlbench tune ppo"),
        ({"algorithm": "ppo,trpo"}, "and 2 are named"),
        ({"algorithm": "pppo"}, r"There is no algorithm 'pppo'. Did you mean ppo\?"),
        ({"env": None}, "Name at least one environment"),
        ({"env": ["CartPole-v9"]}, "CartPole-v9"),
        ({"trials": "0"}, "--trials is a whole number of at least 2"),
        ({"trials": "1"}, "--trials is a whole number of at least 2"),
        ({"seeds": "0-2"}, "Seeds 0-2 are in --seeds and in --report-seeds. A setting was chosen for how it did"),
        ({"report_seeds": "x"}, "--report-seeds is 5"),
        ({"search": ["lerning_rate"]}, r"--search: ppo has no setting 'lerning_rate'. Did you mean learning_rate\?"),
        ({"search": ["gamma=0.5..2"]}, "gamma is a number at least 0 and at most 1, not '2'"),
        ({"search": ["gamma", "gamma"]}, "--search names gamma twice"),
        ({"search": ["gamma="]}, "--search takes a setting or setting=values"),
        ({"search": 3}, "search is a table of names and values, not 3"),
        ({"fix": ["gamma"]}, "--fix takes name=value, not 'gamma'"),
        ({"fix": ["gamma=1", "gamma=1"]}, "--fix names gamma twice"),
        ({"scale": ["CartPole-v1=5"]}, "--scale CartPole-v1: takes the returns that are 0 and 1"),
        ({"scale": ["CartPole-v1=5,1"]}, "takes the returns that are 0 and 1"),
        ({"metric": "eval"}, "No --metric 'eval'"),
        ({"rungs": "0"}, "--rungs is a whole number of at least 1"),
        ({"reduction_factor": "1"}, "--reduction-factor is a whole number of at least 2"),
    ],
)
def test_options_that_make_no_sense(words, told):
    with pytest.raises(UserError, match=told) as error:
        read_tuning({**GIVEN, **words}, None)
    assert "\n" not in str(error.value)


def test_an_unknown_key_of_a_file_is_named(tmp_path):
    file = tmp_path / "space.toml"
    file.write_text("serch = 1\n")
    with pytest.raises(UserError, match=r"unknown key 'serch'. Did you mean search\?"):
        read_tuning(GIVEN, file)
