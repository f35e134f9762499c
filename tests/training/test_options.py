"""Every way an algorithm can go keeps the promises of its default way: seeds apart, and a kill that leaves no trace."""

import pytest

from rlbench.checkpoint_file import load_checkpoint
from rlbench.training import run as run_module
from rlbench.training.job import Progress
from rlbench.training.run import run_job
from rlbench.training.trees import leaves

WAYS = [
    ("a2c", {"shared": True, "optimizer": "adam", "estimator": "n-step"}),
    ("acktr", {"inverse_period": 2, "momentum": 0.0, "entropy_coef": 0.01, "trust_region": "factored"}),
    ("cem", {"hidden_sizes": (8,), "episodes": 2, "population": 3}),
    ("cma-es", {"covariance": "separable"}),
    ("trpo-vine", {"bootstrap": True, "common_random_numbers": False}),
    ("npg", {"step": "fixed"}),
    ("ppo", {"objective": "kl-penalty", "learning_rate": 1e-3}),
    ("ppo", {"clip_value": 0.1, "recompute_advantages": False, "schedule": "constant", "entropy_coef": 0.01}),
    ("trpo", {"kl": "max", "fisher": "empirical", "fisher_fraction": 0.1}),
    ("trpo", {"estimator": "monte-carlo", "constraint": "penalty"}),
]


class Killed(Exception):
    """Stands for a kill: nothing more is written."""


def contents(job, seed):
    """A seed's rows and state."""
    folder = job.folder(seed)
    state = load_checkpoint(folder / "checkpoint.pt")["algorithm"]
    return (folder / "progress.csv").read_bytes(), [leaf.tolist() for leaf in leaves(state)]


@pytest.mark.parametrize(("algorithm", "settings"), WAYS, ids=str)
def test_alone_or_in_company_killed_or_not_a_seed_is_the_same_bytes(
    small_job, stated_generations, tmp_path, monkeypatch, algorithm, settings
):
    monkeypatch.setattr(run_module, "ROW_TRANSITIONS", 1)
    short = {"steps": 768, "eval_every": 0}
    if algorithm in ("cem", "cma-es"):
        short["env"] = stated_generations(lambda *_: 20)
    together = small_job(algorithm, seeds=(0, 2), out=tmp_path / "together", **short, **settings)
    run_job(together, lambda _: None)
    alone = small_job(algorithm, seeds=(2,), out=tmp_path / "alone", **short, **settings)
    monkeypatch.setattr(run_module, "CHECKPOINT_SECONDS", 0.0)

    written = []

    def kill(event):
        written.append(isinstance(event, Progress))
        if sum(written) == 2:
            raise Killed

    with pytest.raises(Killed):
        run_job(alone, kill)
    run_job(alone, lambda _: None)
    assert contents(alone, 2) == contents(together, 2)
