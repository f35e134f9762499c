"""The algorithms, by name."""

from rlbench.algorithms.a2c import A2C
from rlbench.algorithms.cem import CEM
from rlbench.algorithms.cma_es import CMAES
from rlbench.algorithms.cpi import CPI
from rlbench.algorithms.npg import NPG
from rlbench.algorithms.plugins import installed_plugins
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


def algorithms() -> dict[str, type]:
    """Every algorithm that can be run, plug-ins included, in alphabetical order."""
    return dict(sorted((ALGORITHMS | installed_plugins(BUILT_IN).usable).items()))


def unusable() -> dict[str, str]:
    """Plug-ins that cannot be run, and why."""
    return installed_plugins(BUILT_IN).broken


def find(name: str) -> type:
    """The algorithm of that name."""
    known = algorithms()
    if name not in known:
        if name in unusable():
            raise UserError(f"{name} cannot be used. {unusable()[name]}")
        raise UserError(f"There is no algorithm '{name}'.{nearest(name, known)} See: rlbench list")
    return known[name]
