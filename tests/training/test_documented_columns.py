"""The columns that each page of docs/algorithms lists are those that the algorithm writes to progress.csv."""

import pytest
from algorithm_docs import columns_in, text_of

from rlbench.algorithms import ALGORITHMS
from rlbench.training.records import PROGRESS
from rlbench.training.run import run_job

OTHERWISE = {
    "ppo": {"objective": "kl-penalty"},
    "reinforce": {"baseline": "value"},
    "trpo": {"estimator": "monte-carlo"},
    "trpo-vine": {"bootstrap": True},
}
"""Settings with which an algorithm writes other columns than by default."""


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_page_lists_the_columns_that_are_written(name, small_job, tmp_path):
    written = set()
    for number, settings in enumerate([{}, *([OTHERWISE[name]] if name in OTHERWISE else [])]):
        job = small_job(name, seeds=(0,), steps=512, eval_every=0, out=tmp_path / str(number), **settings)
        run_job(job, lambda _: None)
        header = (job.folder(0) / "progress.csv").read_text().partition("\n")[0].split(",")
        written |= set(header) - set(PROGRESS)
    listed = columns_in(text_of(name))
    assert len(set(listed)) == len(listed)
    assert set(listed) == written
