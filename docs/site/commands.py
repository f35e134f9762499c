"""The help of every command as Markdown, read from the commands themselves."""

import re
from typing import Any

from typer.main import get_command

from rlbench.cli import make_app
from rlbench.cli.help import meaning_of, names_of

HEAD = "| option | meaning |\n|---|---|"


def help_of_commands() -> str:
    """A section for each command: what it does, how it is called, its arguments and options."""
    return "\n\n".join(section(name, command) for name, command in get_command(make_app()).commands.items())


def section(name: str, command: Any) -> str:
    """One command."""
    context = command.make_context(f"rlbench {name}", [], resilient_parsing=True)
    rows = [f"| `{names_of(each)}` | {escaped(meaning_of(each))} |" for each in command.params if not each.hidden]
    usage = " ".join(["rlbench", name, *command.collect_usage_pieces(context)])
    heading = f"### rlbench {name} {{ #{name} }}"
    return "\n".join([heading, "", escaped(command.help), "", f"```\n{usage}\n```", "", HEAD, *rows])


def escaped(text: str) -> str:
    """Text without what Markdown or HTML would read as markup."""
    return re.sub(r"([|*_\[\]`])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
