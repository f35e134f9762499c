"""The script of a Slurm job array: one task a job, each a plain `rlbench run` line. Text alone; nothing is called."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rlbench.sweep.launchers.options import Launching
from rlbench.sweep.words import say_seeds
from rlbench.training.job import Job

PROGRAM = """\
rlbench_run() {{
  # Slurm warns the script two minutes before the time limit. rlbench then writes checkpoints and ends, and the task is
  # queued again. One that was cancelled or preempted is not running any more, and what becomes of it is Slurm's matter.
  {program} run "$@" --expect-code {code} --launcher local --workers 1 &
  process=$! told=
  trap 'told=yes; kill -TERM $process' TERM
  wait $process; status=$?
  while kill -0 $process 2>/dev/null; do wait $process; status=$?; done
  trap - TERM
  if [ -n "$told" ]; then
    if [ "$(squeue --noheader --job="$SLURM_JOB_ID" --format=%T)" = RUNNING ]; then
      echo "The time is nearly over: the task is queued again, and goes on from its checkpoints."
      scontrol requeue "$SLURM_JOB_ID"
      sleep 60  # Slurm ends the script meanwhile
    fi
    exit 143
  fi
  [ $status = 0 ] || echo $status >"$failed"
  result=$((status > result ? status : result))
}}
"""


def make_script(tasks: Sequence[Sequence[Job]], launching: Launching, stem: Path, memory: str) -> str:
    """The script whose task K trains the jobs `tasks[K]`, one after the other.

    `stem` is its path without the ending; the file of the expected code lies beside it.
    """
    out = stem.parent.parent
    log = out / "logs" / f"{stem.name}-%a.log"
    limit = f"%{launching.tasks}" if launching.tasks else ""
    options = {
        "job-name": f"rlbench-{stem.name}",
        "array": f"0-{len(tasks) - 1}{limit}",
        "partition": launching.partition,
        "account": launching.account,
        "time": launching.time,
        "ntasks": "1",
        "cpus-per-task": "1",
        "mem": memory,
        "signal": "B:TERM@120",
        "open-mode": "append",
        "output": str(log),
    }
    lines = ["#!/bin/bash"]
    lines += [f"#SBATCH --{key}={quote(value)}" for key, value in options.items() if value]
    lines += ["#SBATCH --requeue", ""]
    lines += [f"# Tasks are begun in their order, the longest first. Submit this with: sbatch {quote(stem)}.sh"]
    lines += [f"# How they stand: rlbench status {quote(out)}", "", f"cd {quote(os.getcwd())} || exit 2", "result=0"]
    lines += [f"failed={quote(out)}/logs/{quote(stem.name)}-$SLURM_ARRAY_TASK_ID.failed", 'rm -f "$failed"', ""]
    program = f"{quote(sys.executable)} -m rlbench"
    lines += [PROGRAM.format(program=program, code=f"{quote(stem)}.code"), "case $SLURM_ARRAY_TASK_ID in"]
    for number, jobs in enumerate(tasks):
        lines += [f"{number})", *(f"  rlbench_run {shlex.join(words_of(job, out))}" for job in jobs), "  ;;"]
    lines += ["esac", "exit $result", ""]
    return "\n".join(lines)


def quote(value: Any) -> str:
    """A word of a shell."""
    return shlex.quote(str(value))


def words_of(job: Job, out: Path) -> list[str]:
    """The words after `rlbench run` that train a job, and no other."""
    sources: Mapping[str, str] = job.provenance.get("sources", {})
    words = [job.algorithm, "--env", job.env, "--seeds", _seeds(job), "--steps", str(job.steps)]
    words += ["--eval-every", str(job.eval_every), "--device", "cpu", "--out", str(out)]
    words += ["--row-every", str(job.row_every)] if job.row_every else []
    words += ["--name", job.variant] if job.variant else []
    words += ["--accept-changed-code"] if job.accept_changed_code else []
    for key, value in job.settings.items():
        if sources.get(key) != "default":
            words += ["--set", f"{key}={say_setting(value)}"]
    return words


def _seeds(job: Job) -> str:
    """The seeds as --seeds takes them, where a lone number would be a count."""
    text = say_seeds(job.seeds)
    return f"{text}," if text.isdigit() else text


def say_setting(value: Any) -> str:
    """A setting's value as --set takes it, exactly."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return ",".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
