"""The command line, called as a person calls it."""

import sys
from dataclasses import dataclass

import pytest

from rlbench.cli import main


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


@pytest.fixture
def cli(capsys, monkeypatch):
    """Runs `rlbench ...` in this process."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["rlbench", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        return Outcome(left.value.code, captured.out, captured.err)

    return call
