"""Synthetic results folders: learning curves that look like an algorithm's, without running one."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

HEADER = (
    "iteration,env_steps,episodes,return_mean,return_min,return_max,length_mean,eval_return_det,eval_return_det_std,"
    "eval_return_stoch,eval_return_stoch_std,eval_length_det,kl"
)


def about(env: str, algorithm: str, seed: int, status: str = "finished", **changes: object) -> dict:
    """What run.json says."""
    return {
        "format": 1,
        "algorithm": algorithm,
        "env": env,
        "seed": seed,
        "status": status,
        "steps": 1_000_000,
        "settings": {"gamma": 0.99, "gae_lambda": 0.97, "hidden": [64, 64]},
        "versions": {"rlbench": "0.1.0", "mujoco": "4.0.0", "gymnasium": "1.4.0"},
        "device": "cpu",
        "physics": "mujoco.batch (CPU, float64)",
        **changes,
    }


def write_run(
    root: Path,
    env: str = "Hopper-v4",
    algorithm: str = "trpo",
    seed: int = 0,
    rows: list[str] | None = None,
    header: str = HEADER,
    fingerprint: bool = False,
    **run: object,
) -> Path:
    """One run's files; `rows` are complete lines without their ends. With `fingerprint`, run.json has a checksum."""
    folder = root / env / algorithm / f"seed-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [header, *(rows if rows is not None else learning_curve(seed))]
    content = "".join(f"{line}\n" for line in lines).encode()
    (folder / "progress.csv").write_bytes(content)
    if fingerprint:
        noted = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        run = {"files": {"progress.csv": noted}, **run}
    (folder / "run.json").write_text(json.dumps(about(env, algorithm, seed, **run)))
    return folder


def learning_curve(
    seed: int,
    low: float = 20,
    high: float = 3000,
    speed: float = 4,
    iterations: int = 120,
    steps: int = 1_000_000,
    eval_every: int = 6,
    until: float = 1.0,
) -> list[str]:
    """Rows that rise from `low` to `high` with noise, some without an episode, an evaluation now and then."""
    rng = np.random.default_rng([seed, int(abs(high))])
    top = high - (high - low) * 0.15 * abs(rng.normal())
    drift = np.cumsum(rng.normal(0, 0.012, iterations)) * (high - low)
    rows = []
    for i in range(int(iterations * until)):
        t = (i + 1) / iterations
        level = low + (top - low) * (1 - np.exp(-speed * t)) / (1 - np.exp(-speed)) + drift[i] * t * (1 - t) * 2
        noise = rng.normal(0, 0.03, 3) * (high - low)
        episodes = "" if i % 17 == 5 else f"{level + noise[0]:.6g}"
        evaluation = ",,,,"
        if (i + 1) % eval_every == 0:
            evaluation = f"{level + noise[1] + 0.04 * (high - low):.6g},30,{level + noise[2]:.6g},60,900"
        end = round(steps * t)
        rows.append(f"{i},{end},{4 if episodes else 0},{episodes},,,,{evaluation},{0.01 + 0.002 * rng.normal():.6g}")
    return rows


def points(steps: list[int], values: list[float | str], column: str = "return_mean") -> list[str]:
    """Rows with one column filled, to work results out by hand."""
    names = HEADER.split(",")
    rows = []
    for i, (step, value) in enumerate(zip(steps, values)):
        cells = dict.fromkeys(names, "") | {"iteration": str(i), "env_steps": str(step), column: str(value)}
        rows.append(",".join(cells[name] for name in names))
    return rows


@pytest.fixture
def blank_figures(monkeypatch):
    """Figures that are written are empty, for tests that judge what is told of them and what lies beside them."""
    monkeypatch.setattr("rlbench.analysis.figures.write.compose", lambda *_: Figure(figsize=(1, 1), dpi=20))


@pytest.fixture(name="write_run")
def write_run_fixture() -> Callable[..., Path]:
    return write_run


@pytest.fixture(name="points")
def points_fixture() -> Callable[..., list[str]]:
    return points


@pytest.fixture(name="learning_curve")
def learning_curve_fixture() -> Callable[..., list[str]]:
    return learning_curve
