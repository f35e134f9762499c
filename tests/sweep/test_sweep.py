"""A sweep below the command line."""

import pytest

from rlbench.errors import UserError
from rlbench.sweep.request import RawOptions, read_request
from rlbench.sweep.sweep import prepare


class Answers:
    """Workers that are asked and never train."""

    def free_memory(self):
        return None

    def ask(self, function, *arguments, parts=frozenset()):
        assert not parts
        return function(*arguments)


def test_a_grid_makes_work_for_more_workers_than_the_words_show(tmp_path):
    words = RawOptions(
        ["ppo"], ["CartPole-v1"], seeds="1", workers="3", out=str(tmp_path), settings={"gamma": "0.9,0.99"}
    )
    request = read_request(words, None)
    assert request.workers == 1
    prepared = prepare(request, Answers())
    assert (prepared.request.workers, len(prepared.jobs)) == (2, 2)
    assert list(prepared.looked_up.settings) == ["ppo-gamma=0.9", "ppo-gamma=0.99"]


def test_a_mistake_is_found_before_the_folder_is_made(tmp_path):
    words = RawOptions(["ppo"], ["CartPole-v1"], out=str(tmp_path / "out"), settings={"gama": "0.9"})
    with pytest.raises(UserError, match="no setting 'gama'"):
        prepare(read_request(words, None), Answers())
    assert not (tmp_path / "out").exists()
