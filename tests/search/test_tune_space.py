"""What a search over settings varies: domains as typed and as derived, conditions, and points of the unit cube."""

from dataclasses import dataclass, fields
from itertools import islice

import pytest

from rlbench.algorithms import ALGORITHMS
from rlbench.algorithms.settings import setting
from rlbench.errors import UserError
from rlbench.search.tune_domains import Alternatives, Range, as_toml, derive, parse_domain
from rlbench.search.tune_draw import draw
from rlbench.search.tune_space import Condition, make_space, refusals, space_of


@dataclass(frozen=True)
class Mine:
    """Settings of every kind."""

    num_envs: int = setting(16, "", "", low=1)
    rate: float = setting(0.001, "", "", above=0)
    gamma: float = setting(0.99, "", "", low=0, high=1)
    bonus: float = setting(0.0, "", "", low=0)
    log_std: float = setting(-0.5, "", "", low=-10, high=3)
    capped: float = setting(0.5, "", "", above=0, high=2)
    mode: str = setting("plain", "", "", choices=("plain", "fancy"))
    weight: float = setting(1.0, "", "fancy: its weight", above=0)
    critic: bool = setting(False, "", "whether there is one")
    passes: int = setting(10, "", "critic: its passes", low=1)
    share: float = setting(0.5, "", "mode=fancy: a share", low=0, high=1)
    hidden_sizes: tuple[int, ...] = setting((64, 64), "", "")
    note: str = setting("", "", "a text")


OWN = {each.name: each for each in fields(Mine)}


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("num_envs", "4..64:log"),
        ("rate", "0.0001..0.01:log"),
        ("gamma", "0.908..0.999:logit"),
        ("log_std", "-1.5..0.5:linear"),
        ("capped", "0.05..2:log"),
        ("mode", "plain,fancy"),
        ("critic", "false,true"),
        ("hidden_sizes", "32,32/64,64/128,128"),
    ],
)
def test_derived_domains(name, domain):
    assert str(derive(OWN[name], OWN[name].default)) == domain


@pytest.mark.parametrize("name", ["bonus", "note"])
def test_a_default_without_a_scale_gives_no_domain(name):
    assert derive(OWN[name], OWN[name].default) is None


@pytest.mark.parametrize(
    ("name", "word", "domain"),
    [
        ("rate", "1e-4..1e-2:log", Range(1e-4, 1e-2, "log")),
        ("rate", "1e-4..1e-2", Range(1e-4, 1e-2, "log")),
        ("rate", "0.1..0.5", Range(0.1, 0.5, "linear")),
        ("num_envs", "2..8", Range(2, 8, "linear", whole=True)),
        ("gamma", "0.9 .. 0.999 : logit", Range(0.9, 0.999, "logit")),
        ("log_std", "-2..1", Range(-2.0, 1.0, "linear")),
        ("hidden_sizes", "64,64|256,256", Alternatives(((64, 64), (256, 256)))),
        ("hidden_sizes", "none/64", Alternatives(((), (64,)))),
        ("hidden_sizes", [[64, 64], [32]], Alternatives(((64, 64), (32,)))),
        ("mode", "plain, fancy", Alternatives(("plain", "fancy"))),
        ("critic", [True, False], Alternatives((True, False))),
        ("rate", [0.1, 1], Alternatives((0.1, 1.0))),
        ("note", "a,b", Alternatives(("a", "b"))),
    ],
)
def test_domains_as_given(name, word, domain):
    assert parse_domain(OWN[name], word) == domain


@pytest.mark.parametrize(
    ("name", "word", "told"),
    [
        ("rate", "0..1", r"^--search rate=0\.\.1: rate is a number above 0, not '0'\.$"),
        ("gamma", "0.5..1.5", r"gamma is a number at least 0 and at most 1, not '1.5'"),
        ("rate", "2..1", "a range begins with its smaller end, and 2 is not below 1"),
        ("rate", "a..b", "rate is a number above 0, not 'a'"),
        ("rate", "1e-4..1e-2:lug", r"no scale 'lug'. Did you mean log\?"),
        ("log_std", "-2..1:log", "a logarithmic range lies above 0"),
        ("gamma", "0.5..1:logit", "a logit range lies between 0 and 1"),
        ("mode", "plain..fancy", "mode is one of plain, fancy, and has no range. Name its values one by one"),
        ("mode", "plain,funcy", "mode is one of plain, fancy, not 'funcy'"),
        ("mode", "plain", "a search needs several values, such as .* One value is for --fix"),
        ("rate", "0.1,0.10", "0.1 is there twice"),
        ("rate", 3, "a search needs several values"),
        ("hidden_sizes", "64,64", "such as 64,64/256,256"),
    ],
)
def test_domains_that_make_no_sense(name, word, told):
    with pytest.raises(UserError, match=told):
        parse_domain(OWN[name], word)


def test_values_stay_within_their_range_and_have_three_digits():
    assert [Range(1e-4, 1e-2, "log").at(share) for share in (0.0, 0.5, 0.9999)] == [0.0001, 0.001, 0.01]
    assert Range(1e-4, 1e-2, "log").at(0.3) == 0.000398
    assert Range(0.9, 0.999, "logit").at(0.5) == 0.9896  # odds 9 and 999: their geometric mean is 94.8
    assert Range(-1.5, 0.5, "linear").at(1 / 3) == -0.83
    assert Range(0.12345, 0.6789, "log").at(0.0) == 0.12345
    whole = Range(2, 4, "log", whole=True)
    assert {whole.at(share / 100) for share in range(100)} == {2, 3, 4}
    assert Alternatives(("a", "b")).at(0.5) == "b"
    assert Alternatives(("a", "b")).at(1.0) == "b"


def test_conditions_are_read_from_the_meanings():
    space = make_space(Mine, "mine", {}, {})
    assert space.conditions == {
        "weight": Condition("mode", "fancy"),
        "passes": Condition("critic", True),
        "share": Condition("mode", "fancy"),
    }
    assert space.notes == ("not searched, as the default gives no range to go by: bonus, note",)


def test_a_setting_without_effect_keeps_its_default():
    space = make_space(Mine, "mine", {"mode": None, "weight": "2..4"}, {})
    plain, fancy = (space.at([share, 0.5]) for share in (0.0, 0.9))
    assert (plain["mode"], plain["weight"]) == ("plain", 1.0)
    assert (fancy["mode"], fancy["weight"]) == ("fancy", 3.0)
    assert space.is_idle("weight", plain)
    assert not space.is_idle("weight", fancy)


def test_settings_that_can_have_no_effect_are_left_out_and_that_is_said():
    space = make_space(Mine, "mine", {}, {"mode": "plain"})
    assert not {"mode", "weight", "share"} & {*space.domains}
    assert space.notes[-1] == "not searched, as they have no effect with mode=plain: weight, share"
    assert "weight" in make_space(Mine, "mine", {}, {"mode": "fancy"}).domains


@pytest.mark.parametrize(
    ("search", "fix", "told"),
    [
        ({"rat": None}, {}, r"--search: mine has no setting 'rat'. Did you mean rate\? See: rlbench show mine"),
        ({}, {"gama": 1}, r"--fix: mine has no setting 'gama'. Did you mean gamma\?"),
        ({"rate": None}, {"rate": 1}, "rate is both in --search and in --fix"),
        ({}, {"rate": "-1"}, "mine: rate is a number above 0, not '-1'"),
        ({"bonus": None}, {}, r"its default 0 gives no range to go by. Name one, as in --search bonus=LOW..HIGH"),
        ({"weight": None}, {}, "no effect with mode=plain. Add --fix mode=fancy, or --search mode"),
        ({"note": None}, {}, "gives no range"),
    ],
)
def test_spaces_that_make_no_sense(search, fix, told):
    with pytest.raises(UserError, match=told):
        make_space(Mine, "mine", search, fix)


def test_names_narrow_a_search_and_all_widens_it():
    assert [*make_space(Mine, "mine", {"rate": None}, {}).domains] == ["rate"]
    every = make_space(Mine, "mine", {"all": None, "bonus": "0..1"}, {})
    assert "rate" in every.domains
    assert str(every.domains["bonus"]) == "0..1:linear"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_has_a_space_whose_points_it_takes(name):
    assert refusals(name, [*islice(draw(space_of(name, {}, {}), 8, 0), 8)]) == [None] * 8


def test_what_trpo_and_ppo_ignore_is_not_searched():
    trpo = space_of("trpo", {}, {"estimator": "monte-carlo"})
    assert not {"gae_lambda", "critic_epochs", "critic_learning_rate"} & {*trpo.domains}
    assert "clip_coef" not in space_of("ppo", {}, {"objective": "kl-penalty"}).domains


def test_draws_begin_with_the_default_differ_and_do_not_depend_on_their_number():
    space = make_space(Mine, "mine", {"rate": None, "mode": None, "weight": None}, {})
    few, many = ([*islice(draw(space, count, 3), 20)] for count in (5, 20))
    assert few == many
    assert few[0] == space.base
    assert all(one not in few[:place] for place, one in enumerate(few))
    assert few != [*islice(draw(space, 5, 4), 20)]


def test_a_space_with_fewer_settings_than_trials_is_refused():
    space = make_space(Mine, "mine", {"mode": None, "critic": None}, {})
    with pytest.raises(UserError, match="only 4 different settings: --trials 4 at most"):
        [*islice(draw(space, 8, 0), 8)]


def test_values_as_toml():
    domains = {"a": Range(1e-4, 1.0, "log"), "b": Alternatives(((64, 64), ())), "c": Alternatives((True, False))}
    assert [as_toml(each) for each in domains.values()] == ['"0.0001..1:log"', "[[64, 64], []]", "[true, false]"]
    assert as_toml('a"\\\n') == '"a\\"\\\\\\U0000000a"'
