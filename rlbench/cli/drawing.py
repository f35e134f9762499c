"""Loading what draws: figures go into files, whichever windows matplotlib is set to open here."""

import contextlib
import os
from collections.abc import Iterator

from rlbench.errors import UserError

BACKEND = "MPLBACKEND"


@contextlib.contextmanager
def into_files() -> Iterator[None]:
    """Within, matplotlib is loaded without a window system; a UserError where its own settings keep it from loading."""
    asked = os.environ.get(BACKEND)
    os.environ[BACKEND] = "agg"
    try:
        import matplotlib  # noqa: F401
    except Exception as error:
        raise UserError(f"matplotlib cannot be loaded: {error}. Look at its settings, such as matplotlibrc.") from error
    finally:
        if asked is None:
            del os.environ[BACKEND]
        else:
            os.environ[BACKEND] = asked
    yield
