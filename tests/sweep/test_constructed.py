"""Algorithms that a program gives."""

import sys

import pytest

import rlbench
from rlbench.errors import UserError
from rlbench.sweep.constructed import Constructed, read_algorithms
from rlbench.sweep.lookup import here, look_up
from rlbench.sweep.request import RawOptions, read_request


def settings_of(given, **options):
    """By label: the algorithm, and the settings that differ from its defaults or were given by a program."""
    request = read_request(
        RawOptions(env="CartPole-v1", **options), None, source="Python", constructed=read_algorithms(given)
    )
    found = look_up(request, here).settings
    return {
        label: (each.algorithm, {key: each.settings[key] for key, source in each.sources.items() if source == "Python"})
        for label, each in found.items()
    }


def test_names_classes_and_objects():
    assert read_algorithms(None) == Constructed()
    assert read_algorithms("ppo").names == read_algorithms(rlbench.PPO).names == read_algorithms([rlbench.PPO()]).names
    assert settings_of([rlbench.TRPO(damping=0.2), "ppo"]) == {"trpo": ("trpo", {"damping": 0.2}), "ppo": ("ppo", {})}
    assert settings_of(rlbench.PPO(hidden_sizes=(8,))) == {"ppo": ("ppo", {"hidden_sizes": (8,)})}
    assert settings_of([rlbench.PPO(hidden_sizes=())], settings={"gamma": 0.9}) == {
        "ppo": ("ppo", {"hidden_sizes": (), "gamma": 0.9})
    }


def test_objects_of_one_algorithm_are_called_by_what_they_differ_in():
    given = [rlbench.TRPO(damping=0.1, gamma=0.9), rlbench.TRPO(damping=0.2, gamma=0.9)]
    assert settings_of(given) == {
        "trpo-damping=0.1": ("trpo", {"damping": 0.1, "gamma": 0.9}),
        "trpo-damping=0.2": ("trpo", {"damping": 0.2, "gamma": 0.9}),
    }


def test_a_mapping_gives_names_and_no_object_has_the_settings_of_another():
    given = {"strong": rlbench.TRPO(damping=0.2), "trpo": rlbench.TRPO(gamma=0.9), "plain": "ppo"}
    assert settings_of(given) == {
        "strong": ("trpo", {"damping": 0.2, "gamma": rlbench.TRPO().gamma}),
        "trpo": ("trpo", {"damping": rlbench.TRPO().damping, "gamma": 0.9}),
        "plain": ("ppo", {}),
    }


class Stranger:
    """No algorithm."""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3, r'An algorithm is a name or an object, as in \["ppo", rlbench.TRPO\(\)\], not 3'),
        ([Stranger()], "An algorithm is a name or an object"),
        (Constructed(), "Constructed of rlbench.sweep.constructed is no algorithm that worker processes can find"),
        ({"No Name": "ppo"}, "a name is lower-case letters"),
    ],
)
def test_other_things_are_refused(given, told):
    with pytest.raises(UserError, match=told):
        read_algorithms(given)


def test_the_names_of_the_face_are_the_algorithms():
    from rlbench.algorithms import ALGORITHMS

    classes = [getattr(rlbench, name) for name in rlbench.__all__]
    kinds = [each for each in classes if isinstance(each, type) and each.__module__.startswith("rlbench.algorithms.")]
    assert sorted(read_algorithms(kinds).names) == sorted(ALGORITHMS)
    assert sys.modules["rlbench"].TRPO is rlbench.TRPO
