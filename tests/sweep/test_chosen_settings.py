"""Which value reaches which algorithm, and where it came from."""

from dataclasses import dataclass, fields

import pytest

from rlbench.algorithms.settings import setting
from rlbench.errors import UserError
from rlbench.sweep.chosen_settings import check_keys, choose, idle_keys, refuse_alike


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


def choose_settings(layers, names, known, variants=None):
    """All of them, as `look_up` does it."""
    own = {name: [each.name for each in fields(algorithm)] for name, algorithm in known.items()}
    algorithms = {name: (variants or {}).get(name, name) for name in names}
    chosen = {name: (algorithm, own[algorithm]) for name, algorithm in algorithms.items()}
    check_keys(layers, chosen, [*known, *(variants or {})], lambda: {key for keys in own.values() for key in keys})
    pairs = [
        pair for name, algorithm in algorithms.items() for pair in choose(layers, name, algorithm, known[algorithm])
    ]
    refuse_alike(pairs)
    return dict(pairs)


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


def test_a_key_of_a_file_that_has_no_effect_is_noted():
    layers = [("sweep.toml", {"width": 4, "gamma": 1, "river.width": 4}), (TYPED, {"depth": 1})]
    told = "sweep.toml: width has no effect: it is no setting of tree or pond."
    assert idle_keys(layers, {"tree": ("gamma", "depth"), "pond": ("gamma",)}) == [told]
    assert idle_keys(layers, {"tree": ("gamma", "depth"), "river": ("width",)}) == []


def test_a_key_none_of_several_has():
    with pytest.raises(UserError, match=r"tree and river have no setting 'depht'. Did you mean depth"):
        choose_settings([(TYPED, {"depht": "1"})], KNOWN, KNOWN)


def settings_by_label(layers, names=("tree",), variants=None):
    chosen = choose_settings(layers, names, KNOWN, variants)
    return {label: each.settings for label, each in chosen.items()}


def test_several_values_are_a_grid_whose_labels_say_them():
    found = settings_by_label([(TYPED, {"depth": "3,1e1", "gamma": "0.50,.25"})], ("tree", "river"))
    assert found == {
        "tree-gamma=0.5-depth=3": {"gamma": 0.5, "depth": 3},
        "tree-gamma=0.5-depth=10": {"gamma": 0.5, "depth": 10},
        "tree-gamma=0.25-depth=3": {"gamma": 0.25, "depth": 3},
        "tree-gamma=0.25-depth=10": {"gamma": 0.25, "depth": 10},
        "river-gamma=0.5": {"gamma": 0.5, "width": 2},
        "river-gamma=0.25": {"gamma": 0.25, "width": 2},
    }


def test_a_label_does_not_depend_on_the_order_of_the_words():
    one, other = (
        settings_by_label([(TYPED, {key: values[key] for key in order})])
        for values in [{"depth": "3,4", "gamma": "0.5,0.6"}]
        for order in (("depth", "gamma"), ("gamma", "depth"))
    )
    assert one == other


def test_an_algorithm_that_has_not_the_setting_runs_once():
    assert list(settings_by_label([(TYPED, {"width": "1,2"})], ("tree", "river"))) == [
        "tree",
        "river-width=1",
        "river-width=2",
    ]


def test_a_later_single_value_ends_a_grid_and_a_later_grid_begins_one():
    assert list(settings_by_label([("a.toml", {"depth": [1, 2]}), (TYPED, {"depth": "5"})])) == ["tree"]
    assert list(settings_by_label([("a.toml", {"depth": 5}), (TYPED, {"depth": "1,2"})])) == [
        "tree-depth=1",
        "tree-depth=2",
    ]


def test_a_variants_own_settings_win_over_its_algorithms_and_lose_to_what_was_typed():
    layers = [("a.toml", {"gamma": 0.1}), ("a.toml", {"tree.gamma": 0.2, "deep.depth": 9, "tree.depth": 7})]
    assert settings_by_label(layers, ("deep", "tree"), {"deep": "tree"}) == {
        "deep": {"gamma": 0.2, "depth": 9},
        "tree": {"gamma": 0.2, "depth": 7},
    }
    typed = [*layers, (TYPED, {"deep.depth": "4", "tree.gamma": "0.3"})]
    assert settings_by_label(typed, ("deep",), {"deep": "tree"}) == {"deep": {"gamma": 0.3, "depth": 4}}


def test_a_name_may_have_a_dot_and_a_grid():
    layers = [("a.toml", {"tree-0.5.gamma": 0.5, "tree-0.5.depth": [1, 2]})]
    assert settings_by_label(layers, ("tree-0.5",), {"tree-0.5": "tree"}) == {
        "tree-0.5-depth=1": {"gamma": 0.5, "depth": 1},
        "tree-0.5-depth=2": {"gamma": 0.5, "depth": 2},
    }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"depth": "3,3.0"}, "Two variants would be called tree-depth=3. Name each value once"),
        ({"depth": "1,,2"}, "tree: depth is a whole number at least 1, not ''."),
        ({"depth": "1/2"}, "not '1/2'; several have commas between them. See"),
        ({"depth": []}, "Setting depth has an empty list of values"),
        ({"depth": list(range(1, 100)), "gamma": [n / 100 for n in range(50)]}, "make 4,950 variants, more than 1,000"),
    ],
)
def test_grids_that_make_no_sense(values, words):
    with pytest.raises(UserError) as error:
        choose_settings([(TYPED, values)], ["tree"], KNOWN)
    assert words in str(error.value)


def test_one_thing_under_two_names_is_refused():
    with pytest.raises(UserError, match=r"^tree and same are tree with the same settings. Leave one out."):
        choose_settings([("a.toml", {"same.depth": 3})], ["tree", "same"], KNOWN, {"same": "tree"})


def test_a_value_that_makes_no_sense_is_refused():
    with pytest.raises(UserError, match="gamma is a number at least 0 and at most 1, not '2'"):
        choose_settings([(TYPED, {"gamma": "2"})], KNOWN, KNOWN)
