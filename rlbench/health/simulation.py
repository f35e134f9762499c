"""Whether a task can be simulated here: 100 steps, to the bit those of Gymnasium."""

from rlbench.errors import Fault
from rlbench.health.check import Check
from rlbench.own_process import ask
from rlbench.piped_process import ENVIRONMENT

TASK, STEPS = "Hopper-v4", 100
HERE = "rlbench.health.simulation"
REPAIR = "pip install --upgrade --force-reinstall --no-cache-dir torch mujoco 'gymnasium[mujoco]'"


def check_simulation() -> Check:
    """100 steps of a MuJoCo task on the CPU, beside Gymnasium's class."""
    name = f"{STEPS} steps of {TASK}"
    try:
        answer = ask(HERE, "take_steps", TASK, STEPS, env=ENVIRONMENT)
    except Fault as fault:
        return Check(name, "fail", str(fault), REPAIR)
    if answer["difference"]:
        reinstall = "Use versions that were tested: pip install -c constraints.txt rlbench"
        return Check(name, "fail", f"not what Gymnasium does: {answer['difference']}", reinstall)
    speed = f"{answer['speed']:,.0f} steps/s in 64 worlds on one thread"
    return Check(name, "pass", f"equal to Gymnasium's to the bit; {speed}")


def take_steps(env_id: str, steps: int) -> dict:
    """Step the task beside Gymnasium's class; then many worlds of it, against the clock. Called in its own process."""
    import time

    import numpy as np
    import torch

    from rlbench.envs import make
    from rlbench.envs.mujoco import MujocoEnv
    from rlbench.envs.side_by_side import compare, make_judge, random_actions

    def starts(seed: int, block: int) -> np.random.Generator:
        return np.random.default_rng([seed, block])

    ours = make(env_id, (0,), 2, starts)
    assert isinstance(ours, MujocoEnv)
    found = compare(ours, [make_judge(env_id) for _ in range(2)], steps, random_actions(ours, 0, (1.0, 0.1)))
    many = make(env_id, (0,), 64, starts)
    many.reset()
    still = torch.zeros(1, 64, many.action_size)
    spent = []
    for _ in range(steps):
        began = time.perf_counter()
        many.step(still)
        spent.append(time.perf_counter() - began)
    speed = 64 / float(np.median(spent))
    return {"difference": str(found.difference) if found.difference else None, "speed": speed}
