"""`rlbench export`: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer

from rlbench.cli.eval import OwnEnv


def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.", metavar="RUN", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file: its name ends in .npz or .onnx.")],
    env: OwnEnv = None,
) -> None:
    """Write a trained policy as one file that needs no rlbench.

    A file .npz is for NumPy, .onnx for ONNX runtimes.

    Observation normaliser and clipping of actions are inside. Its actions are compared with the original's first.
    """
    import sys

    from rlbench.errors import harmless
    from rlbench.trained.exports.export import export as write

    made = write(run, out, env=env)
    about = made.policy
    what = f"{about.algorithm} on {about.env}, seed {about.seed}, after {about.env_steps:,} transitions"
    compared = f"largest difference from its actions over {made.compared} observations: {made.difference:.1g}"
    print(f"{harmless(f'{made.path}: {what}; {compared}')}\nIt is used like this:\n", file=sys.stderr)
    print(made.usage)
