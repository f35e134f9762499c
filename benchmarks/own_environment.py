"""Worlds of Gymnasium environments: stepped one after another, by several processes, and by a vector form, in turns.

python benchmarks/own_environment.py [--worlds 16] [--processes 2] [--repeats 5]

Of steps that sleep it tells the ratio of wall times; of steps that compute that of the processor time of the busiest
process, which is the ratio of wall times where cores are free; of CartPole-v1's vector form that of processor times.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

from rlbench import envs
from rlbench.envs.groups import choose
from rlbench.testing.trial import starts

STEPS = 20
MODULE = '''
"""Pendulums whose steps take a while."""

import time

import gymnasium
from gymnasium.envs.classic_control.pendulum import PendulumEnv


class Slow(PendulumEnv):
    def __init__(self, seconds, sleeps):
        super().__init__()
        self.seconds, self.sleeps = seconds, sleeps

    def step(self, action):
        if self.sleeps:
            time.sleep(self.seconds)
        began = time.thread_time()
        while not self.sleeps and time.thread_time() - began < self.seconds:
            pass
        return super().step(action)


for milliseconds in (1, 5):
    for name, sleeps in (("Sleeps", True), ("Computes", False)):
        gymnasium.register(
            f"{name}{milliseconds}-v0", Slow, max_episode_steps=200,
            kwargs={"seconds": milliseconds / 1000, "sleeps": sleeps},
        )
'''


def speed(env, clock):
    """Transitions a second by a clock."""
    action = torch.zeros(1, env.num_envs, env.action_size)
    began = clock()
    for t in range(STEPS):
        env.step(action + t % 2)  # CartPole's cart is pushed to and fro
    return STEPS * env.num_envs / (clock() - began)


def busiest_process(env):
    """A clock: the processor time of whichever process of a group has taken most since the last call."""
    parts = getattr(env._group, "_parts", [])
    files = [Path(f"/proc/{number}/schedstat") for number in ("self", *(part._process.pid for part in parts))]
    spent, now = [0.0] * len(files), 0.0

    def clock():
        nonlocal spent, now
        later = [int(file.read_text().split()[0]) / 1e9 for file in files]
        now += max(after - before for before, after in zip(spent, later, strict=True))
        spent = later
        return now

    clock()
    return clock


def compare(first, second, repeats, clock=None):
    """Median speeds of two environments in turns, and the median, lowest and highest of their ratio.

    Without a clock, that of each environment's busiest process is taken.
    """
    for env in (first, second):
        env.reset()
    clocks = [clock or busiest_process(env) for env in (first, second)]
    pairs = [(speed(first, clocks[0]), speed(second, clocks[1])) for _ in range(repeats)]
    ratios = sorted(b / a for a, b in pairs)
    mine, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    return f"{mine:9,.0f} {other:9,.0f} {statistics.median(ratios):6.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "slow_pendulums.py").write_text(MODULE)
        sys.path.insert(0, folder)
        print(f"{'':22} one by one/s   second/s  ratio")
        for name in ("Sleeps1", "Sleeps5", "Computes1", "Computes5"):
            one, several = (
                envs.make(f"slow_pendulums:{name}-v0", (0,), given.worlds, starts, threads=threads)
                for threads in (1, given.processes)
            )
            clock = time.perf_counter if name.startswith("Sleeps") else None
            print(f"{name:10} {several.way:14}", compare(one, several, given.repeats, clock))
    together = envs.make("CartPole-v1", (0,), given.worlds, starts)
    choose.FEWEST_TOGETHER = sys.maxsize
    one = envs.make("CartPole-v1", (0,), given.worlds, starts)
    print("CartPole-v1 vector form  ", compare(one, together, given.repeats))


if __name__ == "__main__":
    main()
