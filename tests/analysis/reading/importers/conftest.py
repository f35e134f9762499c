"""Samples of other tools' files, and files like them with numbers that can be worked out by hand."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[3] / "data" / "imports"


@pytest.fixture
def samples():
    return SAMPLES


@pytest.fixture
def monitors(tmp_path):
    """Writes Monitor files of a run, each a list of (return, length)."""

    def write(*worlds, env="Hopper-v4", folder="run"):
        into = tmp_path / folder
        into.mkdir(parents=True, exist_ok=True)
        for number, episodes in enumerate(worlds):
            rows = "".join(f"{value},{length},{10 * (i + 1)}\n" for i, (value, length) in enumerate(episodes))
            head = f'#{{"t_start": {1000.0 + number}, "env_id": "{env}"}}\nr,l,t\n'
            (into / f"{number}.monitor.csv").write_text(head + rows)
        return into

    return write
