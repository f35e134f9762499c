"""Runs of a few hundred transitions, for tests of what is done with trained policies."""

from dataclasses import asdict

from rlbench.algorithms import find
from rlbench.algorithms.settings import resolve
from rlbench.training.job import Job
from rlbench.training.run import run_job

SMALL = {
    "trpo": {"num_envs": 2, "num_steps": 64, "critic_epochs": 1},
    "ppo": {"num_envs": 2, "num_steps": 64, "update_epochs": 1},
    "cem": {"population": 4, "elite_fraction": 0.5},
}


def train(algorithm, env, out, seeds=(3,), **settings):
    """The folder of the first seed of a short run."""
    resolved = asdict(resolve(find(algorithm), algorithm, {**SMALL.get(algorithm, {}), **settings}))
    job = Job(algorithm, env, seeds, 512, resolved, 0, out)
    run_job(job, lambda _: None)
    return job.folder(seeds[0])
