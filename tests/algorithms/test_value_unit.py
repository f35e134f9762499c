"""The unit of V: V keeps its meaning when the unit changes, the optimiser goes on in the new one, and V is no cause."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlbench.algorithms.a2c import A2C
from rlbench.algorithms.acktr import ACKTR
from rlbench.algorithms.contract import Batch, Space
from rlbench.algorithms.networks import ActorCritic
from rlbench.algorithms.npg import NPG
from rlbench.algorithms.ppo import PPO
from rlbench.algorithms.reinforce import REINFORCE
from rlbench.algorithms.trpo import TRPO
from rlbench.algorithms.value_unit import initial_unit, take_rewards, value_columns, value_unit
from rlbench.numerics.optimizers import adam_state, adam_step, rmsprop_state, rmsprop_step

SEEDS, WORLDS, PLANE = (0, 1), 4, Space(3, 2, None)
OBS = torch.randn(2, 30, 3, generator=torch.Generator().manual_seed(5))


def rewarding(rewards, done=None):
    """A batch with these rewards `[S, T, N]`, and nothing else that matters."""
    flags = torch.zeros_like(rewards, dtype=torch.bool) if done is None else done
    nothing = torch.zeros(*rewards.shape, 1)
    index = torch.zeros(len(rewards), 0, dtype=torch.int64)
    return Batch(nothing, nothing, rewards, flags, flags, nothing[:, 0], nothing[:, 0, :0], index, index)


def random_rewards(number, scale=1.0, steps=6):
    return scale * torch.randn(2, steps, WORLDS, generator=torch.Generator().manual_seed(number))


def built(shared, first_scale=1.0):
    """Networks and a state whose unit has seen one batch."""
    networks = ActorCritic.build(PLANE, (8,), -0.5, shared)
    state = networks.initial(SEEDS, WORLDS)
    networks.update_value_unit(state, rewarding(random_rewards(0, first_scale)), 0.9)
    return networks, state


any_change = given(
    shared=st.booleans(),
    first=st.floats(1e-4, 1e4),
    scales=st.lists(st.floats(1e-4, 1e4), min_size=1, max_size=4),
)
thorough = settings(max_examples=50, deadline=None, derandomize=True)


def change_unit(networks, state, scales, *optimizer):
    for number, scale in enumerate(scales):
        networks.update_value_unit(state, rewarding(random_rewards(number + 1, scale)), 0.9, *optimizer)


@thorough
@any_change
def test_v_keeps_its_meaning_through_any_change_of_the_unit(shared, first, scales):
    networks, state = built(shared, first)
    policy, _ = networks.split(state["theta"])
    value, mean, before = networks.value(state, OBS), networks.policy.at(policy, OBS).mean, value_unit(state).clone()
    change_unit(networks, state, scales)
    torch.testing.assert_close(networks.value(state, OBS), value, rtol=1e-4, atol=1e-5 * float(value.abs().max()))
    assert torch.equal(networks.policy.at(policy, OBS).mean, mean)
    assert (value_unit(state) != before).all()


@pytest.mark.parametrize(("start", "step"), [(adam_state, adam_step), (rmsprop_state, rmsprop_step)])
@pytest.mark.parametrize("whole", [True, False], ids=["of theta", "of the critic alone"])
@thorough
@any_change
def test_the_optimiser_goes_on_as_if_its_past_had_been_in_the_new_unit(start, step, whole, shared, first, scales):
    """Its moments and its next step are those of the same gradient taken in the new unit.

    Of networks with hidden layers in common that holds for the head of V: the policy's gradient has no part in that.
    """
    networks, state = built(shared, first)
    returns = random_rewards(9, first, steps=30)[:, :, 0]  # [S, 30], in units of reward
    whole = whole or shared

    def gradient():
        """Of the critic's loss in the state's unit."""
        full = torch.zeros_like(state["theta"])
        _, theta = networks.split(state["theta"])
        _, out = networks.split(full)
        v = networks.critic.at(theta, OBS)
        networks.critic.backward(v, networks.critic.squared_error(v, returns / value_unit(state)), out)
        return full if whole else out.clone()

    def learn(optimizer, rate):
        """How far one step moves theta, which stays."""
        moved = torch.zeros_like(state["theta"] if whole else networks.split(state["theta"])[1])
        step(optimizer, moved, gradient(), torch.full((2, 1), rate), eps=1e-30)
        return moved

    def of_the_critic(vector):
        critic = networks.split(vector)[1] if whole else vector
        return (
            torch.cat([torch.as_tensor(part).flatten(1) for part in networks.critic.network.last_layer(critic)], 1)
            if shared
            else critic
        )

    carried = start(state["theta"] if whole else networks.split(state["theta"])[1])
    learn(carried, 0.0)
    change_unit(networks, state, scales, carried)
    anew = {name: torch.zeros_like(each) for name, each in carried.items()}
    learn(anew, 0.0)
    steps = learn(carried, 0.1), learn(anew, 0.1)
    for one, other in [(carried[name], anew[name]) for name in {"m", "v"} & anew.keys()] + [steps]:
        one, other = of_the_critic(one), of_the_critic(other)
        torch.testing.assert_close(one, other, rtol=2e-3, atol=1e-3 * float(other.abs().max()))


CLOSED = {"num_envs": WORLDS, "num_steps": 20, "hidden_sizes": (8,)}
STILL = {**CLOSED, "critic_learning_rate": 1e-12}
LEARNERS = {
    "ppo": PPO(**CLOSED, learning_rate=1e-12, update_epochs=1),
    "a2c": A2C(**CLOSED, learning_rate=1e-12),
    "a2c, adam": A2C(**CLOSED, learning_rate=1e-12, optimizer="adam"),
    "a2c, shared": A2C(**CLOSED, learning_rate=1e-12, shared=True),
    "acktr": ACKTR(**CLOSED, critic_step_size=1e-12, critic_epochs=1),
    "npg": NPG(**STILL, critic_epochs=1),
    "trpo": TRPO(**STILL, critic_epochs=1),
    "reinforce": REINFORCE(**STILL, critic_epochs=1, learning_rate=1e-12, baseline="value"),
}


@pytest.mark.parametrize("algorithm", LEARNERS.values(), ids=LEARNERS)
def test_a_large_v_enlarges_neither_the_unit_nor_itself(made_up_sampler, algorithm):
    """Rewards of at most 1, and a critic that hardly learns and begins by saying about 100 times as much.

    A unit taken from bootstrapped returns grows with such a V, and V with the unit, beyond all bounds.
    """

    def iterated(factor):
        sampler = made_up_sampler(seeds=SEEDS, reward=lambda obs, _: obs[..., 0].clamp(-1, 1))
        networks, state = algorithm.networks(sampler.space), algorithm.initial(sampler.space, SEEDS)
        networks.multiply_critic(state["theta"], torch.full((2, 1), factor).numpy())
        columns = [algorithm.iterate(state, sampler)]
        value = networks.value(state, OBS)
        columns += [algorithm.iterate(state, sampler) for _ in range(15)]
        return columns, value, networks.value(state, OBS)

    (large, before, after), (small, _, _) = iterated(100.0), iterated(1.0)
    assert (before.abs().amax(1) > 30).all()
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)
    for one, other in zip(large, small, strict=True):
        assert torch.equal(one["value_unit"], other["value_unit"])
    assert (large[-1]["value_unit"] < large[-1]["value_bound"]).all()
    assert (large[-1]["value_unit"] != large[0]["value_unit"]).all()


def test_the_unit_is_the_deviation_of_discounted_sums_within_episodes_over_all_rollouts():
    rewards, done = random_rewards(3, steps=12).double(), torch.zeros(2, 12, WORLDS, dtype=torch.bool)
    done[0, 4, 1] = done[1, 7] = done[1, 8, 2] = True
    state = {"value_unit": initial_unit(2, WORLDS)}
    for rows in (slice(0, 5), slice(5, 6), slice(6, 12)):
        take_rewards(state, rewarding(rewards[:, rows], done[:, rows]), 0.5)
    for seed in range(2):
        sums = []
        for world in range(WORLDS):
            total = 0.0
            for reward, ended in zip(rewards[seed, :, world].tolist(), done[seed, :, world].tolist(), strict=True):
                total = reward + 0.5 * total
                sums.append(total)
                total = 0.0 if ended else total
        assert value_unit(state)[seed].item() == pytest.approx(torch.tensor(sums).std(correction=0).item(), rel=1e-5)


def test_the_first_unit_is_no_change_and_rewards_that_never_vary_have_the_unit_1():
    state = {"value_unit": initial_unit(2, WORLDS)}
    batch = rewarding(torch.tensor([3.0, 0.0]).view(2, 1, 1).expand(2, 4, WORLDS).contiguous())
    assert take_rewards(state, batch, 0.0).tolist() == [[1.0], [1.0]]
    assert value_unit(state).tolist() == [[1.0], [1.0]]
    batch = rewarding(10 * random_rewards(1))
    change, after = torch.as_tensor(take_rewards(state, batch, 0.0)), value_unit(state)
    torch.testing.assert_close(change, 1 / after)


def test_columns_tell_of_v_in_units_of_reward_and_what_it_cannot_exceed():
    state = {"value_unit": initial_unit(2, 1)}
    take_rewards(state, rewarding(torch.tensor([[[1.0], [-3.0]], [[0.5], [0.0]]])), 0.9)
    value = torch.tensor([[1.0, 3.0], [0.0, -1.0]])
    columns = value_columns(state, value, 0.9)
    assert columns["value_mean"].tolist() == [2.0, -0.5]
    torch.testing.assert_close(columns["value_bound"], torch.tensor([30.0, 5.0]))  # 10 times the largest
    assert torch.equal(columns["value_unit"], value_unit(state).squeeze(1))
    assert "value_bound" not in value_columns(state, value, 1.0)
    assert value_columns(state, value, 1.0, horizon=4)["value_bound"].tolist() == [12.0, 2.0]
    torch.testing.assert_close(value_columns(state, value, 0.5, horizon=2)["value_bound"], torch.tensor([4.5, 0.75]))


@pytest.mark.parametrize("shared", [False, True])
def test_a_seeds_unit_and_critic_do_not_depend_on_company(shared):
    networks, together = built(shared)
    optimizer = {name: each + 1.1 for name, each in adam_state(together["theta"]).items()}
    alone = {
        "theta": together["theta"][1:].clone(),
        "value_unit": {k: v[1:].clone() for k, v in together["value_unit"].items()},
    }
    optimizer_alone = {name: each[1:].clone() for name, each in optimizer.items()}
    for number in range(1, 6):
        rewards = random_rewards(number, 10.0**number)
        networks.update_value_unit(together, rewarding(rewards), 0.9, optimizer)
        networks.update_value_unit(alone, rewarding(rewards[1:]), 0.9, optimizer_alone)
    for one, other in [
        (together["theta"], alone["theta"]),
        *zip(optimizer.values(), optimizer_alone.values(), strict=True),
    ]:
        assert torch.equal(one[1:], other)
    for name, each in together["value_unit"].items():
        assert torch.equal(each[1:], alone["value_unit"][name])
