"""How `--help` looks: options in groups, and one column of text, as wide as it can be."""

from collections.abc import Iterable, Sequence
from inspect import cleandoc
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "Train": ("run", "decide", "tune"),
    "Look at results": ("plot", "table", "compare", "report"),
    "Use what was trained": ("eval", "video", "export"),
    "Verify, watch, bring": ("check", "status", "import"),
    "Know": ("list", "show", "lesson", "doctor", "bench"),
}
OPTIONS = {
    "What is trained": (
        *("--env", "--seeds", "--steps", "--num-envs", "--set", "--name", "--config", "--suite", "--quick"),
        *("--max-seeds", "--group", "--trials", "--search", "--fix", "--report-seeds", "--rungs"),
        *("--reduction-factor", "--search-seed", "--show"),
    ),
    "Which results": ("--results", "--envs", "--algorithms", "--against", "--allow-mixed"),
    "What is shown or measured": (
        *("--kind", "--metric", "--score", "--statistic", "--interval", "--smooth", "--x", "--baseline"),
        *("--threshold", "--scale"),
    ),
    "What is written": (
        *("--out", "--format", "--theme", "--width", "--title", "--terminal", "--eval-every", "--row-every"),
        *("--log", "--quiet"),
    ),
    "Where it runs": (
        *("--workers", "--device", "--gpu-buffers", "--launcher", "--address", "--partition", "--account"),
        *("--time", "--memory", "--submit"),
    ),
    "What was begun before": ("--fresh", "--accept-changed-code", "--expect-code"),
}
FEW = 7
"""A command with so many options, or fewer, has them in one group."""
WIDEST = 100
Part = tuple[str, Sequence[tuple[str, str]]]
"""A heading, and below it names with their meanings."""


class Command(TyperCommand):
    """A command whose help is written by this module."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_of(self, ctx))


class Group(TyperGroup):
    """The program itself, whose help lists the commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_of(self, ctx))


def help_of(command: Any, context: Any) -> str:
    """The whole help of a command, for the terminal that standard output is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    width = min(console.width, WIDEST)
    with console.capture() as captured:
        console.print(Text(f"Usage: {' '.join([context.command_path, *command.collect_usage_pieces(context)])}"))
        for paragraph in cleandoc(command.help or "").split("\n\n"):
            console.print(Text("\n" + " ".join(paragraph.split())), width=width)
        for parts in (list(_commands(command)), list(_parameters(command))):
            names = max((len(name) for _, rows in parts for name, _ in rows), default=0)
            for heading, rows in parts:
                console.print(Text(f"\n{heading}", "bold"))
                table = Table.grid(padding=(0, 2), pad_edge=False)
                table.add_column(width=names + 2, no_wrap=True)
                table.add_column()
                for name, meaning in rows:
                    table.add_row(Text(f"  {name}"), Text(meaning))
                console.print(table, width=width)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _commands(command: Any) -> Iterable[Part]:
    for heading, found in _grouped(getattr(command, "commands", {}), COMMANDS, "Other commands"):
        yield heading, [(name, _first_sentence(each)) for name, each in found.items()]


def _parameters(command: Any) -> Iterable[Part]:
    shown = [each for each in command.params if not each.hidden]
    arguments = [each for each in shown if each.param_type_name == "argument"]
    if arguments:
        yield "Arguments", [(names_of(each), meaning_of(each)) for each in arguments]
    options = {max(each.opts, key=len): each for each in shown if each not in arguments}
    groups = OPTIONS if len(options) > FEW else {}
    for heading, found in _grouped(options, groups, "Other options" if groups else "Options"):
        yield heading, [(names_of(each), meaning_of(each)) for each in found.values()]


def _grouped(
    things: dict[str, Any], groups: dict[str, tuple[str, ...]], others: str
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Things by group, in the order of the groups; last, those that belong to none."""
    left = dict(things)
    for heading, names in groups.items():
        if found := {name: left.pop(name) for name in names if name in left}:
            yield heading, found
    if left:
        yield others, left


def _first_sentence(command: Any) -> str:
    return " ".join((command.help or "").partition("\n\n")[0].split()).removesuffix(".")


def names_of(parameter: Any) -> str:
    """What is typed: an argument's place, or an option's names and what stands for its value."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper().replace('_', '-')}"
    return f"{', '.join(sorted(parameter.opts, key=len))}{value}"


def choices_of(parameter: Any) -> tuple[str, ...]:
    """The values that an option takes, where they are listed."""
    annotation = parameter.type_descriptor.annotation
    inner = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return tuple(map(str, get_args(inner))) if get_origin(inner) is Literal else ()


def meaning_of(parameter: Any) -> str:
    """The help text, and choices and default where they do not stand there."""
    text, choices = parameter.help or "", choices_of(parameter)
    default = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    listed = "" if all(each in text for each in choices) else f" One of: {', '.join(choices)}."
    told = "" if default in (None, False, True, "", []) else f" (default: {default})"
    return f"{text}{listed}{told}"
