"""What the measurements of a GPU share."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rlbench.envs.gpu import refuse_without_gpu
from rlbench.errors import UserError
from rlbench.numerics.streams import Purpose, stream


def starts(seed: int, block: int) -> np.random.Generator:
    """As in training."""
    return stream(seed, Purpose.START_STATES, block)


def parse(parser: argparse.ArgumentParser, out: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line with a device, which must be there, and a file for the table, whose folder is made."""
    parser.add_argument("--device", default="cuda", choices=("cuda", "warp-cpu"))
    parser.add_argument("--out", type=Path, default=Path(out))
    asked = parser.parse_args(arguments)
    try:
        refuse_without_gpu(asked.device)
    except UserError as error:
        raise SystemExit(str(error)) from None
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    return asked
