"""What was looked at on this machine, and what came of it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Outcome = Literal["pass", "warn", "fail"]
"""fail: rlbench cannot train or write results here. warn: something is slower than it could be, or a part is
missing."""

STATUSES: dict[Outcome, int] = {"pass": 0, "warn": 3, "fail": 1}
"""The exit status for the worst outcome. 2 is taken: it is that of wrong options."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    outcome: Outcome
    found: str
    """What was found, in one line."""
    hint: str = ""
    """What mends it, in one line; empty where nothing needs to be mended."""


@dataclass(frozen=True)
class Health:
    """All that was looked at on this machine."""

    checks: tuple[Check, ...]

    @property
    def worst(self) -> Outcome:
        """The worst outcome of any check."""
        outcomes = {check.outcome for check in self.checks}
        return "fail" if "fail" in outcomes else "warn" if "warn" in outcomes else "pass"

    @property
    def status(self) -> int:
        """The exit status of `rlbench doctor`: 0 all passed, 3 the worst is a warning, 1 something failed."""
        return STATUSES[self.worst]

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"worst": self.worst, "checks": [asdict(check) for check in self.checks]}
