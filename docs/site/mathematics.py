r"""Formulas of a page as MathML, made when the site is built: a reader's browser draws them without script or network.

Formulas are written as GitHub reads them: `$x$` in a line, and blocks fenced as ```math. `pymdownx.arithmatex` finds
them and leaves LaTeX in elements of the class `arithmatex`, which are replaced here.
"""

import re
from html import unescape

from latex2mathml.converter import convert

FOUND = re.compile(r'<(span|div) class="arithmatex">\\(?:\((.*?)\\\)|\[(.*?)\\\])</\1>', re.DOTALL)
UNKNOWN = re.compile(r"<m[io]>(\\[A-Za-z]+)</m[io]>")
"""latex2mathml leaves a command that it does not know as its name."""


class FormulaError(ValueError):
    """A formula that cannot be drawn."""


def with_mathml(html: str) -> str:
    """A page with its formulas in MathML."""
    return FOUND.sub(lambda found: mathml(found[2] or found[3], display=found[1] == "div"), html)


def mathml(latex: str, display: bool) -> str:
    """One formula. Its LaTeX stays in it as the text for those who cannot see it, and for copying."""
    latex = unescape(latex).strip()
    try:
        made = convert(latex, display="block" if display else "inline")
    except Exception as error:
        raise FormulaError(f"The formula {latex} cannot be read: {error!r}") from error
    if unknown := UNKNOWN.findall(made):
        raise FormulaError(f"The formula {latex} has commands that cannot be drawn: {', '.join(unknown)}")
    if not display:
        return made
    return f'<div class="formula">{made}</div>'
