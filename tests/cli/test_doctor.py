"""`rlbench doctor`, with checks of our own in place of the slow ones."""

import json

import pytest

from rlbench.health import face
from rlbench.health.check import Check

CHECKS = (Check("cores", "pass", "8 cores"), Check("rendering", "warn", "no backend draws", "apt-get install libegl1"))


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.setattr(face, "examine", lambda _: iter(CHECKS))


@pytest.mark.usefixtures("machine")
def test_each_check_is_a_line_with_its_hint_below(cli):
    done = cli("doctor")
    assert done.status == 3
    assert done.out.splitlines() == [
        "pass  cores: 8 cores",
        "warn  rendering: no backend draws",
        "      hint: apt-get install libegl1",
        "1 passed, 1 warned, 0 failed",
    ]
    assert done.err == ""


@pytest.mark.usefixtures("machine")
def test_json(cli):
    done = cli("doctor", "--format", "json")
    assert done.status == 3
    assert json.loads(done.out)["checks"][1]["hint"] == "apt-get install libegl1"


def test_a_folder_that_cannot_be_written_to_fails(cli, monkeypatch, tmp_path):
    quick = [Check("quick", "pass", "")]
    monkeypatch.setattr(face, "check_rendering", lambda: quick[0])
    monkeypatch.setattr(face, "check_simulation", lambda: quick[0])
    (tmp_path / "file").touch()
    done = cli("doctor", "--out", str(tmp_path / "file"))
    assert done.status == 1
    assert f"fail  results folder: {tmp_path}/file cannot be written to: Not a directory" in done.out
