"""Moving some worlds and not others; and what is put back without being played again."""

import gymnasium
import pytest
import torch

from rlbench.envs import list_tasks, make
from rlbench.envs.env import join_snapshots, rows_of
from rlbench.envs.own_state import OWN

SMALL = (
    "Acrobot-v1",
    "CartPole-v1",
    "CliffWalking-v1",
    "FrozenLake-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Pendulum-v1",
    "Taxi-v4",
)


def random_actions(env, steps, seed=0):
    """[steps, S, N, A]"""
    generator = torch.Generator().manual_seed(seed)
    shape = steps, len(env.seeds), env.num_envs, env.action_size
    if env.num_actions:
        return torch.randint(env.num_actions, shape, generator=generator).float()
    return env.action_low + (env.action_high - env.action_low) * torch.rand(shape, generator=generator)


@pytest.mark.parametrize("env_id", [*list_tasks(), *SMALL])
def test_worlds_that_do_not_move_stay_and_those_that_do_are_as_in_a_step(env_id, starts):
    some, all_ = (make(env_id, (1, 2), 2, starts) for _ in range(2))
    some.reset()
    all_.reset()
    moving = torch.tensor([[True, False], [False, True]])
    steps = 1 if env_id == "FrozenLake-v1" else 3  # before anybody falls into a hole
    for action in 0.2 * random_actions(some, steps):
        action = action.round() if some.num_actions else action
        before = some.save()
        told, whole = some.advance(action, moving), all_.step(action)
        assert not whole.any_done
        after = some.save()
        for name in ("obs", "reward", "terminated", "truncated", "done"):
            assert torch.equal(getattr(told, name)[moving], getattr(whole, name)[moving])
        assert not told.reward[~moving].any()
        assert not told.done[~moving].any()
        still = (~moving).flatten().nonzero().flatten()
        for name in set(before) - {"own", "state"}:
            assert torch.equal(before[name][still], after[name][still])


@pytest.mark.parametrize("env_id", ["InvertedPendulum-v4", "CartPole-v1"])
def test_who_finishes_stays_where_it_ended(env_id, starts):
    env = make(env_id, (1,), 3, starts, max_episode_steps=400)
    env.reset()
    moving = torch.ones(1, 3, dtype=torch.bool)
    ended = torch.zeros(1, 3, env.obs_size, dtype=torch.float64)
    for action in random_actions(env, 400):
        step = env.advance(action, moving)
        ended[step.done] = step.obs[step.done]
        moving &= ~step.done
        if not moving.any():
            break
    assert not moving.any()
    assert torch.equal(env.advance(random_actions(env, 1)[0], moving).obs, ended)


@pytest.mark.parametrize("env_id", SMALL)
def test_small_environments_are_put_back_to_the_bit_with_their_chance_and_their_clock(env_id, starts):
    env = make(env_id, (1, 2), 2, starts, max_episode_steps=60)
    assert env.exact_saves
    env.reset()
    actions = random_actions(env, 90)
    for action in actions[:40]:
        env.step(action)
    early = rows_of(env.save(), torch.tensor([2]))
    for action in actions[40:45]:
        env.step(action)
    late = rows_of(env.save(), torch.tensor([0, 3]))
    copies = make(env_id, (7,), 3, starts, max_episode_steps=60)  # has never been reset
    copies.load(join_snapshots((early, late)), torch.tensor([1, 2, 1]))
    moving = torch.ones(1, 3, dtype=torch.bool)
    for action in actions[45:]:
        want = env.step(action)
        got = copies.advance(action[[0, 1, 0], [0, 1, 0]].unsqueeze(0), moving)
        for copy, (s, n) in enumerate(((0, 0), (1, 1), (0, 0))):
            if moving[0, copy]:
                assert torch.equal(got.obs[0, copy], want.final_obs[s, n])
                assert torch.equal(got.reward[0, copy], want.reward[s, n])
                assert torch.equal(got.truncated[0, copy], want.truncated[s, n])
        moving &= ~got.done
    assert not moving.any()


def test_the_table_names_all_there_are_to_name():
    """A class of Gymnasium's that is missing from the table is missing for a reason."""
    points = [str(spec.entry_point) for spec in gymnasium.registry.values()]
    small = {point.rpartition(":")[2] for point in points if ".classic_control" in point or ".toy_text" in point}
    without = {"BlackjackEnv"}  # observes a tuple, which no policy here takes
    assert {each.rpartition(":")[2] for each in OWN} == small - without


def test_stirred_worlds_draw_their_own_chance(starts):
    env = make("FrozenLake-v1", (0,), 8, starts)
    env.reset()
    snapshot, same = env.save(), torch.zeros(8, dtype=torch.long)
    action = torch.full((1, 8, 1), 2.0)
    moving = torch.ones(1, 8, dtype=torch.bool)
    env.load(snapshot, same)
    assert len(env.advance(action, moving).obs[0].unique(dim=0)) == 1
    env.load(snapshot, same)
    env.reseed(range(8))
    assert len(env.advance(action, moving).obs[0].unique(dim=0)) > 1
    env.load(snapshot, same)
    assert len(env.advance(action, moving).obs[0].unique(dim=0)) == 1


def test_what_is_unknown_inside_is_not_said_to_be_saved_exactly(starts):
    class Unknown(gymnasium.Env):
        observation_space = action_space = gymnasium.spaces.Box(-1.0, 1.0, (1,))

    gymnasium.register("Unknown-v0", entry_point=Unknown)
    try:
        assert not make("Unknown-v0", (0,), 1, starts).exact_saves
    finally:
        del gymnasium.registry["Unknown-v0"]
