"""`rlbench list --suites` and `rlbench show SUITE`: what suites are, and what they cost on this machine."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rlbench.errors import Fault, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from rlbench.sweep.cost import Cost, Pace
    from rlbench.sweep.request import Request
    from rlbench.sweep.suite import Suite

HOW = (
    "Costs are estimates: each algorithm and each task was timed just now for a moment, and evaluations count as if "
    "every episode were as long as it can be. On a machine that does other work it takes longer."
)


def list_suites() -> None:
    """Print rlbench's own suites, each with its cost."""
    from rlbench.sweep.suite import suite_names

    show_suites(suite_names())
    print("\nOne suite whole: rlbench show NAME. Run it: rlbench run --suite NAME. Your own: docs/suites.md")


def show_suites(names: Sequence[str]) -> None:
    """Print suites, each with its cost."""
    from rich.console import Console

    say, warn = Console(highlight=False), Console(stderr=True)
    for place, name in enumerate(names):
        say_suite(name, say, warn, blank=place > 0)
    say.print(f"\n{HOW}", style="dim", markup=False)


def say_suite(name: str, say: "Console", warn: "Console", blank: bool = False) -> None:
    """Print what a suite trains, and what it and its smaller budget cost."""
    from rich.text import Text

    from rlbench.sweep.suite import read_suite

    suite = read_suite(name)
    requests = {"whole": request_of(suite)}
    if suite.has_quick:
        requests["--quick"] = request_of(read_suite(name, quick=True))
    with warn.status(f"Timing the algorithms of {suite.name}"):
        costs = costs_of(requests)
    if blank:
        say.print()
    say.print(Text.assemble((suite.name, "bold"), "  ", suite.file.title))
    if suite.about:
        say.print(Text(suite.about))
    for what, names in (("tasks", suite.file.envs), ("algorithms", suite.file.algorithms)):
        say.print(Text(f"  {what}: {', '.join(titled(each, suite) for each in names)}"), soft_wrap=not say.is_terminal)
    for kind, request in requests.items():
        say.print(Text(f"  {kind}: {describe(request, costs[kind])}"), soft_wrap=not say.is_terminal)
    sys.stdout.flush()


def request_of(suite: "Suite") -> "Request":
    """What a suite asks for when nothing else is said."""
    from rlbench.sweep.names import refuse_wrong_names
    from rlbench.sweep.raw_options import RawOptions
    from rlbench.sweep.request import read_request

    request = read_request(RawOptions(device="cpu"), None, suite=suite)
    refuse_wrong_names(request)
    return request


def costs_of(requests: "dict[str, Request]") -> "dict[str, Cost | str]":
    """The cost of each request, or why it cannot be estimated."""
    from rlbench.sweep.cost import estimate_cost
    from rlbench.sweep.launchers.workers import Workers

    found: dict[str, Cost | str] = {}
    timed: dict[tuple[str, str], Pace] = {}
    with Workers(1) as pool:
        for kind, request in requests.items():
            try:
                found[kind] = estimate_cost(request, pool, timed)
            except (UserError, Fault) as error:
                found[kind] = str(error)
    return found


def titled(name: str, suite: "Suite") -> str:
    """A name, and its title behind it where that says more."""
    title = suite.file.titles.get(name, name)
    return name if title.lower() == name.lower() else f"{name} ({title})"


def describe(request: "Request", cost: "Cost | str") -> str:
    """Seeds, budget and cost of a request, in a line."""
    from rlbench.sweep.words import say_range, say_seeds

    budgets = say_range(request.steps_on(env) for env in request.envs)
    seeds = f"seeds {say_seeds(request.seeds)}, {budgets} transitions each"
    if isinstance(cost, str):
        return f"{seeds}; its cost cannot be told: {cost}"
    cores = f"{cost.cores} {'core' if cost.cores == 1 else 'cores'}"
    work = f"{cost.runs} runs of {cost.transitions:,} transitions in all"
    return (
        f"{seeds}; {work}; {say_long(cost.core_seconds)} of one core, about {say_long(cost.seconds)} on this machine's "
        f"{cores}"
    )


def say_long(seconds: float) -> str:
    """`45 s`, `12 min` or `8.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
