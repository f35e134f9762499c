"""Whole episodes of a population: what is summed, counted, seen and begun."""

import pytest
import torch

from rlbench import envs
from rlbench.numerics.streams import Purpose, stream
from rlbench.policies.normaliser import std
from rlbench.training.sampler import EnvSampler


def make_sampler(env_id="Hopper-v4", seeds=(0, 1), worlds=6, limit=None):
    def starts(seed, block):
        return stream(seed, Purpose.START_STATES, block)

    return EnvSampler(envs.make(env_id, seeds, worlds, starts, max_episode_steps=limit), budget=10_000)


def watched(sampler, gains):
    """Acts by a gain of its own in each world, and keeps all observations."""
    seen = []

    def act(obs):
        seen.append(obs.clone())
        return gains.view(1, -1, 1) * obs[..., -sampler.space.action_size :]

    return act, seen


def test_returns_lengths_and_counts_are_those_of_single_episodes():
    sampler = make_sampler()
    act, seen = watched(sampler, torch.linspace(-1, 1, 6))
    played = sampler.play(act, starts=2)
    single = envs.make("Hopper-v4", (0, 1), 6, lambda seed, block: stream(seed, Purpose.START_STATES, block))
    single.reset()
    single.reset()  # the sampler's worlds began when it was made
    obs = single.load(single.save(), torch.tensor([0, 1, 0, 1, 0, 1, 6, 7, 6, 7, 6, 7]))
    assert torch.equal(seen[0], obs.float())
    total, length = torch.zeros(2, 6, dtype=torch.float64), torch.zeros(2, 6, dtype=torch.int64)
    alive = torch.ones(2, 6, dtype=torch.bool)
    observations = [[], []]
    while alive.any():
        for s in range(2):
            observations[s].append(obs[s, alive[s]].clone())
        step = single.step(torch.linspace(-1, 1, 6).view(1, -1, 1) * obs.float()[..., -3:])
        total += torch.where(alive, step.reward, 0)
        length += alive
        alive &= ~step.done
        obs = step.obs
    assert torch.equal(played.returns, total)
    assert torch.equal(played.lengths, length)
    assert torch.equal(sampler.env_steps, length.sum(1))
    for s in range(2):
        rows = torch.cat(observations[s])
        torch.testing.assert_close(played.seen["mean"][s], rows.mean(0))
        torch.testing.assert_close(std(played.seen)[s], rows.std(0, correction=0))
        assert played.seen["count"][s] == len(rows)
        ended = sampler.episodes[s]
        assert sorted(each.world for each in ended) == list(range(6))
        assert all(each.total == total[s, each.world] and each.length == length[s, each.world] for each in ended)
        assert max(each.env_steps for each in ended) == sampler.env_steps[s]


def test_a_new_call_begins_elsewhere_and_a_seed_knows_nothing_of_the_others():
    together, alone = make_sampler(), make_sampler(seeds=(1,))
    for _ in range(2):
        act, seen = watched(together, torch.ones(6))
        pair = together.play(act, 3)
        act_alone, seen_alone = watched(alone, torch.ones(6))
        one = alone.play(act_alone, 3)
        assert torch.equal(seen[0][1:], seen_alone[0])
        assert torch.equal(pair.returns[1:], one.returns)
        for name in pair.seen:
            assert torch.equal(pair.seen[name][1:], one.seen[name])
        assert torch.equal(seen[0][0, 0], seen[0][0, 3])
        assert not torch.equal(seen[0][0, 0], seen[0][0, 1])
    first = seen[0]
    act, seen = watched(together, torch.ones(6))
    together.play(act, 3)
    assert not torch.equal(first, seen[0])


@pytest.mark.parametrize(("limit", "length"), [(5, 5), (None, 1000)])
def test_a_time_limit_ends_an_episode(limit, length):
    sampler = make_sampler("Swimmer-v4", worlds=1, limit=limit)
    played = sampler.play(lambda obs: obs[..., :2], 1)
    assert (played.lengths == length).all()
    assert [each.terminated for each in sampler.episodes[0]] == [False]


def test_without_a_time_limit_the_longest_is_the_limit(monkeypatch):
    monkeypatch.setattr("rlbench.training.sampler.LONGEST", 20)
    sampler = make_sampler("CliffWalking-v1", worlds=2)
    played = sampler.play(lambda _: torch.zeros(2, 2, 1), 1)  # up, for ever
    assert (played.lengths == 20).all()
    assert (played.returns == -20).all()
    assert len(sampler.episodes[0]) == 2


def test_episodes_end_where_the_budget_does_and_are_no_complete_ones():
    sampler = make_sampler("Swimmer-v4", worlds=4, limit=50)
    sampler.budget = 250
    first = sampler.play(lambda obs: obs[..., :2], 1)
    assert not sampler.cut.any()
    assert (first.lengths == 50).all()
    sampler.play(lambda obs: obs[..., :2], 1)
    assert sampler.cut.tolist() == [True, True]
    assert sampler.env_steps.tolist() == [248, 248]  # another step of all worlds has no room
    assert [len(episodes) for episodes in sampler.episodes] == [4, 4]
