"""Evaluation of trained policies: as many episodes as one likes, from start states that everybody can repeat."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rlbench.errors import UserError
from rlbench.files import replace_file
from rlbench.layout import EVALUATION_FILE
from rlbench.trained.episodes import Episodes, play
from rlbench.trained.find import Skipped, load_policies
from rlbench.trained.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

AT_A_TIME = 100
"""Episodes that are played together: each has a world of its own."""
COLUMNS = ("env_steps", "action", "reset_seed", "return", "length", "terminated")
LARGEST_SEED = 2**31
"""Above the seeds of resets: Gymnasium's environments take more, but checkpoints store them in fewer bits."""


@dataclass(frozen=True)
class Evaluation:
    """Episodes of one trained policy."""

    policy: Policy
    mean: Episodes
    """By the most likely actions."""
    sampled: Episodes | None
    """By sampled actions; None if the policy acts without chance."""

    def __str__(self) -> str:
        sampled = f", {say_returns(self.sampled)} by sampled actions" if self.sampled else ""
        who = f"{self.policy.env} {self.policy.algorithm} seed {self.policy.seed}"
        return f"{who}: {say_returns(self.mean)} by the mean action{sampled}"

    def rows(self) -> Iterator[tuple]:
        """A row for each episode: COLUMNS."""
        for action, played in (("mean", self.mean), ("sampled", self.sampled)):
            if played is not None:
                columns = (each.tolist() for each in (played.returns, played.lengths, played.terminated))
                for seed, *values in zip(played.reset_seeds, *columns, strict=True):
                    yield (self.policy.env_steps, action, seed, *values)

    def frame(self) -> "pd.DataFrame":
        """A pandas frame with a row for each episode."""
        import pandas as pd

        about = (self.policy.env, self.policy.algorithm, self.policy.seed)
        return pd.DataFrame([(*about, *row) for row in self.rows()], columns=["env", "algorithm", "seed", *COLUMNS])

    def write(self) -> Path:
        """Write the episodes into the run's folder, as evaluation.csv; one from earlier is replaced."""
        lines = [",".join(COLUMNS)]
        for steps, action, seed, total, length, terminated in self.rows():
            lines.append(f"{steps},{action},{seed},{total!r},{length},{int(terminated)}")
        path = self.policy.folder / EVALUATION_FILE
        replace_file(path, "".join(f"{line}\n" for line in lines).encode())
        return path


def evaluate(
    runs: str | Path | Sequence[str | Path],
    *,
    episodes: int = 100,
    first_seed: int = 0,
    env: str | None = None,
    write: bool = False,
    on_event: Callable[[Evaluation | Skipped], object] = lambda _: None,
) -> list[Evaluation]:
    """Play episodes of trained policies by the mean action, and as many by sampled actions.

    `runs` are folders of runs, or folders above them. Episode k begins with `reset(seed=first_seed + k)` of Gymnasium's
    environment, and does not depend on how many episodes there are. `env` names a module's environment, which allows to
    import it. `write` adds the episodes to each run's folder, as evaluation.csv. `on_event` is called with each
    evaluation as it is done, and with each run that has no policy. A UserError if none has one.
    """
    seeds = _reset_seeds(episodes, first_seed)
    given = [runs] if isinstance(runs, str | Path) else list(runs)
    done = []
    for loaded in load_policies(given, env, on_event):
        sampled = _played(loaded, seeds, deterministic=False) if loaded.has_chance else None
        done.append(Evaluation(loaded, _played(loaded, seeds, deterministic=True), sampled))
        if write:
            done[-1].write()
        on_event(done[-1])
    return done


def say_returns(played: Episodes) -> str:
    """Mean and standard deviation of the returns, rounded."""
    return f"{played.returns.mean():.1f} ± {played.returns.std():.1f}"


def _reset_seeds(episodes: int, first_seed: int) -> range:
    if episodes < 1:
        raise UserError(f"An evaluation has 1 episode at least, not {episodes}: --episodes 100")
    if first_seed < 0 or first_seed + episodes > LARGEST_SEED:
        raise UserError(f"The seeds of resets are from 0 to {LARGEST_SEED - 1:,}, not {first_seed} and the following")
    return range(first_seed, first_seed + episodes)


def _played(loaded: Policy, seeds: range, deterministic: bool) -> Episodes:
    """The episodes, some at a time."""
    import numpy as np

    parts = [play(loaded, seeds[at : at + AT_A_TIME], deterministic) for at in range(0, len(seeds), AT_A_TIME)]
    columns = zip(*(part[1:] for part in parts), strict=True)
    return Episodes(tuple(seeds), *(np.concatenate(column) for column in columns))
