"""State: resumed runs, branches and seeds beside each other give the same bits."""

import pytest
import torch

from rlbench.envs import list_tasks, make


def actions(env, steps, seed):
    """Random actions [steps, S, N, A] within the bounds: the same for a world whatever the number of steps."""
    generator = torch.Generator().manual_seed(seed)
    uniform = torch.rand(steps, len(env.seeds), env.num_envs, env.action_size, generator=generator)
    return env.action_low + (env.action_high - env.action_low) * uniform


def play(env, acts):
    """All that the steps gave, field by field [steps, S, N, ...], copied out of the buffers."""
    steps = []
    for act in acts:
        step = env.step(act)
        steps.append([value.clone() for value in step if isinstance(value, torch.Tensor)])
    return [torch.stack(values) for values in zip(*steps, strict=True)]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("task_id", list_tasks())
def test_restored_into_a_fresh_env_it_goes_on_to_the_bit(task_id, starts):
    env = make(task_id, (4, 5), 2, starts, max_episode_steps=13)
    before, after = actions(env, 20, 0), actions(env, 30, 1)
    env.reset()
    play(env, before)
    state = {name: tensor.clone() for name, tensor in env.state().items()}
    assert all(len(tensor) == 2 for tensor in state.values())
    expected = play(env, after)
    # Seed 5 goes on beside seed 9, which was never run before.
    stranger = make(task_id, (9,), 2, starts, max_episode_steps=13)
    stranger.reset()
    fresh = make(task_id, (9, 5), 2, starts, max_episode_steps=13)
    obs = fresh.restore({k: torch.cat((v, state[k][1:])) for k, v in stranger.state().items()})
    assert torch.equal(obs[1], env.restore(state)[1])
    got = play(fresh, after)
    assert same([field[:, 1] for field in expected], [field[:, 1] for field in got])


@pytest.mark.parametrize("task_id", list_tasks())
def test_a_seed_alone_is_the_seed_among_others(task_id, starts):
    alone = make(task_id, (5,), 1, starts, max_episode_steps=13)
    among = make(task_id, (4, 5, 6), 1, starts, threads=2, max_episode_steps=13)
    assert torch.equal(alone.reset()[0], among.reset()[1])
    acts = actions(among, 40, 2)
    together = play(among, acts)
    assert same([field[:, 1:2] for field in together], play(alone, acts[:, 1:2]))


@pytest.mark.parametrize("task_id", list_tasks())
def test_branches_replay_exactly(task_id, starts):
    env = make(task_id, (1, 2), 2, starts, max_episode_steps=1000)
    env.reset()
    play(env, 0.1 * actions(env, 3, 3))  # gently, so that no pole falls and no world starts anew
    early = env.save()
    play(env, 0.1 * actions(env, 2, 4))
    late, acts = env.save(), 0.1 * actions(env, 3, 5)
    expected = [field.flatten(1, 2) for field in play(env, acts)]  # [steps, W, ...]
    # Worlds of the second snapshot go on in other places, some twice, beside worlds of the first.
    branches = make(task_id, (1, 2), 3, starts, max_episode_steps=1000)
    rows = torch.tensor([5, 0, 6, 6, 5, 1])
    snapshots = {name: torch.cat((early[name], late[name])) for name in late}
    obs = branches.load(snapshots, rows.view(2, 3))
    assert torch.equal(obs[0, 0], obs[1, 1])
    got = play(branches, acts.flatten(1, 2)[:, rows % 4].unflatten(1, (2, 3)))
    second = rows >= 4
    assert same([field[:, rows[second] % 4] for field in expected], [g.flatten(1, 2)[:, second] for g in got])
