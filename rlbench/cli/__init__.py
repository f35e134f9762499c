"""The `rlbench` command: one module a subcommand, and here what they share: errors in one line, and exit statuses.

Statuses: 0 all good; 1 a job failed or a seed diverged; 2 bad input; 130 and 143 stopped by Ctrl-C and SIGTERM.
"""

import contextlib
import os
import sys
from typing import Annotated, Any, NoReturn

import typer

from rlbench import __version__
from rlbench.cli.bench import bench
from rlbench.cli.check import check
from rlbench.cli.list import list_all
from rlbench.cli.plot import plot
from rlbench.cli.run import run
from rlbench.cli.show import show
from rlbench.cli.table import table
from rlbench.errors import UserError, harmless

UsageError: type[Any] = typer.BadParameter.__bases__[0]
"""All mistakes that Typer itself finds; it gives the class no public name of its own."""


def main() -> NoReturn:
    """Runs the command line and leaves with its status."""
    try:
        status = make_app()(standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        with contextlib.suppress(OSError):  # nothing may be written at exit any more
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)  # as Typer and rich have it where they notice first
    except UsageError as error:
        command = error.ctx.command_path if error.ctx else "rlbench"
        message = error.format_message()
        fail(f"{message}{'' if message[-1:] in '.?!' else '.'} See: {command} --help")
    sys.exit(status if isinstance(status, int) else 0)


def fail(message: str) -> NoReturn:
    """One line on stderr, and the status of bad input."""
    print(f"rlbench: {harmless(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(2)


def make_app() -> typer.Typer:
    """The subcommands together."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(about)
    app.command("run")(run)
    app.command("plot")(plot)
    app.command("table")(table)
    app.command("check")(check)
    app.command("list")(list_all)
    app.command("show")(show)
    app.command("bench")(bench)
    return app


def about(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Compare policy-optimization algorithms: same tasks, same budgets, same seeds, honest intervals.

    Start with: rlbench run trpo --env Hopper-v4 --seeds 5

    and then: rlbench plot results
    """
    if version:
        print(f"rlbench {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
