"""The help of every command as Markdown, read from the commands themselves."""

import re
from typing import Any, Literal, get_args, get_origin

from typer.main import get_command

from rlbench.cli import make_app

HEAD = "| option | meaning |\n|---|---|"


def help_of_commands() -> str:
    """A section for each command: what it does, how it is called, its arguments and options."""
    return "\n\n".join(section(name, command) for name, command in get_command(make_app()).commands.items())


def section(name: str, command: Any) -> str:
    """One command."""
    context = command.make_context(f"rlbench {name}", [], resilient_parsing=True)
    rows = [f"| {names_of(each)} | {meaning_of(each)} |" for each in command.params if not each.hidden]
    usage = " ".join(["rlbench", name, *command.collect_usage_pieces(context)])
    heading = f"### rlbench {name} {{ #{name} }}"
    return "\n".join([heading, "", escaped(command.help), "", f"```\n{usage}\n```", "", HEAD, *rows])


def names_of(parameter: Any) -> str:
    """What is typed: an argument's place, or an option's names and what stands for its value."""
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper().replace('_', '-')}"
    return f"`{', '.join(parameter.opts)}{value}`"


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
    return escaped(f"{text}{listed}{told}")


def escaped(text: str) -> str:
    """Text without what Markdown or HTML would read as markup."""
    return re.sub(r"([|*_\[\]`])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
