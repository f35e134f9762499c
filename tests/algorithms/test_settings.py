"""Settings: parsed from text and TOML, checked, described."""

import copy
import math
import pickle
from dataclasses import dataclass, replace
from inspect import signature

import numpy as np
import pytest

from rlbench.algorithms import ALGORITHMS, find
from rlbench.algorithms.cem import CEM
from rlbench.algorithms.ppo import PPO
from rlbench.algorithms.settings import describe, resolve, setting
from rlbench.algorithms.trpo import TRPO
from rlbench.errors import UserError


@dataclass(frozen=True)
class Example:
    gamma: float = setting(0.99, "γ", "discount", low=0, high=1)
    rate: float = setting(0.1, "", "step", above=0)
    count: int = setting(3, "n", "how many", low=1)
    flag: bool = setting(False, "", "whether")
    sizes: tuple[int, ...] = setting((64, 64), "", "layers")
    kind: str = setting("a", "", "which", choices=("a", "b"))
    large: int = setting(1, "", "large", high=2**60)


def test_text_and_toml_values_become_the_fields_types():
    text = {"gamma": "1", "rate": "1e-3", "count": "1e3", "flag": "true", "sizes": "32,16", "kind": "b"}
    assert resolve(Example, "example", text) == Example(1.0, 1e-3, 1000, True, (32, 16), "b")
    toml = {"gamma": 1, "count": 7, "flag": True, "sizes": [8], "kind": "a"}
    assert resolve(Example, "example", toml) == Example(1.0, 0.1, 7, True, (8,), "a")
    assert resolve(Example, "example", {}) == Example()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gamma", "1.5"), ("gamma", "-0.1"), ("gamma", "nan"), ("gamma", "x"), ("gamma", ""), ("gamma", True),
        ("rate", "0"), ("rate", "inf"), ("rate", "-1"), ("rate", [1]), ("rate", None),
        ("count", "0"), ("count", "2.5"), ("count", "nan"), ("count", "1e999"), ("count", True), ("count", {}),
        ("count", "٣"), ("count", "1e400"), ("count", 10**25), ("count", 2.5),
        ("count", "1e999999999"),
        ("gamma", "٠.٥"), ("gamma", 10**400), ("gamma", "0x1p-1"), ("rate", "１"),
        ("flag", "maybe"), ("flag", "２"), ("sizes", "64,x"), ("sizes", "64,0"), ("sizes", 64), ("sizes", [1.9]),
        ("sizes", [True]), ("sizes", [[64]]), ("sizes", [None]), ("sizes", "٣"), ("sizes", [10**25]),
        ("sizes", {64: 64}),
        ("sizes", [8] * 101), ("sizes", "64,"), ("kind", "c"), ("kind", 1),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_one_line_that_names_it(key, value):
    with pytest.raises(UserError) as error:
        resolve(Example, "example", {key: value})
    text = str(error.value)
    assert "\n" not in text
    assert text.startswith(f"example: {key} is ")
    assert "rlbench show example" in text


def test_whole_numbers_are_read_exactly():
    """A float would make one number of the next two."""
    read = [resolve(Example, "example", {"large": text}).large for text in ("9007199254740993", 2**53 + 1, "+1_000")]
    assert read == [2**53 + 1, 2**53 + 1, 1000]
    assert resolve(Example, "example", {"sizes": ["8", 8.0, "1e1"]}).sizes == (8, 8, 10)


def test_a_whole_number_far_too_large_is_told_the_largest():
    with pytest.raises(UserError, match="count is a whole number at least 1 and at most 1,000,000,000, not 1000000000"):
        resolve(Example, "example", {"count": 10**24})


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: TRPO(constraint="max"), "TRPO: constraint is one of trust-region, penalty, not 'max'"),
        (lambda: PPO(clip_coef=-3), "PPO: clip_coef is a number above 0, not -3"),
        (lambda: PPO(clip_coef="0.2"), "PPO: clip_coef is a number above 0, not '0.2'"),
        (lambda: PPO(clip_coef=math.nan), "PPO: clip_coef is a number above 0, not nan"),
        (lambda: PPO(num_envs=4.0), "PPO: num_envs is a whole number at least 1, not 4.0"),
        (lambda: PPO(num_envs=True), "PPO: num_envs is a whole number at least 1, not True"),
        (lambda: PPO(recompute_advantages=1), "PPO: recompute_advantages is true or false, not 1"),
        (
            lambda: CEM(hidden_sizes=[64]),
            "CEM: hidden_sizes is a tuple of layer sizes such as (64, 64), or (), not [64]",
        ),
        (
            lambda: CEM(hidden_sizes=(1.9,)),
            "CEM: hidden_sizes is a tuple of layer sizes such as (64, 64), or (), not (1.9,)",
        ),
        (lambda: Example(0.5, rate=0), "Example: rate is a number above 0, not 0"),
        (lambda: replace(Example(), count=0), "Example: count is a whole number at least 1, not 0"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_whoever_constructs(make, told):
    with pytest.raises(UserError) as error:
        make()
    assert str(error.value) == told


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_every_algorithm_refuses_a_name_that_is_no_setting(name):
    algorithm = find(name)
    setting = next(iter(describe(algorithm))).name
    for make in (lambda: algorithm(**{setting[:-1]: 1}), lambda: replace(algorithm(), **{setting[:-1]: 1})):
        with pytest.raises(UserError) as error:
            make()
        told = f"{algorithm.__name__} has no setting '{setting[:-1]}'. Did you mean {setting}? See: rlbench show {name}"
        assert str(error.value) == told


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: TRPO(dampng=0.2), "TRPO has no setting 'dampng'. Did you mean damping? See: rlbench show trpo"),
        (lambda: Example(gama=0.2), "Example has no setting 'gama'. Did you mean gamma?"),
        (lambda: Stricter(hlf=0.2), "Stricter has no setting 'hlf'. Did you mean half?"),
        (lambda: Slotted(gama=0.2), "Slotted has no setting 'gama'. Did you mean gamma?"),
        (lambda: Slotted(0.9, 0.9), "Slotted: 2 values are given for 1 settings. Give each by its name."),
        (lambda: Slotted(0.9, gamma=0.9), "Slotted: gamma is given twice, by its place and by its name. Give it once."),
    ],
)
def test_arguments_that_no_setting_has_are_refused_in_a_line(make, told):
    with pytest.raises(UserError) as error:
        make()
    assert str(error.value) == told


def test_an_algorithm_is_copied_pickled_and_shown_as_any_dataclass():
    algorithm = TRPO(damping=0.2)
    assert copy.deepcopy(algorithm) == algorithm == pickle.loads(pickle.dumps(algorithm))
    assert replace(algorithm, gamma=0.9).damping == 0.2
    assert list(signature(TRPO).parameters) == [each.name for each in describe(TRPO)]


def test_what_makes_sense_is_kept_as_it_is():
    assert Example(gamma=1, count=np.int64(7), sizes=()) == Example(1.0, 0.1, 7, False, ())
    assert str(signature(Example)).startswith("(gamma: float = 0.99, rate: float = 0.1, count: int = 3,")


@dataclass(frozen=True)
class Stricter(Example):
    """A plug-in with a setting and a check of its own."""

    half: float = setting(0.5, "", "half")

    def __post_init__(self):
        """One setting against another."""
        if self.half > self.gamma:
            raise ValueError("half is more than gamma")


@dataclass(frozen=True, slots=True)
class Slotted:
    """Has no dictionary."""

    gamma: float = setting(0.99, "γ", "discount", low=0, high=1)


@dataclass(frozen=True)
class Plain(Example):
    """Has nothing of its own."""


@pytest.mark.parametrize("algorithm", [Stricter, Slotted, Plain])
def test_a_plug_ins_settings_are_checked_without_its_doing_anything_for_it(algorithm):
    assert algorithm(gamma=0.6).gamma == 0.6
    with pytest.raises(UserError, match=f"{algorithm.__name__}: gamma is a number at least 0 and at most 1, not 2"):
        algorithm(gamma=2)


def test_a_plug_ins_own_check_is_made_too_and_its_error_is_a_line():
    with pytest.raises(ValueError, match="half is more than gamma"):
        Stricter(gamma=0.4)
    with pytest.raises(UserError, match=r"stricter: half is more than gamma\. See: rlbench show stricter"):
        resolve(Stricter, "stricter", {"gamma": "0.4"})


@pytest.mark.parametrize("default", [None, {}, [64], (1.5,), 1j])
def test_a_default_that_no_setting_can_have_is_told_to_the_author(default):
    with pytest.raises(TypeError, match="A setting's default is a bool, int, float, str or tuple of layer sizes"):
        setting(default, "", "what")


def test_a_number_of_thousands_of_digits_is_refused_in_a_line():
    with pytest.raises(UserError, match=r"count is .* and at most 1,000,000,000, not a value too long to show"):
        resolve(Example, "example", {"count": 10**5000})


def test_a_misspelt_setting_gets_the_nearest_name():
    with pytest.raises(UserError, match=r"no setting .gama.\. Did you mean gamma\?"):
        resolve(Example, "example", {"gama": 1})


def test_a_misspelt_algorithm_gets_the_nearest_name():
    with pytest.raises(UserError, match=r"no algorithm .trop.\. Did you mean trpo\?"):
        find("trop")
