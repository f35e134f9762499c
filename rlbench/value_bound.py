"""Whether what a critic says can be true. Training warns while it runs, and `rlbench check` afterwards."""

VALUE_COLUMNS = ("value_mean", "value_unit", "value_bound")
"""Columns of progress.csv: mean V, its unit, and what no true V exceeds in size, all in units of reward."""


def is_impossible(mean: float, unit: float, bound: float) -> bool:
    """Whether mean V is so far beyond the bound that no honest error explains it; False where a number is missing.

    V is an estimate. Where the true V is at the bound, as where every step has the same reward, half of all estimates
    are beyond it; and a critic that has learnt nothing yet says about a unit, whatever the bound is, even before the
    first reward. A critic whose values grow by themselves passes any limit.
    """
    return abs(mean) > 2 * bound + 2 * unit


def say_impossible(mean: float, bound: float, env_steps: int) -> str:
    """The warning, to come after what names the run."""
    return (
        f"the critic's mean value is {mean:,.4g} at {env_steps:,} steps, and rewards and discount allow no more than "
        f"{bound:,.4g} in size: do not trust what was learnt with it"
    )
