"""Colours are legible on light and on dark, and are printed only where they are wanted."""

import os
import pty
import re
import select
import sys
from pathlib import Path

import pytest
from rich.color import Color

import rlbench.cli as cli_package
from rlbench.cli import colours, main
from rlbench.cli.doctor import STYLES

NAMES = {name: value for name, value in vars(colours).items() if name.isupper()}
REFERENCE = Path(cli_package.__file__).parents[2] / "results" / "reference"
COLOUR = re.compile(r"\x1b\[[\d;]*(?:3[0-8]|9[0-7])[\d;]*m")


def luminance(rgb):
    """Of sRGB, as the Web Content Accessibility Guidelines define it."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in rgb))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", NAMES)
def test_a_colour_is_legible_on_white_and_on_black(name):
    rgb = Color.parse(NAMES[name]).get_truecolor()
    assert contrast(rgb, (255, 255, 255)) >= 3
    assert contrast(rgb, (0, 0, 0)) >= 3


def test_the_usual_yellow_is_not_legible_on_white():
    assert contrast((205, 205, 0), (255, 255, 255)) < 2


def test_no_command_has_colours_of_its_own():
    named = re.compile(r"""["'](?:bold |dim )?(?:bright_)?(?:red|green|yellow|blue|cyan|magenta)\b""")
    for path in Path(cli_package.__file__).parent.glob("*.py"):
        assert not named.search(path.read_text()) or path.name == "colours.py", path.name
    assert set(STYLES) == {"pass", "warn", "fail"}


def in_a_terminal(*words, **variables):
    """What a command writes to a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS"):
            os.environ.pop(name, None)
        os.environ.update(variables)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        sys.argv = ["rlbench", *words]
        try:
            main()
        finally:
            sys.stdout.flush()
            os._exit(0)
    written = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # what Linux answers once the other end is closed
            break
        if not part:
            break
        written += part
    os.waitpid(child, 0)
    os.close(terminal)
    return written.decode()


COMMANDS = [
    ("--help",),
    ("show", "trpo"),
    pytest.param(("table", str(REFERENCE), "--algorithms", "trpo"), marks=pytest.mark.slow),
    pytest.param(("plot", str(REFERENCE), "--terminal", "--algorithms", "trpo"), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_no_color_and_dumb_terminals_are_heeded(words):
    plain = in_a_terminal(*words, TERM="xterm-256color", NO_COLOR="1")
    dumb = in_a_terminal(*words, TERM="dumb")
    assert not COLOUR.search(plain)
    assert "\x1b" not in dumb
    assert len(dumb) > 200
    assert max(map(len, dumb.replace("\r", "").splitlines())) <= 80


@pytest.mark.slow
def test_a_terminal_with_colours_gets_some():
    words = ("plot", str(REFERENCE), "--terminal", "--algorithms", "trpo")
    assert COLOUR.search(in_a_terminal(*words, TERM="xterm-256color"))
