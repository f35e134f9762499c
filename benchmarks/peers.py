"""Training runs of another library, with the settings rlbench has: for versus.py, in the Python that has the library.

    PEERS/bin/python benchmarks/peers.py sb3-ppo --env Hopper-v4 --seeds 0 1 2 --steps 61440

Seeds run one after the other in this one process with one thread. Nothing is evaluated and nothing is written.
"""

import argparse
import time
from itertools import pairwise

import gymnasium as gym
import numpy as np
import torch
from torch import nn

BATCH, HIDDEN = 2048, (64, 64)
PPO = {"batch_size": 64, "n_epochs": 10, "learning_rate": 3e-4}
TRPO = {"batch_size": 128, "n_critic_updates": 10, "cg_max_steps": 15, "sub_sampling_factor": 4}
A2C = {"n_steps": 5, "learning_rate": 7e-4}


def stable_baselines(algorithm: str):
    """Stable-Baselines3 or sb3-contrib, with normalised observations."""

    def train(env: str, seed: int, steps: int, number: int) -> None:
        from sb3_contrib import TRPO as TrustRegion
        from stable_baselines3 import A2C as Actor
        from stable_baselines3 import PPO as Proximal
        from stable_baselines3.common.env_util import make_vec_env
        from stable_baselines3.common.vec_env import VecNormalize

        kind, settings = {"ppo": (Proximal, PPO), "a2c": (Actor, A2C), "trpo": (TrustRegion, TRPO)}[algorithm]
        if algorithm != "a2c":
            settings = {**settings, "n_steps": BATCH // number}
        worlds = VecNormalize(make_vec_env(env, n_envs=number, seed=seed))
        policy = {"net_arch": list(HIDDEN), "activation_fn": nn.Tanh}
        kind("MlpPolicy", worlds, seed=seed, policy_kwargs=policy, device="cpu", **settings).learn(steps)

    return train


def tianshou(env: str, seed: int, steps: int, number: int) -> None:
    """Tianshou 2's PPO."""
    from tianshou.algorithm import PPO as Proximal
    from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.data import Collector, VectorReplayBuffer
    from tianshou.env import DummyVectorEnv, VectorEnvNormObs
    from tianshou.trainer import OnPolicyTrainerParams
    from tianshou.utils.net.common import Net
    from tianshou.utils.net.continuous import ContinuousActorProbabilistic, ContinuousCritic

    torch.manual_seed(seed)
    worlds = VectorEnvNormObs(DummyVectorEnv([lambda: gym.make(env)] * number))
    worlds.seed(seed)
    alone = gym.make(env)

    def body() -> Net:
        return Net(state_shape=alone.observation_space.shape, hidden_sizes=HIDDEN, activation=nn.Tanh)

    actor = ContinuousActorProbabilistic(preprocess_net=body(), action_shape=alone.action_space.shape, unbounded=True)

    def normal(parts: tuple[torch.Tensor, torch.Tensor]) -> torch.distributions.Distribution:
        return torch.distributions.Independent(torch.distributions.Normal(*parts), 1)

    policy = ProbabilisticActorPolicy(
        actor=actor, dist_fn=normal, action_space=alone.action_space, action_scaling=False
    )
    algorithm = Proximal(
        policy=policy,
        critic=ContinuousCritic(preprocess_net=body()),
        optim=AdamOptimizerFactory(lr=PPO["learning_rate"]),
        max_grad_norm=0.5,
    )
    collector = Collector(algorithm, worlds, VectorReplayBuffer(BATCH, number))
    algorithm.run_training(
        OnPolicyTrainerParams(
            training_collector=collector,
            max_epochs=1,
            epoch_num_steps=steps,
            collection_step_num_env_steps=BATCH,
            batch_size=PPO["batch_size"],
            update_step_num_repetitions=PPO["n_epochs"],
            verbose=False,
            show_progress=False,
        )
    )


class Script(nn.Module):
    """Policy and critic of the single-file kind of PPO."""

    def __init__(self, observed: int, acted: int) -> None:
        super().__init__()

        def network(outputs: int) -> nn.Sequential:
            sizes, layers = (observed, *HIDDEN), []
            for inputs, width in pairwise(sizes):
                layers += [nn.Linear(inputs, width), nn.Tanh()]
            return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))

        self.actor, self.critic = network(acted), network(1)
        self.log_std = nn.Parameter(torch.zeros(1, acted))

    def judge(self, obs: torch.Tensor, action: torch.Tensor | None = None):
        """Action, its log-probability, and the state's value."""
        mean = self.actor(obs)
        pi = torch.distributions.Normal(mean, self.log_std.expand_as(mean).exp())
        action = pi.sample() if action is None else action
        return action, pi.log_prob(action).sum(1), self.critic(obs).squeeze(1)


def script(worlds, number: int, observed: int, acted: int, steps: int) -> None:
    """PPO as a single script has it: modules, autograd, one Adam, advantages by a loop backwards."""
    agent = Script(observed, acted)
    adam = torch.optim.Adam(agent.parameters(), lr=PPO["learning_rate"], eps=1e-5)
    length = BATCH // number
    obs, actions = torch.zeros(length, number, observed), torch.zeros(length, number, acted)
    log_probs, rewards, dones, values = (torch.zeros(length, number) for _ in range(4))
    now, done = torch.as_tensor(worlds.reset()[0], dtype=torch.float32), torch.zeros(number)
    mean, variance, count = np.zeros(observed), np.ones(observed), 1e-4
    for _ in range(steps // BATCH):
        for t in range(length):
            raw = now.double().numpy()
            delta, total = raw.mean(0) - mean, count + number
            variance = (variance * count + raw.var(0) * number + delta**2 * count * number / total) / total
            mean, count = mean + delta * number / total, total
            obs[t] = torch.as_tensor(np.clip((raw - mean) / np.sqrt(variance + 1e-8), -10, 10))
            dones[t] = done
            with torch.no_grad():
                actions[t], log_probs[t], values[t] = agent.judge(obs[t])
            told, reward, terminated, truncated, _ = worlds.step(actions[t].clamp(-1, 1).numpy())
            now = torch.as_tensor(told, dtype=torch.float32)
            rewards[t], done = torch.as_tensor(reward), torch.as_tensor(terminated | truncated, dtype=torch.float32)
        with torch.no_grad():
            following = agent.critic(now).squeeze(1)
            advantages, ahead = torch.zeros(length, number), 0.0
            for t in reversed(range(length)):
                goes_on = 1 - (done if t == length - 1 else dones[t + 1])
                after = following if t == length - 1 else values[t + 1]
                ahead = rewards[t] + 0.99 * after * goes_on - values[t] + 0.99 * 0.95 * goes_on * ahead
                advantages[t] = ahead
            returns = advantages + values
        flat = [each.flatten(0, 1) for each in (obs, actions, log_probs, advantages, returns)]
        for _ in range(PPO["n_epochs"]):
            for rows in torch.randperm(BATCH).split(PPO["batch_size"]):
                x, action, old, advantage, target = (each[rows] for each in flat)
                _, log_prob, value = agent.judge(x, action)
                ratio = (log_prob - old).exp()
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                surrogate = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()
                loss = 0.5 * (value - target).square().mean() - surrogate
                adam.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                adam.step()


def script_on_gymnasium(env: str, seed: int, steps: int, number: int) -> None:
    """The script, its worlds stepped one after the other."""
    torch.manual_seed(seed)
    worlds = gym.vector.SyncVectorEnv([lambda: gym.make(env)] * number)
    script(worlds, number, worlds.single_observation_space.shape[0], worlds.single_action_space.shape[0], steps)


def script_on_envpool(env: str, seed: int, steps: int, number: int) -> None:
    """The script, its worlds stepped by EnvPool."""
    import envpool

    torch.manual_seed(seed)
    worlds = envpool.make(env, env_type="gymnasium", num_envs=number, num_threads=1, seed=seed)
    script(worlds, number, worlds.observation_space.shape[0], worlds.action_space.shape[0], steps)


PEERS = {
    "sb3-ppo": stable_baselines("ppo"),
    "sb3-a2c": stable_baselines("a2c"),
    "sb3-trpo": stable_baselines("trpo"),
    "tianshou-ppo": tianshou,
    "script-ppo": script_on_gymnasium,
    "script-ppo-envpool": script_on_envpool,
}


def main() -> None:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--env", default="Hopper-v4")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, default=61_440, help="transitions a seed")
    parser.add_argument("--worlds", type=int, default=16, help="of a seed")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for seed in asked.seeds:
        began = time.perf_counter()
        PEERS[asked.peer](asked.env, seed, asked.steps, asked.worlds)
        print(f"seed {seed}: {asked.steps / (time.perf_counter() - began):,.0f} transitions a second", flush=True)


if __name__ == "__main__":
    main()
