"""Which value reaches which algorithm, and where it came from."""

from dataclasses import dataclass, fields

import pytest

from rlbench.algorithms.settings import setting
from rlbench.errors import UserError
from rlbench.sweep.settings import check_keys, choose


@dataclass(frozen=True)
class Tree:
    gamma: float = setting(0.99, "γ", "discount", low=0, high=1)
    depth: int = setting(3, "d", "depth", low=1)


@dataclass(frozen=True)
class River:
    gamma: float = setting(0.9, "γ", "discount", low=0, high=1)
    width: int = setting(2, "w", "width", low=1)


KNOWN = {"tree": Tree, "river": River}
TYPED = "command line"


def choose_settings(layers, chosen, known):
    """All of them, as `look_up` does it."""
    names = {name: [each.name for each in fields(algorithm)] for name, algorithm in known.items()}
    check_keys(
        layers, {name: names[name] for name in chosen}, known, lambda: {key for own in names.values() for key in own}
    )
    return {name: choose(layers, name, algorithm) for name, algorithm in chosen.items()}


def test_defaults_are_said_to_be_defaults():
    chosen = choose_settings([], {"tree": Tree}, KNOWN)
    assert chosen["tree"].settings == {"gamma": 0.99, "depth": 3}
    assert chosen["tree"].sources == {"gamma": "default", "depth": "default"}


def test_a_plain_key_goes_to_those_that_have_it():
    chosen = choose_settings([(TYPED, {"gamma": "0.5", "width": "7"})], KNOWN, KNOWN)
    assert chosen["tree"].settings == {"gamma": 0.5, "depth": 3}
    assert chosen["river"].settings == {"gamma": 0.5, "width": 7}
    assert chosen["river"].sources == {"gamma": TYPED, "width": TYPED}


def test_a_key_with_a_name_goes_to_one():
    chosen = choose_settings([(TYPED, {"gamma": "0.5"}), (TYPED, {"river.gamma": "0.1"})], KNOWN, KNOWN)
    assert (chosen["tree"].settings["gamma"], chosen["river"].settings["gamma"]) == (0.5, 0.1)


def test_later_layers_win():
    layers = [("sweep.toml", {"gamma": 0.3}), ("sweep.toml", {"tree.gamma": 0.4}), (TYPED, {"gamma": "0.5"})]
    chosen = choose_settings(layers, KNOWN, KNOWN)
    assert (chosen["tree"].settings["gamma"], chosen["tree"].sources["gamma"]) == (0.5, TYPED)


def test_a_file_may_speak_of_algorithms_that_do_not_run():
    layers = [("sweep.toml", {"river.width": 4, "width": 4})]
    assert choose_settings(layers, {"tree": Tree}, KNOWN)["tree"].settings == {"gamma": 0.99, "depth": 3}


@pytest.mark.parametrize(
    ("source", "key", "words"),
    [
        (TYPED, "gama", "tree has no setting 'gama'. Did you mean gamma? See: rlbench show tree"),
        (TYPED, "width", "tree has no setting 'width'"),
        (TYPED, "river.width", "river is not among the algorithms of this command (tree)"),
        (TYPED, "treee.gamma", "no algorithm 'treee'. Did you mean tree?"),
        ("sweep.toml", "lake.gamma", "sweep.toml: lake.gamma: no algorithm 'lake'"),
        ("sweep.toml", "gama", "sweep.toml: tree has no setting 'gama'"),
        (TYPED, "tree.gama", "tree has no setting 'gama'. Did you mean gamma?"),
    ],
)
def test_unknown_keys(source, key, words):
    with pytest.raises(UserError) as error:
        choose_settings([(source, {key: "1"})], {"tree": Tree}, KNOWN)
    assert words in str(error.value)


def test_a_key_none_of_several_has():
    with pytest.raises(UserError, match=r"tree and river have no setting 'depht'. Did you mean depth"):
        choose_settings([(TYPED, {"depht": "1"})], KNOWN, KNOWN)


def test_a_value_that_makes_no_sense_is_refused():
    with pytest.raises(UserError, match="gamma is a number at least 0 and at most 1, not '2'"):
        choose_settings([(TYPED, {"gamma": "2"})], KNOWN, KNOWN)
