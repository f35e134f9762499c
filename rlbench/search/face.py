"""What Python programs call: `rlbench.decide` does what the command does, without printing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rlbench.analysis.frames.decisions import Look, final
from rlbench.analysis.options import Metric, Score, check_choice
from rlbench.errors import Fault
from rlbench.search.decide import begin, next_group, take_in
from rlbench.search.question import Question
from rlbench.sweep.names import refuse_wrong_words
from rlbench.sweep.request import RawOptions, read_request
from rlbench.sweep.state import JobState, failures
from rlbench.sweep.sweep import open_workers, train
from rlbench.sweep.words import MOST_SEEDS, parse_count


@dataclass(frozen=True)
class Decision:
    """What was found, and where it is written."""

    verdicts: list[str]
    """Sentences, as the command prints them."""
    comparisons: pd.DataFrame
    """How each comparison ended: env, first, second, seeds, both means, difference, boundary, better (None: not told
    apart)."""
    looks: list[Look]
    """All that led there."""
    record: Path
    """The file that holds the plan, every look and the verdicts."""


def decide(
    *algorithms: str,
    env: str | Sequence[str],
    max_seeds: int = 30,
    group: int = 5,
    baseline: str | None = None,
    metric: Metric = "eval-det",
    score: Score = "final",
    out: str | Path = "results",
    steps: int | str = "1M",
    settings: Mapping[str, Any] | None = None,
    config: str | Path | None = None,
    num_envs: int | None = None,
    eval_every: int | str | None = None,
    device: str = "auto",
    gpu_buffers: tuple[int, int] | None = None,
    workers: int | None = None,
    fresh: bool = False,
    accept_changed_code: bool = False,
) -> Decision:
    """Train seeds in groups until a test tells which algorithm is better, or there are `max_seeds` of each.

    settings: values by "key" or "algorithm.key"; a list of values makes variants. config: a TOML file, whose words hold
    where none is given here. eval_every: transitions between evaluations, by default a tenth of steps. baseline:
    compare with this algorithm only. Worker processes are started, so a script calls this below
    `if __name__ == "__main__":`. Raises UserError or Fault, with one line that says what is wrong.

        found = rlbench.decide("trpo", "ppo", env="Hopper-v4", max_seeds=20)
        print(found.verdicts[0])
    """
    check_choice([metric], Metric, "metric")
    check_choice([score], Score, "score")
    question = Question(
        max_seeds=parse_count(max_seeds, "max_seeds", high=MOST_SEEDS),
        group=parse_count(group, "group", high=MOST_SEEDS),
        metric=metric,
        score=score,
        baseline=baseline,
    )
    words = RawOptions(
        algorithms=list(algorithms) or None,
        env=env if isinstance(env, str) else list(env),
        seeds=f"0-{question.max_seeds - 1}",
        steps=steps,
        out=str(out),
        num_envs=num_envs,
        device=device,
        gpu_buffers=",".join(map(str, gpu_buffers)) if gpu_buffers else None,
        workers=workers,
        eval_every=eval_every,
        fresh=fresh,
        accept_changed_code=accept_changed_code,
        settings=dict(settings or {}),
    )
    request = read_request(words, Path(config) if config else None)
    refuse_wrong_words(request)
    with open_workers(request) as (settled, pool):
        study = begin(settled, question, pool)
        while prepared := next_group(study, pool):
            states = [JobState(job) for job in prepared.jobs]
            for _ in train(states, pool):
                pass
            if any(state.failed for state in states):
                raise Fault(failures(states)[0])
            take_in(study)
    return Decision(study.sentences, _frame(study.looks), study.looks, study.record)


def _frame(looks: Sequence[Look]) -> pd.DataFrame:
    rows = [
        {
            "env": each.env,
            "first": each.first,
            "second": each.second,
            "seeds": seeds,
            "first_mean": each.means[0],
            "second_mean": each.means[1],
            "difference": each.difference,
            "boundary": each.boundary,
            "better": each.better,
        }
        for seeds, each in final(looks).values()
    ]
    return pd.DataFrame(rows)
