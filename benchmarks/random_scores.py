"""The return of uniformly random actions on every MuJoCo task, which normalised scores take as zero.

    python benchmarks/random_scores.py --episodes 100

Prints the `random` of rlbench/analysis/published/scales.toml for the tasks whose random score is our own. They were
measured once and stay as they are, so that normalised scores never change.
"""

import argparse
from collections.abc import Sequence

import gymnasium
import numpy as np

from rlbench.envs import list_tasks


def random_returns(task: str, episodes: int) -> list[float]:
    """The returns of so many episodes, seeds 0 and on."""
    env = gymnasium.make(task)
    env.action_space.seed(0)
    returns = []
    for episode in range(episodes):
        env.reset(seed=episode)
        total, over = 0.0, False
        while not over:
            _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            total, over = total + float(reward), terminated or truncated
        returns.append(total)
    env.close()
    return returns


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each task."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=100)
    asked = parser.parse_args(arguments)
    for task in list_tasks():
        returns = random_returns(task, asked.episodes)
        error = np.std(returns, ddof=1) / np.sqrt(len(returns))
        print(f"{task}: random = {np.mean(returns):.4g}  # standard error {error:.2g}", flush=True)


if __name__ == "__main__":
    main()
