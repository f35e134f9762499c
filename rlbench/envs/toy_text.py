"""Transition tables of Gymnasium's toy-text environments."""

import gymnasium
import torch

from rlbench.numerics.tables import Tables


def read_tables(world: gymnasium.Env) -> Tables | None:
    """The tables of an environment that they describe completely, except for its time limit; None for any other."""
    inner = world.unwrapped
    rows, start = getattr(inner, "P", None), getattr(inner, "initial_state_distrib", None)
    if not isinstance(rows, dict) or start is None or getattr(inner, "fickle_passenger", False):
        return None
    states, actions = len(rows), len(rows[0])
    transitions = torch.zeros(states, actions, states, dtype=torch.float64)
    rewards = torch.zeros(states, actions, dtype=torch.float64)
    for state, choices in rows.items():
        for action, outcomes in choices.items():
            for probability, following, reward, terminated in outcomes:
                rewards[state, action] += probability * reward
                if not terminated:
                    transitions[state, action, following] += probability
    return Tables(transitions, rewards, torch.as_tensor(start, dtype=torch.float64))
