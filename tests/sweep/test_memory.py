"""What a sweep needs of memory is said before it starts, and what cannot fit is refused."""

import ctypes
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rlbench.algorithms import ALGORITHMS
from rlbench.algorithms.cem import CEM
from rlbench.algorithms.contract import Played, Size, Space
from rlbench.algorithms.ppo import PPO
from rlbench.errors import UserError
from rlbench.policies.normaliser import initial_moments
from rlbench.sweep.chosen_settings import Chosen
from rlbench.sweep.gpu_memory import candidate_bytes
from rlbench.sweep.jobs import describe_pairs, make_jobs, refuse_too_large
from rlbench.sweep.lookup import LookedUp, here, look_up
from rlbench.sweep.machine import usable_memory
from rlbench.sweep.memory import machine_bytes
from rlbench.sweep.request import RawOptions, read_request
from rlbench.sweep.sweep import prepare
from rlbench.sweep.words import say_bytes

PAIRS = (("Hopper-v4", "cma-es"), ("Hopper-v4", "ppo"))


def planned(memory, workers="2"):
    asked = read_request(RawOptions(["cma-es", "ppo"], ["Hopper-v4"], seeds="4", workers=workers), None)
    settings = dict.fromkeys(("cma-es", "ppo"), Chosen({"num_envs": 4}, {}, "cma-es"))
    need = dict(zip(PAIRS, memory, strict=True))
    known = LookedUp(settings, dict.fromkeys(PAIRS), dict.fromkeys(PAIRS, 10), need, {"Hopper-v4": 1e-4})
    return make_jobs(asked, known), asked, known


def test_what_runs_at_a_time_must_fit():
    jobs, asked, known = planned((3_000_000_000, 0))  # four seeds of it in one job, beside ppo
    refuse_too_large(jobs, known, asked.workers, 12_000_000_000)
    refuse_too_large(jobs, known, asked.workers, None)
    told = (
        r"^cma-es on Hopper-v4 takes at least 3.0 GB of memory a seed, 12 GB with all that runs at a time "
        r"in 2 processes, and 9.0 GB are free. Lower --seeds or --workers. See: rlbench show cma-es$"
    )
    with pytest.raises(UserError, match=told):
        refuse_too_large(jobs, known, asked.workers, 9_000_000_000)


class Nobody:
    """Answers as a worker does, and is given no job."""

    ask = staticmethod(here)

    @staticmethod
    def free_memory():
        return 64_000_000_000


TOO_LARGE = [
    ("ppo", "Hopper-v4", "hidden_sizes=1000000,1000000", "Lower hidden_sizes"),
    ("ppo", "Hopper-v4", "hidden_sizes=999999999,999999999,999999999", "Lower hidden_sizes"),
    ("reinforce", "CartPole-v1", "num_envs=100000000", "Lower num_envs or num_steps"),
    ("trpo", "Hopper-v4", "num_steps=1e9", "Lower num_envs or num_steps"),
    ("ppo", "Hopper-v4", "update_epochs=1e9", "Lower update_epochs or num_envs or num_steps"),
    ("cem", "CartPole-v1", "population=1e9", "Lower population or episodes"),
    ("cem", "Hopper-v4", "hidden_sizes=1e6,1e6", "Lower population or hidden_sizes"),
    ("cma-es", "CartPole-v1", "episodes=1e9", "Lower population or episodes"),
    ("cma-es", "Humanoid-v4", "covariance=full", "Lower population or hidden_sizes or covariance"),
    ("trpo-vine", "Hopper-v4", "branches=1e9", "Lower num_envs or states or branches"),
]


@pytest.mark.parametrize(("algorithm", "env", "setting", "advice"), TOO_LARGE, ids=[each[2] for each in TOO_LARGE])
def test_what_no_machine_holds_is_refused_before_anything_is_made(tmp_path, algorithm, env, setting, advice):
    key, value = setting.split("=")
    out = tmp_path / "out"
    larger = {"hidden_sizes": "256,256"} if "covariance" in setting else {}
    words = RawOptions([algorithm], [env], steps="1e12", out=str(out), settings={**larger, key: value})
    with pytest.raises(
        UserError, match=rf"^{algorithm} on {env} takes at least .* are free\. {advice}\. See: "
    ) as told:
        prepare(read_request(words, None), Nobody())
    assert "\n" not in str(told.value)
    assert not out.exists()


@pytest.mark.parametrize("algorithm", sorted(set(ALGORITHMS) - {"cpi", "policy-iteration"}))
def test_the_defaults_fit_into_a_small_machine(algorithm):
    [need] = look_up(read_request(RawOptions([algorithm], ["CartPole-v1"]), None), here).memory.values()
    assert 10_000 < need < 20_000_000


def test_memory_counts_what_grows():
    """PPO on Hopper-v4: ten copies of its parameters, its worlds, its batch, its orders."""
    space = Space(11, 3, None)
    worlds, batch = 16 * (1000 + 32 * 11), 2048 * 4 * (88 + 12 + 2 * 128 + 24)
    size = PPO().size(space)
    whole = 40 * size.parameters + worlds + batch + 8 * 2048 * 10
    assert machine_bytes(PPO(), space, size, "cpu") == (whole, "num_envs or num_steps")
    assert machine_bytes(PPO(), space, size, "cuda") == (0, "")


class OneStep:
    """A sampler of one seed on whose worlds every candidate acts once."""

    def __init__(self, space, num_envs):
        self.space, self.num_envs, self.progress = space, num_envs, torch.zeros(1, 1)

    def draw(self, noise, *shape):
        assert noise(np.random.default_rng(0), 1).dtype == np.float32
        return torch.ones(1, *shape)  # as large as noise, and quick

    def play(self, act, starts):
        assert starts == 1
        act(torch.zeros(1, self.num_envs, self.space.obs_size))
        returns = torch.arange(float(self.num_envs)).double().unsqueeze(0)
        return Played(returns, torch.ones(1, self.num_envs), initial_moments(1, self.space.obs_size))


def resident(name):
    """Bytes of memory that this process holds (VmRSS), or has held since the last reset (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_a_generation_takes_as_much_as_is_counted():
    """The measured peak of one generation of large policies, which nothing of earlier ones adds to."""
    cem, space = CEM(population=64, hidden_sizes=(400, 400)), Space(11, 3, None)
    sampler, state, size = OneStep(space, cem.num_envs), cem.initial(space, (0,)), cem.size(space)
    cem.iterate(state, sampler)
    ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back to the system, and is counted when it is taken again
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = resident("VmRSS")
    cem.iterate(state, sampler)
    peak = resident("VmHWM") - before
    counted = candidate_bytes(cem, size)
    assert counted <= machine_bytes(cem, space, size, "cpu").bytes
    assert 0.8 * counted < peak < 1.2 * counted


def test_settings_of_a_plug_in_may_mean_something_else():
    odd = SimpleNamespace(num_envs=2, num_steps="many", population=None, hidden_sizes="64x64", update_epochs=1.5)
    assert machine_bytes(odd, Space(4, 1, None), Size(10, 8), "cpu").bytes == 400 + 2 * 1128 + 8 * 4 * (32 + 4 + 24)


def test_jobs_that_wait_do_not_count():
    jobs, asked, known = planned((1000, 900), workers="1")
    assert len(jobs) == 2
    refuse_too_large(jobs, known, asked.workers, 4000)
    with pytest.raises(UserError):
        refuse_too_large(jobs, known, 2, 4000)


def test_much_memory_is_announced_and_little_is_not():
    jobs, asked, known = planned((150_000_000, 99_999_999))
    assert [pair.parameters for pair in describe_pairs(jobs, asked, known)] == [
        "10 parameters, 150 MB a seed",
        "10 parameters",
    ]


MACHINE = "MemTotal: 2000 kB\nMemFree: 10 kB\nMemAvailable: 1000 kB\n"


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({"meminfo": MACHINE}, 1_024_000),
        ({"meminfo": MACHINE, "memory.max": "max\n", "memory.current": "5\n"}, 1_024_000),
        ({"meminfo": MACHINE, "memory.max": "5000\n", "memory.current": "2000\n"}, 3000),
        ({"meminfo": MACHINE, "memory/memory.limit_in_bytes": "900", "memory/memory.usage_in_bytes": "100"}, 800),
        ({"memory.max": "5000\n", "memory.current": "2000\n"}, 3000),
        ({"meminfo": "nothing\n"}, None),
        ({}, None),
    ],
)
def test_free_memory_is_the_least_that_anybody_allows(tmp_path, files, free):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_memory(tmp_path, tmp_path / "meminfo") == free


@pytest.mark.parametrize(
    ("number", "text"), [(999, "999 bytes"), (1500, "1.5 kB"), (12_345_678, "12 MB"), (3_000_000_000, "3.0 GB")]
)
def test_bytes_in_words(number, text):
    assert say_bytes(number) == text
