"""The algorithms, by name."""

from rlbench.algorithms.a2c import A2C
from rlbench.algorithms.cem import CEM
from rlbench.algorithms.cma_es import CMAES
from rlbench.algorithms.cpi import CPI
from rlbench.algorithms.npg import NPG
from rlbench.algorithms.plugins import installed_plugins, load_plugin
from rlbench.algorithms.policy_iteration import PolicyIteration
from rlbench.algorithms.ppo import PPO
from rlbench.algorithms.reinforce import REINFORCE
from rlbench.algorithms.trpo import TRPO
from rlbench.algorithms.trpo_vine import TRPOVine
from rlbench.errors import UserError, nearest

ALGORITHMS: dict[str, type] = {
    "a2c": A2C,
    "cem": CEM,
    "cma-es": CMAES,
    "cpi": CPI,
    "npg": NPG,
    "policy-iteration": PolicyIteration,
    "ppo": PPO,
    "reinforce": REINFORCE,
    "trpo": TRPO,
    "trpo-vine": TRPOVine,
}

BUILT_IN = frozenset(ALGORITHMS)


def names() -> tuple[str, ...]:
    """Every algorithm's, plug-ins included, in alphabetical order. No plug-in is loaded."""
    return tuple(sorted({*ALGORITHMS, *installed_plugins(BUILT_IN).points}))


def unusable() -> dict[str, str]:
    """Plug-ins that cannot be run by their very names, and why."""
    return installed_plugins(BUILT_IN).broken


def refuse_unknown(name: str) -> None:
    """A UserError where there is no such algorithm. No plug-in is loaded."""
    if name not in names():
        if name in unusable():
            raise UserError(f"{name} cannot be used. {unusable()[name]}")
        raise UserError(f"There is no algorithm '{name}'.{nearest(name, names())} See: rlbench list")


def find(name: str) -> type:
    """The algorithm of that name. Of all plug-ins only the one that is asked for is loaded."""
    if name in ALGORITHMS:
        return ALGORITHMS[name]
    refuse_unknown(name)
    return load_plugin(installed_plugins(BUILT_IN).points[name])
