"""Whether two kinds of physics teach the same: interquartile means of the final returns, with their intervals.

    rlbench run ppo trpo --env Hopper-v4 --env HalfCheetah-v4 --seeds 20 --device cpu --out results/gpu/cpu
    rlbench run ppo trpo --env Hopper-v4 --env HalfCheetah-v4 --seeds 20 --device cuda --out results/gpu/cuda
    python benchmarks/gpu_intervals.py results/gpu/cpu results/gpu/cuda

95 % bootstrap intervals over seeds, of the last evaluation with the mean action and with sampled ones.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rlbench.analysis.frames.curves import groups
from rlbench.analysis.reading.metrics import EVAL_DET, EVAL_STOCH
from rlbench.analysis.reading.progress import read_logs
from rlbench.analysis.reading.runs import find_runs
from rlbench.analysis.statistics.estimates import estimate
from rlbench.analysis.statistics.intervals import bounds


def finals(folder: Path) -> dict[tuple[str, str, str], np.ndarray]:
    """The last value of each seed, by environment, algorithm and column."""
    logs, _ = read_logs(find_runs([folder])[0], {EVAL_DET, EVAL_STOCH})
    found = {}
    for (env, algorithm), members in groups(logs).items():
        for column in (EVAL_DET, EVAL_STOCH):
            values = [log.series[column].values[-1] for log in members if column in log.series]
            if values:
                found[env, algorithm, column] = np.array(values)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each pair."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs=2)
    asked = parser.parse_args(arguments)
    one, other = map(finals, asked.folders)
    for name in sorted(one.keys() & other.keys()):
        told = []
        for values in (one[name], other[name]):
            low, high = (float(bound[0]) for bound in bounds(values[:, None], "iqm", "bootstrap"))
            told.append((float(estimate(values[:, None], "iqm")[0]), low, high, len(values)))
        (_, low, high, _), (_, low_too, high_too, _) = told
        overlap = "overlap" if low <= high_too and low_too <= high else "APART"
        texts = (f"{iqm:8.1f} [{low:.1f}, {high:.1f}] n = {n}" for iqm, low, high, n in told)
        print(f"{' '.join(name):<48} {'   '.join(texts)}   {overlap}")


if __name__ == "__main__":
    main()
