"""Old runs are moved aside, and nothing is deleted."""

from rlbench.training.folders import move_aside
from rlbench.training.run import run_job


def test_old_runs_are_numbered(tmp_path):
    folder = tmp_path / "seed-0"
    assert move_aside(folder) is None
    for number in (1, 2):
        folder.mkdir()
        (folder / "mark").write_text(str(number))
        assert move_aside(folder).name == f"seed-0.old-{number}"
    assert (tmp_path / "seed-0.old-1" / "mark").read_text() == "1"


def test_fresh_starts_over_and_keeps_the_old_run(small_job):
    run_job(small_job(steps=256, seeds=(0,)), lambda _: None)
    other = small_job(steps=256, seeds=(0,), gamma=0.9, fresh=True)
    before = (other.folder(0) / "progress.csv").read_bytes()
    run_job(other, lambda _: None)
    aside = other.folder(0).with_name("seed-0.old-1")
    assert (aside / "progress.csv").read_bytes() == before
    assert (other.folder(0) / "progress.csv").read_bytes() != before
