"""Contents -> one HTML file that loads nothing else, and that no name in it can change."""

import base64
import hashlib
import json
import os
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from rlbench import __version__
from rlbench.analysis.report.page.contents import Contents
from rlbench.analysis.text import shown_path
from rlbench.errors import UserError
from rlbench.json_file import is_regular

MARK = b'<meta name="generator" content="rlbench '
"""Near the beginning of every report: only a file with it is written over."""
HEAD_BYTES = 2_000


def page_text(contents: Contents) -> str:
    """The whole page. Every name is escaped by the template; the script runs by its checksum, and no other does."""
    script = _part("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_part("page.html")).render(
        page=contents,
        data={
            "names": [entry.name for entry in contents.legend],
            "drawings": [drawing.data for each in contents.pictures for drawing in each.drawings],
        },
        version=__version__,
        script=Markup(script),
        style=Markup(_part("page.css")),
        policy=f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'",
        svg=Markup,
        compact=compact,
    )


def compact(value: object) -> Markup:
    """JSON for a script element. No `<` in it: no name ends the element, or begins a comment there."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


def _part(name: str) -> str:
    return files("rlbench.analysis.report.page").joinpath(name).read_text(encoding="utf-8")


def check_out(out: Path) -> None:
    """Refuse a place where no report can be written, before anything is computed. Makes its folder."""
    if os.path.isdir(out):
        example = shown_path(out / "report.html")
        raise UserError(f"{shown_path(out)} is a folder. Name a file in it, such as: -o {example}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = start_beside(out)
        beside.unlink()
        ours = not out.exists() or is_report(out)
    except FileExistsError:
        raise UserError(f"{shown_path(out.parent)} is not a folder. Name another file with -o.") from None
    except OSError as error:
        raise UserError(cannot_write(out, error)) from None
    if not ours:
        raise UserError(
            f"{shown_path(out)} exists and is no report of rlbench.",
            "Name another file with -o, or move this one away.",
        )


def is_report(path: Path) -> bool:
    if not is_regular(path):
        return False
    with path.open("rb") as file:
        return MARK in file.read(HEAD_BYTES)


def start_beside(out: Path) -> Path:
    """An empty file in the same folder, to be renamed when it is whole."""
    beside = out.with_name(f".{out.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(exist_ok=False)
    return beside


def write_page(contents: Contents, out: Path) -> None:
    """Written beside and renamed: never half a page, and never through a link."""
    text = page_text(contents)
    try:
        beside = start_beside(out)
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, out)
    except OSError as error:
        raise UserError(cannot_write(out, error)) from None


def cannot_write(out: Path, error: OSError) -> str:
    return f"Cannot write {shown_path(out)}: {error.strerror}. Name another file with -o."
