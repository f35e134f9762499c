"""The loop that moves worlds until they are done: what it sums, where it stops, and what a budget leaves undone."""

import numpy as np
import pytest
import torch

from rlbench.envs.env import Step
from rlbench.training.recorder import Episode
from rlbench.training.unroll import Outcome, run_until_done


@pytest.fixture
def countdown():
    """Makes the `advance` of worlds that end, by the task or by a time limit, after given numbers of steps."""

    def make(ends, truncates):
        ends, truncates = torch.tensor(ends), torch.tensor(truncates)
        steps, calls = torch.zeros_like(ends), []

        def advance(action, moving):
            calls.append(moving.clone())
            steps.add_(moving)
            done = moving & (steps == ends)
            reward = torch.where(moving, action, 0.0).double()
            return Step(steps.double(), reward, done & ~truncates, done & truncates, done, bool(done.any()), steps)

        return advance, calls

    return make


def run(advance, shape, limit, **options):
    def act(t, obs):
        assert (obs <= t).all()
        return torch.full(shape, float(t + 1))

    moving = torch.ones(shape, dtype=torch.bool)
    return run_until_done(advance, act, torch.zeros(shape).double(), moving, limit, **options), moving


def test_each_world_is_moved_until_its_own_end(countdown):
    advance, calls = countdown([[1, 3], [2, 9]], [[False, True], [False, False]])
    rewards = torch.zeros(2, 5, 2)
    outcome, moving = run(advance, (2, 2), 5, rewards=rewards)
    assert outcome.lengths.tolist() == [[1, 3], [2, 5]]
    assert outcome.returns.tolist() == [[1, 1 + 2 + 3], [1 + 2, 1 + 2 + 3 + 4 + 5]]
    assert rewards[:, :, 1].tolist() == [[1, 2, 3, 0, 0], [1, 2, 3, 4, 5]]
    assert outcome.terminated.tolist() == [[True, False], [True, False]]
    assert outcome.obs.tolist() == [[1, 3], [2, 5]]
    assert not outcome.cut.any()
    assert moving.tolist() == [[False, False], [False, True]]  # one reached the limit of steps
    assert len(calls) == 5


def test_it_stops_when_nobody_moves(countdown):
    advance, calls = countdown([[2, 4]], [[False, False]])
    run(advance, (1, 2), 100)
    assert [call.tolist() for call in calls] == [[[True, True]]] * 2 + [[[False, True]]] * 2


@pytest.mark.parametrize(("room", "lengths", "cut"), [(8, [2, 6], [False, False]), (7, [2, 5], [False, True])])
def test_a_seed_stops_where_its_budget_has_no_room_for_a_step_of_all_its_moving_worlds(countdown, room, lengths, cut):
    """The other seed has room, and goes on."""
    advance, _ = countdown([[2, 6], [2, 6]], [[False, False]] * 2)
    outcome, _ = run(advance, (2, 2), 10, room=torch.tensor([room, 100]))
    assert outcome.lengths.tolist() == [lengths, [2, 6]]
    assert outcome.cut.tolist() == [cut, [False, False]]
    assert outcome.lengths[0].sum() <= room


def test_no_step_is_made_without_room(countdown):
    advance, calls = countdown([[2, 2]], [[False, False]])
    outcome, _ = run(advance, (1, 2), 10, room=torch.tensor([1]))
    assert not calls
    assert outcome.cut.all()
    assert not outcome.lengths.any()


def test_episodes_are_told_in_the_order_of_their_ends_with_the_transitions_until_then():
    """World 1 ends after its second step, worlds 0 and 3 after their third; world 2 is cut after its fourth."""
    outcome = Outcome(
        returns=torch.tensor([[1.0, 2.0, 3.0, 4.0]]).double(),
        lengths=torch.tensor([[3, 2, 4, 3]]),
        terminated=torch.tensor([[True, False, False, False]]),
        cut=torch.tensor([[False, False, True, False]]),
        obs=torch.empty(0),
    )
    assert list(outcome.episodes(np.array([100]))) == [
        (0, Episode(108, 1, 2.0, 2, False)),
        (0, Episode(111, 0, 1.0, 3, True)),
        (0, Episode(111, 3, 4.0, 3, False)),
    ]
