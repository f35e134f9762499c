"""Write the results of results/reference into the pages of docs/algorithms: between two comments on each, `## Results`.

    python benchmarks/reference_tables.py

A page gets what `rlbench table results/reference --algorithms NAME --against published --format markdown` prints, the
tasks on which no runs are shipped, and the commands that made the runs. To be run whenever the results change.
"""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import rlbench
from rlbench.algorithms import ALGORITHMS
from rlbench.analysis.report.grid import markdown
from rlbench.analysis.report.published_grid import published_grid
from rlbench.analysis.report.table import Table, grid
from rlbench.run_file import read_json

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "results" / "reference"
PAGES = ROOT / "docs" / "algorithms"
BEGIN, END = "<!-- results, by benchmarks/reference_tables.py -->", "<!-- end of results -->"
BETWEEN = re.compile(f"(?<={re.escape(BEGIN)}\n).*(?={re.escape(END)})", re.DOTALL)


def sections(results: Path, algorithms: Iterable[str] = ALGORITHMS) -> dict[str, str]:
    """What each algorithm's page says of a folder's results, by the algorithm's name."""
    made = rlbench.table(results, published=True)
    about = {name: run_files(results, name) for name in algorithms}
    return {name: section(made, name, files) for name, files in about.items()}


def section(made: Table, algorithm: str, runs: list[dict[str, Any]]) -> str:
    """The results of one algorithm, whose `run.json` files are `runs`, as Markdown."""
    tasks = made.estimates["env"].unique().tolist()
    estimates = made.estimates[made.estimates["algorithm"] == algorithm]
    if estimates.empty:
        return f"No runs of {algorithm} are shipped.\n"
    assert made.published is not None
    published = made.published[made.published["algorithm"] == algorithm]
    command = f"rlbench table results/reference --algorithms {algorithm} --against published"
    parts = [f"```\n{command}\n```", markdown(grid(estimates, made.titles))]
    if not published.empty:
        parts.append(markdown(published_grid(published, made.titles)))
    if missing := [task for task in tasks if task not in set(estimates["env"])]:
        parts.append(f"No runs of {algorithm} are shipped on {', '.join(missing)}.")
    parts.append(origin(runs))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def run_files(results: Path, algorithm: str) -> list[dict[str, Any]]:
    """What each run of an algorithm says of itself."""
    return [read_json(path) for path in sorted(results.glob(f"*/{algorithm}/seed-*/run.json"))]


def origin(runs: list[dict[str, Any]]) -> str:
    """The commands that made some runs, and the commits at which they did."""
    commands = dict.fromkeys(shlex.join(map(without_machine, run["command"])) for run in runs if run.get("command"))
    commits = dict.fromkeys(run["git"] for run in runs if run.get("git"))
    at = f" at commit {', '.join(commits)}" if commits else ""
    return f"The runs were made{at} by\n\n```\n" + "\n".join(commands) + "\n```"


def without_machine(argument: str) -> str:
    """An argument of a command; of a path that only one machine has, its last part."""
    return Path(argument).name if argument.startswith("/") else argument


def rewritten(page: str, results: str) -> str:
    """A page with other results between the comments."""
    text, count = BETWEEN.subn(lambda _: f"\n{results}\n", page)
    if count != 1:
        raise SystemExit(f"A page needs the lines '{BEGIN}' and '{END}', each once.")
    return text


if __name__ == "__main__":
    for name, results in sections(REFERENCE).items():
        page = PAGES / f"{name}.md"
        page.write_text(rewritten(page.read_text(encoding="utf-8"), results), encoding="utf-8")
