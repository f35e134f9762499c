"""How long `rlbench table`, `compare` and `plot` take over very many runs, and how much memory.

    python benchmarks/plot_scale.py --runs 10000 --rows 1000

The runs are made up: random walks as returns, an evaluation in every hundredth row, in as many columns as TRPO writes.
"""

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ENVS = ("Ant-v4", "HalfCheetah-v4", "Hopper-v4", "Humanoid-v4", "Walker2d-v4")
ALGORITHMS = ("npg", "ppo", "reinforce", "trpo")
HEADER = (
    "iteration,env_steps,episodes,return_mean,return_min,return_max,length_mean,eval_return_det,eval_return_det_std,"
    "eval_return_stoch,eval_return_stoch_std,eval_length_det,status,kl,kl_max,surrogate_gain,backtracks,step_size,"
    "cg_iterations,cg_residual,curvature,entropy,critic_loss,explained_variance"
)


def write_run(folder: Path, identity: dict[str, object], rows: int, rng: np.random.Generator) -> None:
    """One seed's progress.csv and run.json."""
    folder.mkdir(parents=True)
    returns = np.abs(np.cumsum(rng.standard_normal(rows))) * 10
    measured = ",".join(f"{value:.6g}" for value in rng.random(12))
    lines = [HEADER]
    for row, value in enumerate(returns.tolist(), 1):
        evaluated = f"{value:.4f},1.5,{value:.4f},2.5,1000.0" if row % 100 == 0 else ",,,,"
        lines.append(f"{row},{row * 1000},3,{value!r},{value - 1!r},{value + 1!r},500.0,{evaluated},{measured}")
    content = ("\n".join(lines) + "\n").encode()
    (folder / "progress.csv").write_bytes(content)
    files = {"progress.csv": {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}}
    about = {"format": 1, "status": "finished", "settings": {}, "files": files, **identity}
    (folder / "run.json").write_text(json.dumps(about))


def processor_time() -> float:
    """Seconds of the processor that all commands so far have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the runs, draw them, and say what that took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=1000, help="of each run")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(arguments)
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as results:
        pairs = [(env, algorithm) for env in ENVS for algorithm in ALGORITHMS]
        for number in range(asked.runs):
            (env, algorithm), seed = pairs[number % len(pairs)], number // len(pairs)
            identity = {"env": env, "algorithm": algorithm, "seed": seed}
            write_run(Path(results) / env / algorithm / f"seed-{seed}", identity, asked.rows, rng)
        print(f"{asked.runs:,} runs, {asked.runs * asked.rows:,} rows", flush=True)
        commands = ("table", results), ("compare", "--results", results), ("plot", results, "--format", "png")
        for command in commands * asked.repeats:
            began, used = time.perf_counter(), processor_time()
            subprocess.run([sys.executable, "-m", "rlbench", *command], check=True, stdout=subprocess.DEVNULL)
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20  # the most of any so far
            seconds = f"{time.perf_counter() - began:.1f} s, of that {processor_time() - used:.1f} s at work"
            print(f"{command[0]}: {seconds}, {memory:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
