"""Tables in text files, a line at a time: CSV and the like, whose sizes and lines are bounded."""

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rlbench.analysis.reading.importers.contract import UnusableError, check_size
from rlbench.analysis.text import shown

LONGEST_LINE = 64 << 10
WIDE_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")
SEPARATORS = ("\t", ",", ";")


class Row(NamedTuple):
    """One line of a table."""

    number: int
    """As an editor counts lines."""
    cells: list[str]
    whole: bool
    """Whether the line has its end; a line without one may be cut."""


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines with their ends, numbered from 1."""
    check_size(path)
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
            if number == 1 and line.startswith(WIDE_ENCODINGS):
                raise UnusableError("the text is UTF-16; save it as UTF-8")
            if b"\0" in line:
                raise UnusableError(f"line {number} has a zero byte, so the file is no text")
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                raise UnusableError(f"line {number} is longer than any row of a table")
            text = line.decode("utf-8", "replace")
            yield number, text.removeprefix("\ufeff") if number == 1 else text


def first_line(path: Path) -> str:
    """The first line without its end; empty where there is none."""
    return next((line.rstrip("\r\n") for _, line in text_lines(path)), "")


def separator_of(header: str) -> str:
    """The separator that cuts the header into the most cells."""
    return max(SEPARATORS, key=header.count)


def table_rows(lines: Iterator[tuple[int, str]], separator: str, width: int) -> Iterator[Row]:
    """Rows of `width` cells. Empty lines are passed by; an UnusableError names a line with another number of cells."""
    for number, line in lines:
        if not line.strip():
            continue
        whole = line.endswith("\n")
        cells = split(line, separator, number)
        if len(cells) != width:
            if not whole:
                return
            raise UnusableError(f"line {number} has {len(cells)} cells, and the header has {width}")
        yield Row(number, cells, whole)


def split(line: str, separator: str, number: int) -> list[str]:
    """The cells of one line, as the csv module reads them."""
    line = line.rstrip("\r\n")
    if '"' not in line:
        return line.split(separator)  # many times faster, which long tables need
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error as error:
        raise UnusableError(f"line {number} cannot be read as a row: {error}") from None


def check_names(names: Sequence[str]) -> None:
    """Refuse a header in which a name occurs twice."""
    for name in names:
        if names.count(name) > 1:
            raise UnusableError(f"the header has the column {shown(name, 40)!r} twice")


def number_in(cell: str, name: str, line: int) -> float:
    """A cell as a number; NaN where it is empty."""
    try:
        return float(cell)
    except ValueError:
        if not cell.strip():
            return math.nan
        raise UnusableError(f"line {line}: {shown(name, 40)} is {shown(cell, 40)!r} and not a number") from None
