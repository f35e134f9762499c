"""Settings: parsed from text and TOML, checked, described."""

from dataclasses import dataclass

import pytest

from rlbench.algorithms import ALGORITHMS, find
from rlbench.algorithms.settings import describe, resolve, setting
from rlbench.errors import UserError


@dataclass(frozen=True)
class Example:
    gamma: float = setting(0.99, "γ", "discount", low=0, high=1)
    rate: float = setting(0.1, "", "step", above=0)
    count: int = setting(3, "n", "how many", low=1)
    flag: bool = setting(False, "", "whether")
    sizes: tuple[int, ...] = setting((64, 64), "", "layers")
    kind: str = setting("a", "", "which", choices=("a", "b"))


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
        ("flag", "maybe"), ("sizes", "64,x"), ("sizes", "64,0"), ("sizes", 64), ("kind", "c"), ("kind", 1),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_one_line_that_names_it(key, value):
    with pytest.raises(UserError) as error:
        resolve(Example, "example", {key: value})
    text = str(error.value)
    assert "\n" not in text
    assert text.startswith(f"example: {key} is ")
    assert "rlbench show example" in text


def test_a_misspelt_setting_gets_the_nearest_name():
    with pytest.raises(UserError, match=r"no setting .gama.\. Did you mean gamma\?"):
        resolve(Example, "example", {"gama": 1})


def test_a_misspelt_algorithm_gets_the_nearest_name():
    with pytest.raises(UserError, match=r"no algorithm .trop.\. Did you mean trpo\?"):
        find("trop")


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_every_setting_says_what_it_means_and_its_default_is_allowed(name):
    algorithm = find(name)
    described = list(describe(algorithm))
    assert all(each.meaning and each.allowed for each in described)
    defaults = {each.name: each.default for each in described}
    assert resolve(algorithm, name, defaults) == algorithm()
    assert algorithm.__doc__
    assert algorithm().num_envs >= 1
