"""What a page of docs/algorithms says: its formulas, the code it quotes, and the names it uses."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "algorithms"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (rlbench/\S+\.py)")
INLINE_FORMULA = re.compile(r"(?<![\w$\\`])\$([^$\n]+)\$(?![\w$])")


def text_of(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def fences(page, language):
    """The contents of a page's blocks of one language."""
    return [content for found, content in FENCE.findall(page) if found == language]


def prose(page):
    """A page without its blocks."""
    return FENCE.sub("", page)


def quotes(page):
    """Pairs of a file and consecutive lines that a page says are in it, without their indentation."""
    found = []
    for block in fences(page, "python"):
        file, lines = None, []
        for line in [*block.splitlines(), "..."]:
            named = FILE.fullmatch(line)
            if named or line.strip() in ("", "..."):
                found.extend([(file, lines)] if lines else [])
                lines = []
                file = named[1] if named else file
            else:
                lines.append(line.strip())
    return found


def is_in(lines, source):
    """Whether a source has these lines, one right after the other."""
    those = [line.strip() for line in source.splitlines()]
    return any(those[at : at + len(lines)] == lines for at in range(len(those)))


def sections(page, level):
    """Titles of a level, each with the text below it up to the next title of this level or above."""
    parts = re.split(rf"^(#{{1,{level}}}) (?!rlbench/)(.+)$", page, flags=re.MULTILINE)  # quotes begin with their file
    return {
        title: text for marks, title, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
        if len(marks) == level
    }  # fmt: skip


def columns_in(page):
    """The names in the first column of the tables below `## Columns of progress.csv`."""
    rows = re.findall(r"^\| (`[^|]+) \|", sections(page, 2)["Columns of progress.csv"], re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def code_words(page):
    """What a page's prose has in backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(page))
