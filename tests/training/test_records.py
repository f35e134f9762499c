"""Rows and cells."""

import numpy as np
import torch

from rlbench.training.recorder import Episode
from rlbench.training.records import PROGRESS, Records, _cell, episode_cells


def test_cells_read_back_as_the_same_number():
    for number in (0.1, 1 / 3, 1e-12, -2.5e20, 12345678.9):
        assert float(_cell(number)) == number
    for number in torch.tensor([0.1, 1 / 3, 3e-9]).numpy():
        assert np.float32(_cell(number)) == number
    assert _cell(None) == _cell(float("nan")) == _cell(np.float32("nan")) == ""
    assert _cell(7) == "7"


def test_episode_cells_by_hand_and_when_none_ended():
    episodes = [Episode(10, 0, 1.0, 4, True), Episode(20, 1, 4.0, 8, False)]
    assert episode_cells(episodes) == (2, 2.5, 1.0, 4.0, 6.0)
    assert episode_cells([]) == (0, None, None, None, None)


def test_files_have_one_header_and_go_on_after_a_cut(tmp_path):
    records = Records(tmp_path, ["kl"])
    records.progress([1] * len(PROGRESS), {"kl": 1})
    records.episodes([Episode(10, 0, 1.5, 4, True), Episode(12, 1, 2.5, 6, False)])
    kept = records.checksums
    records.progress([2] * len(PROGRESS), {"kl": 2})
    records.episodes([Episode(30, 0, 9.5, 4, True)])
    records.close()
    with (tmp_path / "progress.csv").open("ab") as file:
        file.write(b"3,torn")

    Records(tmp_path, ["kl"], kept).close()
    header, row, end = (tmp_path / "progress.csv").read_text().split("\n")
    assert header == ",".join(PROGRESS) + ",kl"
    assert row == ",".join(["1"] * (len(PROGRESS) + 1))
    assert end == ""
    episodes = (tmp_path / "episodes.csv").read_text()
    assert episodes == "env_steps,world,return,length,end\n10,0,1.5,4,terminated\n12,1,2.5,6,truncated\n"
