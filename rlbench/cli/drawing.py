"""Loading matplotlib so that it draws into files, whatever window system it is configured for."""

import contextlib
import os
from collections.abc import Iterator

from rlbench.errors import UserError

BACKEND = "MPLBACKEND"


@contextlib.contextmanager
def into_files() -> Iterator[None]:
    """Within the block matplotlib has no window system; a UserError where its own configuration is broken."""
    asked = os.environ.get(BACKEND)
    os.environ[BACKEND] = "agg"
    try:
        import matplotlib  # noqa: F401
    except ImportError:  # it is not installed, which the command line reports
        raise
    except Exception as error:
        raise UserError(f"matplotlib cannot be loaded: {error}. Look at its settings, such as matplotlibrc.") from error
    finally:
        if asked is None:
            del os.environ[BACKEND]
        else:
            os.environ[BACKEND] = asked
    yield
