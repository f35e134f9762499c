"""The algorithms, by name. Knowing the names imports neither torch nor plug-ins: `find` imports what it finds.

A reading map, for somebody with a paper at hand:

| paper | equations | file |
|---|---|---|
| Williams 1992 | REINFORCE and its baselines | `reinforce.py` |
| Mnih et al. 2016 (A3C) | the actor-critic's gradient, algorithm S3 | `a2c.py` |
| Schulman et al. 2016 (GAE) | eq. 16, and the time-limit rule | `../numerics/gae.py`; with a critic: `critic.py` |
| Kakade 2001 | theta + alpha F^-1 g | `npg.py`; F^-1 g: `natural.py` |
| Schulman et al. 2015 (TRPO) | eq. 14; eqs. 15 and 16 | `../numerics/surrogates.py` |
| | the step: appendix C | `trpo.py`, `natural.py`, `../numerics/conjugate_gradient.py`, `line_search.py` |
| | the vine, section 5.2 | `trpo_vine.py` |
| | algorithm 1, eq. 9, exactly | `policy_iteration.py`, `../numerics/tables.py` |
| Wu et al. 2017 (ACKTR) | sections 3.1 and 3.2 | `acktr.py`; K-FAC: `kfac.py`, `../numerics/kronecker.py` |
| Kakade and Langford 2002 | conservative policy iteration | `cpi.py` |
| Schulman et al. 2017 (PPO) | algorithm 1, eqs. 8 and 9 | `ppo.py`; eq. 7: `../numerics/surrogates.py` |
| de Boer et al. 2005; Hansen 2016 | elites; covariance adaptation | `cem.py`; `cma_es.py`; both: `population.py` |

An algorithm's page calls what several share: `actor_critic.py` (the common methods), `networks.py` (policy and critic),
`critic.py` (advantages, the critic's fit), `minibatches.py` and `early_stopping.py` (epochs). Terms of a loss, each a
value with its derivatives, are in `../policies/terms.py`; log pi, KL, entropy and their derivatives in
`../policies/gaussian.py` and `categorical.py`. `contract.py` is the interface to training.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module

from rlbench.algorithms.pages import module_of, read_page
from rlbench.algorithms.plugins import installed_plugins, load_plugin
from rlbench.errors import UserError, nearest

ALGORITHMS = ("a2c", "acktr", "cem", "cma-es", "cpi", "npg", "policy-iteration", "ppo", "reinforce", "trpo",
              "trpo-vine")  # fmt: skip
"""rlbench's own, each on a page of its own: `cma-es` in cma_es.py."""

BUILT_IN = frozenset(ALGORITHMS)


def names() -> tuple[str, ...]:
    """Every algorithm's, plug-ins included, in alphabetical order. No plug-in is loaded."""
    return tuple(sorted({*ALGORITHMS, *installed_plugins(BUILT_IN).points}))


def unusable() -> dict[str, str]:
    """Plug-ins that cannot be run by their very names, and why."""
    return installed_plugins(BUILT_IN).broken


def refuse_unknown(name: str, also: Iterable[str] = ()) -> None:
    """A UserError where there is no such algorithm; one of `also` may have been meant. No plug-in is loaded."""
    if name not in names():
        if name in unusable():
            raise UserError(f"{name} cannot be used. {unusable()[name]}")
        raise UserError(f"There is no algorithm '{name}'.{nearest(name, [*names(), *also])} See: rlbench list")


_lent: dict[str, type] = {}


@contextmanager
def lent(name: str, algorithm: type) -> Iterator[None]:
    """For a `with` block: `find(name)` gives this class, which need not be installed. Other processes do not see it."""
    _lent[name] = algorithm
    try:
        yield
    finally:
        del _lent[name]


def find(name: str) -> type:
    """The algorithm of that name. Of all plug-ins only the one that is asked for is loaded."""
    if name in _lent:
        return _lent[name]
    if name in BUILT_IN:
        module = import_module(f"rlbench.algorithms.{module_of(name)}")
        return getattr(module, read_page(name).settings.__name__)
    refuse_unknown(name)
    return load_plugin(installed_plugins(BUILT_IN).points[name])
