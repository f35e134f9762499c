"""What common random numbers do for the vine: the variance of Q differences with them and without.

    python benchmarks/vine_variance.py
    python benchmarks/vine_variance.py --run results/Hopper-v4/trpo-vine/seed-0

In each of many states that a policy comes through, two actions are drawn and kept. Both are then followed, by the same
policy, through many repeats of the noise that comes after them: once with one noise for the two of a repeat, and once
with a noise for each. The variance over repeats of Q_1 - Q_2 is what noise alone does to a comparison of two actions;
its mean over the states is printed for both, with their ratio and, over the states, the quartiles of the ratio.
The policy is a fresh one, or that of a run's checkpoint.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from rlbench import envs
from rlbench.algorithms import find
from rlbench.algorithms.contract import Actor
from rlbench.algorithms.settings import resolve
from rlbench.algorithms.trpo_vine import TRPOVine
from rlbench.envs.env import Env
from rlbench.lessons.policies import ENDLESS
from rlbench.lessons.vine import difference_variances, differences
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.checkpoint import load_checkpoint
from rlbench.training.sampler import EnvSampler, space_of

WORLDS, TRUNK_STEPS = 16, 64


def worlds_of(env_id: str, number: int) -> Env:
    """Worlds of one seed."""
    return envs.make(env_id, (0,), number, lambda seed, block: stream(seed, Purpose.START_STATES, block))


def policy_of(run: Path | None, env_id: str) -> tuple[str, Actor]:
    """A fresh policy, or the one that a run had come to; and its environment."""
    if run is None:
        vine, space = TRPOVine(), space_of(worlds_of(env_id, 1))
        return env_id, vine.actor(vine.initial(space, (0,)), space)
    told = json.loads((run / "run.json").read_text())
    algorithm = resolve(find(told["algorithm"]), told["algorithm"], told["settings"])
    state = load_checkpoint(run / "checkpoint.pt")["algorithm"]
    return told["env"], algorithm.actor(state, space_of(worlds_of(told["env"], 1)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="Hopper-v4")
    parser.add_argument("--run", type=Path, help="folder of one seed, with its checkpoint.pt")
    parser.add_argument("--states", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=32)
    parser.add_argument("--horizons", default="1,5,10,20,50,100,200", help="lengths of a branch, separated by commas")
    parser.add_argument("--gamma", type=float, default=0.99)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    horizons = [int(each) for each in chosen.horizons.split(",")]

    env_id, actor = policy_of(chosen.run, chosen.env)
    sampler = EnvSampler(worlds_of(env_id, WORLDS), ENDLESS, lambda number: worlds_of(env_id, number))
    batch = sampler.rollout(actor, TRUNK_STEPS, keep=chosen.states)
    seen = batch.obs.flatten(1, 2)[:, batch.branch_index[0]]
    noise = sampler.draw(actor.noise, chosen.states, 2)
    pairs = actor.act(seen.repeat_interleave(2, 1), noise.flatten(1, 2)).unflatten(1, (chosen.states, 2))
    rewards = {
        common: differences(sampler, actor, pairs, chosen.repeats, max(horizons), common) for common in (True, False)
    }
    print(f"{env_id}, {chosen.run or 'a fresh policy'}: {chosen.states} states, {chosen.repeats} repeats, two actions")
    print(f"{'horizon':>8}{'common':>12}{'separate':>12}{'ratio':>8}    quartiles over states")
    for horizon in horizons:
        variances = {}
        for common, all_rewards in rewards.items():
            variances[common] = difference_variances(all_rewards, chosen.gamma, horizon)[0]
        each = (variances[True] / variances[False]).nan_to_num(1.0)
        low, middle, high = np.quantile(each.numpy(), (0.25, 0.5, 0.75))
        means = variances[True].mean().item(), variances[False].mean().item()
        ratio = means[0] / means[1] if means[1] else float("nan")
        print(f"{horizon:>8}{means[0]:>12.4g}{means[1]:>12.4g}{ratio:>8.3f}    {low:.3f} {middle:.3f} {high:.3f}")


if __name__ == "__main__":
    main()
