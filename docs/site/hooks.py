"""What MkDocs calls when it builds the site: formulas, links to files beside docs/, and the help of each command."""

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from commands import help_of_commands
from mathematics import FormulaError, with_mathml
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

COMMANDS = "<!-- the help of each command -->"
"""In docs/commands.md, where the site has what `rlbench COMMAND --help` says."""

SHORT_CODE = re.compile(r"<code>([^<\n]{1,24})</code>")
"""Browsers would break `--fresh` after its hyphens."""

LINK = re.compile(r"(\]\()((?:\.\./)+[^)\s#]+)([^)]*\))")
"""A link that goes up from its page, perhaps out of docs/."""


def on_config(config: Any) -> Any:
    """A page for which mkdocs.yml names no place comes last in the navigation, so that none is left out."""
    docs = Path(config.docs_dir)
    placed = re.findall(r"'([^']+\.md)'", str(config.nav))
    others = sorted({path.relative_to(docs).as_posix() for path in docs.rglob("*.md")} - set(placed))
    if others:
        config.nav.append({"More": others})
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Files of the checkout to which a page links are copied into the site, as text, and linked there."""

    def linked(found: re.Match[str]) -> str:
        docs = Path(config.docs_dir)
        target = Path(os.path.normpath((docs / page.file.src_uri).parent / found[2]))
        if target.is_relative_to(docs) or not target.is_file():
            return found[0]  # a page, or a broken link, of which MkDocs tells
        place = f"source/{target.relative_to(docs.parent).as_posix()}"
        copied = place if target.suffix in PLAIN else f"{place}.txt"
        if files.get_file_from_path(copied) is None:
            files.append(File.generated(config, copied, abs_src_path=str(target)))
        up = "../" * page.file.src_uri.count("/")
        return f"{found[1]}{up}{copied}{found[3]}"

    if COMMANDS in markdown:
        markdown = markdown.replace(COMMANDS, help_of_commands())
    return LINK.sub(linked, markdown)


PLAIN = (".csv", ".png", ".toml", ".txt")
"""Files that browsers show, or save, as they are. Others become text."""


def on_files(files: Any, config: Any) -> Any:
    """The font of formulas is taken from a package; without it, many browsers set indices badly."""
    package = find_spec("ziamath")
    assert package is not None
    assert package.origin is not None
    font = Path(package.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    files.append(File.generated(config, "assets/STIXTwoMath-Regular.ttf", abs_src_path=str(font)))
    return files


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Formulas become MathML; one that cannot be drawn ends the build. Short pieces of code are not broken in two."""
    try:
        return SHORT_CODE.sub(r'<code class="short">\1</code>', with_mathml(html))
    except FormulaError as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from error
