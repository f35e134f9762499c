"""The `rlbench` command. Each subcommand is a module; here are the program's entry and its exit statuses.

Statuses: 0 all good; 1 a job failed or a seed diverged; 2 bad input; 3 `doctor` warns; 130 and 143 stopped by Ctrl-C
and SIGTERM.
"""

import contextlib
import errno
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from rlbench import __version__
from rlbench.cli.bench import bench
from rlbench.cli.check import check
from rlbench.cli.compare import compare
from rlbench.cli.decide import decide
from rlbench.cli.doctor import doctor
from rlbench.cli.eval import evaluate
from rlbench.cli.export import export
from rlbench.cli.failures import leave
from rlbench.cli.help import Command, Group
from rlbench.cli.import_results import import_results
from rlbench.cli.lesson import lesson
from rlbench.cli.list import list_all
from rlbench.cli.plot import plot
from rlbench.cli.report import report
from rlbench.cli.run import run
from rlbench.cli.show import show
from rlbench.cli.status import status
from rlbench.cli.streams import LostOutput, open_streams
from rlbench.cli.table import table
from rlbench.cli.tune import tune
from rlbench.cli.video import video
from rlbench.errors import UserError, nearest

CHOICES = re.compile(r"'([^']*)' is not one of (.*?)\.?$", re.DOTALL)
"""What Typer says of a word that is none of an option's choices."""
UsageError: type[Any] = typer.BadParameter.__bases__[0]
"""The base class of all errors that Typer itself finds; Typer has no public name for it."""


MEANT = {
    ("tune", "--set"): ("--fix KEY=VALUE gives a setting this value in all trials, --search KEY=VALUES searches it. ")
}
"""What to write in place of an option that other commands have."""


def with_suggestion(message: str) -> str:
    """Typer's message, with the choice that was probably meant, and without the name of its exception."""
    message = message.replace("Value error, ", "")
    found = CHOICES.search(message)
    if not found:
        return message
    choices = re.findall(r"'([^']*)'", found[2])
    return f"{message.rstrip('.')}.{nearest(found[1], choices)}"


def main() -> NoReturn:
    """Run the command line, and exit with its status."""
    open_streams()
    try:
        left = make_app()(standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except LostOutput as error:
        if error.errno != errno.EPIPE:  # a reader that closes the pipe, as `head` does, is no error
            print(f"rlbench: Standard output cannot be written to: {error.strerror}.", file=sys.stderr)
        sys.exit(1)
    except UsageError as error:
        command = error.ctx.command_path if error.ctx else "rlbench"
        message = with_suggestion(error.format_message())
        meant = MEANT.get((command.rpartition(" ")[2], getattr(error, "option_name", "")), "")
        leave(UserError(f"{message}{'' if message[-1:] in '.?!' else '.'} {meant}See: {command} --help"))
    except Exception as error:
        leave(error)
    finally:
        with contextlib.suppress(OSError):  # else Python would flush at exit, and print an error
            sys.stdout.flush()
    sys.exit(left if isinstance(left, int) else 0)


def make_app() -> typer.Typer:
    """The application with all subcommands."""
    app = typer.Typer(
        cls=Group,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(about)
    commands: dict[str, Callable[..., Any]] = {
        "run": run,
        "decide": decide,
        "tune": tune,
        "eval": evaluate,
        "export": export,
        "video": video,
        "plot": plot,
        "compare": compare,
        "table": table,
        "report": report,
        "lesson": lesson,
        "import": import_results,
        "check": check,
        "status": status,
        "list": list_all,
        "show": show,
        "bench": bench,
        "doctor": doctor,
    }
    for name, function in commands.items():
        app.command(name, cls=Command)(function)
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
