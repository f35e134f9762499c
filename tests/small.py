"""Settings that make an algorithm's iterations few and short."""

from rlbench.algorithms import find
from rlbench.algorithms.settings import resolve

SMALL = {
    "a2c": {"num_envs": 16, "num_steps": 16},
    "acktr": {"num_envs": 16, "num_steps": 16, "critic_epochs": 2, "critic_minibatch_size": 64},
    "cem": {"population": 6, "elite_fraction": 0.4},
    "cma-es": {"population": 6},
    "npg": {"num_envs": 16, "num_steps": 16, "critic_epochs": 2},
    "reinforce": {"num_envs": 16, "num_steps": 16, "critic_epochs": 2},
    "trpo": {"num_envs": 16, "num_steps": 16, "critic_epochs": 2},
    "trpo-vine": {"num_envs": 4, "num_steps": 4, "states": 5, "branches": 3, "horizon": 6},
    "ppo": {"num_envs": 16, "num_steps": 16, "update_epochs": 2},
}


ENV = {"cpi": "FrozenLake-v1", "policy-iteration": "FrozenLake-v1"}
"""Where an algorithm is tried that needs tables."""


def small(name: str):
    """An algorithm with small settings."""
    return resolve(find(name), name, SMALL.get(name, {}))
