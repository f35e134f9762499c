"""Lower estimate of the machine's memory that a seed takes.

Only what grows with the settings is counted, so that a sweep is refused only if it certainly does not fit. Measured
peaks of PPO and TRPO on Hopper-v4, with layers of 2,000 units or batches of 100,000 transitions and more, were 1.0 to
1.8 times the estimate, beside the 280 MB of an empty worker.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rlbench.algorithms.contract import Size, Space

COPIES = 10
"""Copies of the parameters: themselves, their gradient, Adam's two moments, all but the gradient as they were before an
iteration, and a checkpoint while it is written."""
CANDIDATE_COPIES = 3
"""Copies of a generation's parameters while it is made: the noise, the noise times its scale, and the candidates."""
LAYER_COPIES = 2
"""Number of copies of a layer's outputs that are held for each transition."""
WORLD = 1_000
"""Bytes of a small world's state, without its observations."""


class Need(NamedTuple):
    """Memory that a seed takes."""

    bytes: int
    lower: str
    """The settings that most of it is due to."""


def machine_bytes(algorithm: Any, space: "Space", size: "Size", device: str) -> Need:
    """The memory of one seed of this algorithm on such a space. On a GPU only the host's memory is counted."""
    if device != "cpu":
        return Need(size.memory, "")
    batch = size.batch or algorithm.num_envs * _number(algorithm, "num_steps")
    worlds = algorithm.num_envs + size.branches
    population = _number(algorithm, "population")
    passes = next((name for name in ("update_epochs", "critic_epochs") if hasattr(algorithm, name)), "")
    parts = {
        ("hidden_sizes",): 4 * COPIES * size.parameters,
        ("population", "hidden_sizes"): 4 * CANDIDATE_COPIES * population * size.parameters,
        ("population", "episodes") if population else ("num_envs", "states", "branches"): worlds
        * (WORLD + 32 * space.obs_size),
        ("num_envs", "num_steps"): batch * transition_bytes(algorithm, space, LAYER_COPIES),
        (passes, "num_envs", "num_steps"): 8 * batch * _number(algorithm, passes),
        ("population", "hidden_sizes", "covariance"): size.memory,
    }
    most = max(parts, key=lambda names: parts[names])
    settings = [name for name in most if hasattr(algorithm, name)]
    return Need(sum(parts.values()), " or ".join(settings))


def _number(algorithm: Any, name: str) -> int:
    """A setting that is a whole number; 0 for any other, since a plug-in may mean something else by the name."""
    value = getattr(algorithm, name, 0)
    return value if isinstance(value, int) else 0


def transition_bytes(algorithm: Any, space: "Space", layer_copies: int) -> int:
    """Bytes of one transition of a batch: as it is recorded, normalised, and held as the outputs of each layer."""
    sizes = getattr(algorithm, "hidden_sizes", ())
    hidden = sum(sizes) if isinstance(sizes, tuple) else 0
    return 4 * (8 * space.obs_size + 4 * space.action_size + layer_copies * hidden + 24)
