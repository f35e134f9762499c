"""What a page of documentation tells its reader to do, in the order of the page."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from documents import DOCS, HOUSE

FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:rlbench|make|pip|python) [^`]+)`")
QUOTED = re.compile(r" *# rlbench/\S+\.py")
PROGRAMS = ("rlbench", ".venv/bin/rlbench", "make", "pip", "python", "cd", "docker", "ray", ".")
PLACEHOLDER = re.compile(r"[A-Z][A-Z_-]*(\.\.\.)?|.*\.\.\.|.*(?<![A-Z])(PEERS|HEAD|ALGORITHM|COLUMN|FOLDER)(?![A-Z]).*")
"""Words that stand for others, as in `rlbench show NAME`."""
Kind = Literal["command", "python", "file", "output"]


@dataclass(frozen=True)
class Piece:
    """One thing on a page: a command line, a block of Python, the contents of a file, or what a command prints."""

    page: str
    line: int
    kind: Kind
    text: str
    language: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """README and the pages of docs/, from the folder of the project; not that on walks, which tells what was done."""
    found = [HOUSE / "README.md", *sorted(set(DOCS.rglob("*.md")) - {DOCS / "walks.md"})]
    return [path.relative_to(HOUSE).as_posix() for path in found]


def pieces_of(page: str, text: str | None = None) -> list[Piece]:
    """The pieces of a page, in their order."""
    text = (HOUSE / page).read_text(encoding="utf-8") if text is None else text
    found: list[tuple[int, Kind, str, str]] = []
    for block in FENCE.finditer(text):
        found += _of_block(block[2], block[3], block.start(3))
    prose = FENCE.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    for inline in INLINE.finditer(prose):
        words = inline[1].split()
        if len(words) > 2 or words[0] == "make":  # `rlbench plot` alone is the name of a command
            found.append((inline.start(), "command", " ".join(words), ""))
    return [Piece(page, text.count("\n", 0, at) + 1, *what) for at, *what in sorted(found)]


def _of_block(language: str, content: str, at: int) -> Iterator[tuple[int, Kind, str, str]]:
    if language == "python":
        if not QUOTED.match(content):  # quotations of the source are compared with it elsewhere
            yield at, "python", content, language
    elif language in ("toml", "csv"):
        yield at, "file", content, language
    elif language != "math":
        lines = list(_lines(language, content, at))
        if lines:
            yield from lines
        else:
            yield at, "output", content, language


def _lines(language: str, content: str, at: int) -> Iterator[tuple[int, Kind, str, str]]:
    """The command lines of a block, each joined with those that it goes on in; none if the block has none."""
    for line in re.finditer(r"(?:[^\n]*\\\n)*[^\n]+", content):
        told = line[0].replace("\\\n", " ").removeprefix("$ ")
        if commands_of(told):
            yield at + line.start(), "command", told, language


def commands_of(line: str) -> list[list[str]]:
    """The words of each command of a line, without comments; none if the line is no command."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word)
    named = [next((word for word in command if "=" not in word), "") for command in commands]
    return commands if all(name in PROGRAMS for name in named) else []


def is_form(words: list[str]) -> bool:
    """Whether a command is a form to be filled in, such as `rlbench show NAME`."""
    return any(PLACEHOLDER.fullmatch(word) for word in words[1:])
