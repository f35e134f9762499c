"""A policy out of the folder of its run, ready to act on observations as the environment gives them."""

import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch

from rlbench.algorithms import find
from rlbench.algorithms.checks import is_own
from rlbench.algorithms.contract import Actor, State
from rlbench.algorithms.settings import resolve
from rlbench.checkpoint_file import COUNT, TREE, load_checkpoint, refuse_misfit, refuse_other_shapes
from rlbench.errors import UserError
from rlbench.layout import CHECKPOINT_FILE, IMPORTED
from rlbench.policies.plain import PlainPolicy
from rlbench.run_file import is_imported, label_of, read_run_file, say
from rlbench.trained.interface import Interface, interface_of

NEEDED = {"env_steps": COUNT, "algorithm": TREE}
"""The fields of a checkpoint that hold a policy: a check and a description of each."""


class Policy:
    """What one seed has learnt, its observation normaliser and the clipping of actions included."""

    def __init__(
        self,
        folder: Path,
        about: dict[str, Any],
        env_steps: int,
        interface: Interface,
        actor_of: Callable[[int], Actor],
    ) -> None:
        """`actor_of(count)` gives an actor of `count` seeds that are all this one."""
        self.folder = folder
        self.env: str = about["env"]
        self.algorithm: str = label_of(about)
        self.seed: int = about["seed"]
        self.env_steps = env_steps
        """Transitions it was trained with."""
        self.provenance = about
        """What it was trained with: the content of run.json, such as `provenance["settings"]` and `["versions"]`."""
        self.interface, self._actor, self._actor_of = interface, actor_of(1), actor_of
        self._rng = np.random.default_rng(self.seed)
        self._noise_size = self.noise(np.random.default_rng(0), 1).shape[-1]

    def __repr__(self) -> str:
        return f"<policy of {self.algorithm} on {self.env}, seed {self.seed}, after {self.env_steps:,} transitions>"

    @property
    def observation_space(self) -> gymnasium.Space:
        """The observations that `act` takes."""
        return self.interface.observations

    @property
    def action_space(self) -> gymnasium.Space:
        """The actions that `act` gives."""
        return self.interface.actions

    @property
    def has_chance(self) -> bool:
        """Whether sampled actions differ from the most likely ones."""
        return self._noise_size > 0

    def act(self, obs: Any, deterministic: bool = True, rng: np.random.Generator | None = None) -> Any:
        """The action for one observation, or an array of actions for an array `[N, ...]` of observations.

        Observations are raw, as the environment gives them; actions are such as its `step` takes. By default the action
        is the most likely one; otherwise it is sampled with `rng`, or with a generator of the policy's own, new
        each time the policy is loaded. A UserError for an observation of another shape.
        """
        numbers, one = self.interface.encode(obs)
        noise = np.zeros((len(numbers), self._noise_size), np.float32)
        if not deterministic:
            noise = self._actor.noise(rng or self._rng, len(numbers))
        with torch.no_grad():
            acted = self._actor.act(torch.from_numpy(numbers).float()[None], torch.from_numpy(noise)[None])
        return self.interface.decode(acted[0].numpy(), one)

    def noise(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """The random numbers of `count` sampled actions, `[count, K]`; zeros are the most likely action's."""
        return self._actor.noise(rng, count)

    def act_in_parallel(self, obs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Numbers `[N, A]` for observations `[N, O]` and noise `[N, K]`, before clipping.

        Each row has the bits that `act` gives for it alone: a matrix product of many rows may round differently, so
        every row is a seed of its own.
        """
        with torch.no_grad():
            return self._actor_of(len(obs)).act(obs.float()[:, None], noise[:, None])[:, 0]

    def plain(self) -> PlainPolicy:
        """The policy as plain arrays; a UserError if its algorithm has no such form."""
        if self._actor.plain is None:
            raise UserError(
                f"{self.algorithm} does not say its policy as plain arrays: Actor.plain, see docs/plugins.md. "
                "rlbench.policy(...).act needs no export"
            )
        return self._actor.plain()


def policy(folder: str | Path, env: str | None = None) -> Policy:
    """The policy of a run, out of its folder alone: `rlbench.policy("results/Hopper-v4/trpo/seed-3")`.

    The folder may come from elsewhere: its files are read as data, and nothing in them is executed. Where the
    environment is a module's (`module:Id-v0`), that module is imported only if the program has imported it already, or
    names the environment by `env`. Raises UserError, with one line that says what to do.
    """
    folder = Path(folder)
    about = read_run_file(folder)
    if about is None:
        raise UserError(
            f"{folder} holds no run: there is no run.json in it. A run's folder is called seed-0 or the like."
        )
    path = _checkpoint_path(folder, about)
    _refuse_import(folder, about["env"], env)
    checkpoint = load_checkpoint(path)
    refuse_misfit(path, checkpoint, NEEDED)
    algorithm = resolve(find(about["algorithm"]), about["algorithm"], about["settings"])
    interface = interface_of(about["env"])
    if is_own(algorithm):  # the state of somebody else's algorithm may have other tensors later than at first
        fresh = algorithm.initial(interface.space, (about["seed"],))
        refuse_other_shapes(path, checkpoint["algorithm"], fresh, "algorithm")

    @lru_cache(maxsize=2)  # of one world, and of as many as were asked for last
    def actor_of(count: int) -> Actor:
        return algorithm.actor(_repeated(checkpoint["algorithm"], count), interface.space)

    return Policy(folder, about, checkpoint["env_steps"], interface, actor_of)


def _repeated(state: State, count: int) -> State:
    """The state of one seed as that of `count` equal ones, in the same memory."""
    return {
        name: _repeated(part, count) if isinstance(part, dict) else part.expand(count, *part.shape[1:])
        for name, part in state.items()
    }


def _checkpoint_path(folder: Path, about: dict[str, Any]) -> Path:
    """The file that holds the policy; a UserError if there is none."""
    if is_imported(about):
        raise UserError(f"{folder} holds results imported from {say(about[IMPORTED].get('tool'))}: numbers, no policy.")
    path = folder / CHECKPOINT_FILE
    if not path.exists():
        if about["status"] == "running":
            raise UserError(f"{folder} has no {CHECKPOINT_FILE} yet: its run has written none. Wait half a minute.")
        raise UserError(
            f"{folder} has no {CHECKPOINT_FILE}, which holds the policy.",
            "Copy it from where the run was made.",
        )
    return path


def _refuse_import(folder: Path, made_for: str, env: str | None) -> None:
    """A UserError where a module that only run.json names would have to be imported."""
    module = made_for.rpartition(":")[0]
    if env is not None and env != made_for:
        raise UserError(f"{folder} is a run on {made_for}, not on {env}.")
    if module and env is None and module not in sys.modules:
        raise UserError(
            f"{folder} is a run on {made_for}, and making that environment runs the code of module {module}.",
            f"If you trust it, name it: env={made_for!r}, or --env on the command line",
        )
