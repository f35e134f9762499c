"""Export of a trained policy: made, compared with the original, and only then written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gymnasium.spaces import Box

from rlbench.errors import Fault, UserError
from rlbench.files import replace_file
from rlbench.policies.plain import PlainPolicy
from rlbench.trained.find import load_one_policy
from rlbench.trained.interface import Interface
from rlbench.trained.policy import Policy

TOLERANCE = 1e-5
"""Largest difference of an action from the original's, relative to its size where that is above 1."""
FORMATS = (".npz", ".onnx")
WIDTHS = (1.0, 5.0, 30.0)
"""Standard deviations of the observations that are compared, in units of what the policy has seen. The largest reaches
beyond where normalised observations are clipped."""
EACH = 200
"""Observations of each width."""


@dataclass(frozen=True)
class Export:
    """A file that was written."""

    path: Path
    policy: Policy
    difference: float
    """Largest difference of an action from the original's, as in TOLERANCE."""
    compared: int
    """Number of observations for which actions were compared."""
    usage: str
    """A few lines of Python that read the file and define `act(obs)`."""


def export(run: str | Path, out: str | Path, *, env: str | None = None) -> Export:
    """Write a trained policy as `.npz`, for NumPy, or as `.onnx`, for ONNX runtimes; the name of `out` says which.

    The file holds all that maps a raw observation to the most likely action: observation normaliser, network, clipping.
    It is compared with the original before it is written. `run` is the folder of a run; `env` names a module's
    environment, which allows to import it. Raises UserError, with one line that says what to do.
    """
    path = Path(out)
    if path.suffix not in FORMATS:
        raise UserError(f"{path} is neither .npz nor .onnx: the name says the format, as in -o policy.npz")
    policy = load_one_policy(run, env)
    plain, interface = policy.plain(), policy.interface
    if path.suffix == ".npz":
        from rlbench.trained.exports import as_npz as form
    else:
        from rlbench.trained.exports import as_onnx as form  # type: ignore[no-redef]
    content = form.content(plain, interface, _about(policy))
    difference, compared = _compare(policy, plain, form.reader(content, interface))
    try:
        replace_file(path, content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}. Choose another file with -o") from error
    return Export(path, policy, difference, compared, form.usage(plain, interface, path.name))


def _about(policy: Policy) -> dict[str, str]:
    """Where the policy came from, as texts."""
    versions = policy.provenance["versions"]
    about = {name: getattr(policy, name) for name in ("env", "algorithm", "seed", "env_steps")}
    return {name: str(value) for name, value in {**about, "rlbench": versions.get("rlbench")}.items()}


def _compare(policy: Policy, plain: PlainPolicy, exported: Callable[[np.ndarray], np.ndarray]) -> tuple[float, int]:
    """The largest difference, and the number of observations; a Fault if it is too large."""
    obs = _observations(plain, policy.interface)
    wanted, found = np.asarray(policy.act(obs)), np.asarray(exported(obs))
    if isinstance(policy.action_space, Box):
        differences = np.abs(wanted - found) / np.maximum(1.0, np.abs(wanted))
    else:
        differences = _lost_logits(plain, policy.interface, obs, wanted, found)
    largest = float(differences.max())
    if wanted.shape != found.shape or not largest <= TOLERANCE:
        raise Fault(
            f"The exported policy of {policy.folder} is not the original: an action differs by {largest:g}. Nothing "
            "was written. Its algorithm's Actor.plain does not say what its act does"
        )
    return largest, len(obs)


def _observations(plain: PlainPolicy, interface: Interface) -> np.ndarray:
    """Random observations around those that the policy has seen; all states where an observation is one of some."""
    if interface.states is not None:
        return np.arange(interface.states.n) + interface.states.start
    rng, std = np.random.default_rng(0), 1 / plain.scale.astype(np.float64)
    rows = [-plain.shift * std + width * std * rng.standard_normal((EACH, len(std))) for width in WIDTHS]
    return np.concatenate(rows)


def _lost_logits(
    plain: PlainPolicy, interface: Interface, obs: np.ndarray, wanted: np.ndarray, found: np.ndarray
) -> np.ndarray:
    """How far the logits of the found choices are below those of the wanted ones: ties may fall either way."""
    numbers, _ = interface.encode(obs)
    logits = plain.output(numbers)
    rows, first = np.arange(len(obs)), int(interface.actions.start)  # type: ignore[union-attr]
    best = logits[rows, wanted - first]
    return np.abs(best - logits[rows, found - first]) / np.maximum(1.0, np.abs(best))
