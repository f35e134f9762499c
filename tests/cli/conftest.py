"""The command line, called as a person calls it."""

import sys
from dataclasses import dataclass

import pytest
from copied_workers import start_copied_worker

from rlbench.cli import main
from rlbench.sweep.launchers import workers


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


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path for plug-ins and environments, from which workers are forked, which takes no time.

    What this process has imported they have, so it must import none of that folder's modules: the test fails if it has.
    """
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(workers, "start_process", start_copied_worker)
    monkeypatch.chdir(tmp_path)
    yield folder
    imported = [name for name, module in sys.modules.items() if str(folder) in str(getattr(module, "__file__", ""))]
    assert not imported, imported
