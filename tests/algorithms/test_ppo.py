"""PPO's gradient against autograd on the paper's objective, and its bookkeeping."""

import pytest
import torch
from plain_network import plain

from rlbench.algorithms import ppo as page
from rlbench.algorithms.minibatches import Minibatch
from rlbench.algorithms.ppo import PPO
from rlbench.numerics.arrays import tensor
from rlbench.numerics.moments import standardise
from rlbench.training.trees import leaves


@pytest.fixture
def problem(made_up_sampler):
    """Networks, two policies a little way apart, and a minibatch that the older one collected."""
    sampler = made_up_sampler()
    ppo = PPO(num_envs=4, hidden_sizes=(8,))
    state = ppo.initial(sampler.space, sampler.seeds)
    networks = ppo.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 16)
    obs, actions = networks.samples(state, batch)
    old_theta, old_critic = networks.split(state["theta"])
    old_log_prob = networks.policy.log_prob(networks.policy.at(old_theta, obs), actions)
    moved = state["theta"] + 0.1 * torch.randn(state["theta"].shape, generator=torch.Generator().manual_seed(0))
    target = torch.randn(3, 64, generator=torch.Generator().manual_seed(1))
    advantage, old_value = standardise(batch.rewards.flatten(1)), networks.critic(old_critic, obs)
    return networks, moved, Minibatch(obs, actions, old_log_prob, target, old_value, advantage), old_theta


def distribution(networks, theta, obs):
    """The policy as torch's own, differentiable in theta."""
    mean, at = plain(theta, networks.policy.network.sizes, obs)
    return torch.distributions.Independent(torch.distributions.Normal(mean, theta[:, None, at : at + 2].exp()), 1)


def autograds(networks, theta, part, surrogate, value_loss, entropy_coef):
    """-surrogate(pi, r, A) + 0.25 value_loss(V) - entropy_coef H, and its gradient by automatic differentiation."""
    leaf = theta.clone().requires_grad_()
    for_policy, for_critic = networks.split(leaf)
    pi = distribution(networks, for_policy, part.obs)
    ratio = torch.exp(pi.log_prob(part.actions) - part.old_log_prob)
    value = plain(for_critic, networks.critic.network.sizes, part.obs)[0].squeeze(-1)
    loss = -surrogate(pi, ratio, part.advantage) + 0.25 * value_loss(value).mean(1)
    loss = loss - entropy_coef * pi.entropy().mean(1)
    loss.sum().backward()
    return loss.detach(), leaf.grad


def squared(part):
    return lambda value: (value - part.target).square()


def gradient_of(ppo, networks, theta, part, old_theta, beta, out):
    old = networks.policy.network.parameters(old_theta)
    pi, v = networks.at(networks.parameters(theta), part.obs)
    loss, columns = ppo.loss(networks, pi, v, part, old, beta)
    networks.backward(pi, v, loss, networks.parameters(out))
    return {**columns, "loss": loss.value}


@pytest.mark.parametrize("entropy_coef", [0.0, 0.01])
def test_gradient_is_autograds_of_the_clipped_objective(problem, entropy_coef):
    networks, theta, part, old_theta = problem

    def surrogate(_, ratio, advantage):
        return torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean(1)

    loss, expected = autograds(networks, theta, part, surrogate, squared(part), entropy_coef)
    ppo = PPO(num_envs=4, hidden_sizes=(8,), entropy_coef=entropy_coef, value_coef=0.25, clip_coef=0.2)
    gradient = torch.zeros_like(theta)
    terms = gradient_of(ppo, networks, theta, part, old_theta, None, gradient)
    torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(tensor(terms["loss"]), loss)
    assert 0 < terms["clip_fraction"].float().mean() < 1  # the case is not a trivial one
    value = networks.critic(networks.split(theta)[1], part.obs)
    torch.testing.assert_close(terms["critic_loss"], squared(part)(value).mean(1))


def test_gradient_is_autograds_of_the_penalised_objective(problem):
    """Each seed has its own beta."""
    networks, theta, part, old_theta = problem
    beta = torch.tensor([[0.5], [2.0], [20.0]])

    def surrogate(pi, ratio, advantage):
        kl = torch.distributions.kl_divergence(distribution(networks, old_theta, part.obs), pi)
        return (ratio * advantage - beta * kl).mean(1)

    loss, expected = autograds(networks, theta, part, surrogate, squared(part), 0.0)
    ppo = PPO(num_envs=4, hidden_sizes=(8,), objective="kl-penalty", value_coef=0.25)
    gradient = torch.zeros_like(theta)
    terms = gradient_of(ppo, networks, theta, part, old_theta, beta, gradient)
    torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(tensor(terms["loss"]), loss + part.advantage.mean(1))  # r - 1 stands for r
    assert "clip_fraction" not in terms


def test_gradient_is_autograds_of_the_clipped_value_loss(problem):
    networks, theta, part, old_theta = problem

    def larger(value):
        held = part.old_value + (value - part.old_value).clamp(-0.1, 0.1)
        return torch.maximum((value - part.target).square(), (held - part.target).square())

    def surrogate(_, ratio, advantage):
        return torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean(1)

    _, expected = autograds(networks, theta, part, surrogate, larger, 0.0)
    ppo = PPO(num_envs=4, hidden_sizes=(8,), clip_value=0.1, value_coef=0.25, clip_coef=0.2)
    gradient = torch.zeros_like(theta)
    terms = gradient_of(ppo, networks, theta, part, old_theta, None, gradient)
    torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-5)
    free = torch.zeros_like(theta)
    gradient_of(PPO(num_envs=4, hidden_sizes=(8,), value_coef=0.25), networks, theta, part, old_theta, None, free)
    assert not torch.allclose(gradient, free, rtol=1e-3, atol=1e-5)  # some were held
    value = networks.critic(networks.split(theta)[1], part.obs)
    torch.testing.assert_close(terms["critic_loss"], larger(value).mean(1))


def test_the_penalty_weighs_more_or_less_by_the_divergence_of_the_whole_update(made_up_sampler):
    """A rate that moves far doubles beta, one that moves little halves it, each seed for itself."""
    sampler = made_up_sampler()
    for rate, factor in ((3e-2, 2.0), (1e-6, 0.5)):
        ppo = PPO(num_envs=4, num_steps=32, objective="kl-penalty", learning_rate=rate, update_epochs=2)
        state = ppo.initial(sampler.space, sampler.seeds)
        old, obs_moments = state["theta"].clone(), {name: value.clone() for name, value in state["obs"].items()}
        metrics = ppo.iterate(state, sampler)
        assert state["beta"].tolist() == [[factor]] * 3
        assert metrics["penalty_coef"].tolist() == [1, 1, 1]
        networks = ppo.networks(sampler.space)
        sampler.rollouts -= 1
        then = {"theta": old, "obs": obs_moments}
        obs, _ = networks.samples(then, sampler.rollout(networks.actor(then), 32))
        before, after = (networks.policy.at(networks.split(theta)[0], obs) for theta in (old, state["theta"]))
        torch.testing.assert_close(metrics["kl_after"], networks.policy.kl(before, after).mean(1))


def test_schedule_and_recomputing_do_what_they_say(made_up_sampler, monkeypatch):
    sampler = made_up_sampler()
    sampler.progress = torch.full((3, 1), 0.75)
    start = PPO(num_envs=4).initial(sampler.space, sampler.seeds)["theta"]

    def after(**settings):
        ppo = PPO(num_envs=4, num_steps=32, update_epochs=3, **settings)
        sampler.rollouts = 0
        state = ppo.initial(sampler.space, sampler.seeds)
        ppo.iterate(state, sampler)
        assert not torch.equal(state["theta"], start)
        return state["theta"]

    quarter = after(learning_rate=2.0**-12, schedule="constant")
    assert torch.equal(after(learning_rate=2.0**-10), quarter)  # a quarter of the budget is left
    assert not torch.equal(after(learning_rate=2.0**-12), quarter)

    calls = []
    original = page.estimate
    monkeypatch.setattr(page, "estimate", lambda *args: calls.append(1) or original(*args))
    anew = after()
    assert len(calls) == 3
    calls.clear()
    assert not torch.equal(after(recompute_advantages=False), anew)
    assert len(calls) == 1


def test_the_first_ratio_is_one(made_up_sampler, monkeypatch):
    ratios = []
    original = PPO.loss

    def spy(self, networks, pi, v, part, *rest):
        log_ratio = networks.policy.log_prob(pi, part.actions) - part.old_log_prob
        ratios.append(torch.as_tensor(log_ratio).exp())
        return original(self, networks, pi, v, part, *rest)

    monkeypatch.setattr(PPO, "loss", spy)
    sampler = made_up_sampler()
    ppo = PPO(num_envs=4, num_steps=64)
    state = ppo.initial(sampler.space, sampler.seeds)
    for _ in range(2):  # the second time, the normaliser has seen something
        first = len(ratios)
        ppo.iterate(state, sampler)
        torch.testing.assert_close(ratios[first], torch.ones_like(ratios[first]), rtol=0, atol=2e-6)
        assert (ratios[-1] != 1).any()


def test_target_kl_ends_a_seeds_epochs_alone(made_up_sampler):
    sampler = made_up_sampler()
    start = PPO(num_envs=4).initial(sampler.space, sampler.seeds)
    one_epoch, full, stopped = (
        PPO(num_envs=4, num_steps=32, update_epochs=1, learning_rate=1e-2),
        PPO(num_envs=4, num_steps=32, update_epochs=6, learning_rate=1e-2),
        PPO(num_envs=4, num_steps=32, update_epochs=6, learning_rate=1e-2, target_kl=1e-9),
    )

    def theta_after(ppo):
        sampler.rollouts = 0
        state = {**start, **{k: {n: v.clone() for n, v in start[k].items()} for k in ("obs", "value_unit", "adam")}}
        state["theta"] = start["theta"].clone()
        return state, ppo.iterate(state, sampler)

    (one, _), (six, all_epochs), (kept, first_epoch) = theta_after(one_epoch), theta_after(full), theta_after(stopped)
    assert all_epochs["epochs"].tolist() == [6, 6, 6]
    assert first_epoch["epochs"].tolist() == [1, 1, 1]
    assert torch.equal(kept["theta"], one["theta"])
    assert not torch.equal(kept["theta"], six["theta"])


def test_seeds_that_stop_after_different_epochs_are_what_they_are_alone(made_up_sampler):
    """Each seed has its own learning rate: the first stops at once, the second some epochs later, the last never."""
    ppo = PPO(num_envs=4, num_steps=32, update_epochs=8, learning_rate=1e-2, target_kl=5e-3, minibatch_size=32)
    spent = torch.tensor([[0.0], [0.9], [0.999]])

    def learnt(rows):
        sampler = made_up_sampler(seeds=tuple(rows))
        sampler.progress = spent[rows]
        state = ppo.initial(sampler.space, sampler.seeds)
        told = [ppo.iterate(state, sampler) for _ in range(3)]
        return [*leaves(state), *(value for metrics in told for value in metrics.values())], told

    together, (first, *_) = learnt([0, 1, 2])
    assert 1 == first["epochs"][0] < first["epochs"][1] < first["epochs"][2] == 8
    assert first["kl"][0] > ppo.target_kl < first["kl"][1]
    assert first["kl"][2] < ppo.target_kl
    for row in range(3):
        alone, _ = learnt([row])
        for one, other in zip(together, alone, strict=True):
            assert torch.equal(one[row : row + 1], other)


@pytest.mark.parametrize("name", ["kl", "critic_loss", "clip_fraction", "gradient_norm"])
def test_the_columns_of_a_seed_that_stopped_are_those_of_its_last_epoch(made_up_sampler, name):
    """The first seed stops after one epoch; the others, whose rate is next to nothing, pass all eight."""

    def told(**settings):
        sampler = made_up_sampler()
        sampler.progress = torch.tensor([[0.0], [0.9999], [0.9999]])
        ppo = PPO(num_envs=4, num_steps=32, learning_rate=1e-2, minibatch_size=32, **settings)
        return ppo.iterate(ppo.initial(sampler.space, sampler.seeds), sampler)

    stopped, one_epoch = told(update_epochs=8, target_kl=1e-4), told(update_epochs=1)
    assert stopped["epochs"].tolist() == [1, 8, 8]
    assert stopped[name][0] == one_epoch[name][0]


def test_learns_where_the_best_action_is(made_up_sampler):
    sampler = made_up_sampler()
    ppo = PPO(
        num_envs=4, num_steps=50, hidden_sizes=(16,), learning_rate=1e-3, gamma=0.0
    )  # gamma 0: rewards are all there is
    state = ppo.initial(sampler.space, sampler.seeds)
    for iteration in range(60):
        sampler.progress = torch.full((3, 1), iteration / 60)
        metrics = ppo.iterate(state, sampler)
    networks = ppo.networks(sampler.space)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.1, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())
