"""The pages of docs/algorithms say what is so: quoted code is in its file, formulas can be read, settings exist."""

import re
from dataclasses import fields

import pytest
from algorithm_docs import (
    INLINE_FORMULA,
    PAGES,
    ROOT,
    code_words,
    columns_in,
    fences,
    is_in,
    prose,
    quotes,
    sections,
    text_of,
)
from matplotlib.mathtext import MathTextParser

from rlbench.algorithms import ALGORITHMS
from rlbench.algorithms.pages import module_of, read_page
from rlbench.algorithms.settings import describe, resolve
from rlbench.errors import UserError
from rlbench.training.records import PROGRESS

SETTING = re.compile(r"(?:([a-z-]+)\.)?([a-z]\w*)=(\S+)")


def settings_of(name):
    return read_page(name).settings


def strange_words(name, page):
    """The words in backticks that are no setting or value of the algorithm, no column, and no option of a command."""
    known = {each.name for each in describe(settings_of(name))} | {*columns_in(page), *PROGRESS, *ALGORITHMS}
    choices = {choice for each in fields(settings_of(name)) for choice in each.metadata["choices"] or ()}
    return [
        word
        for phrase in code_words(page)
        if not phrase.startswith(("rlbench", "python ", "tests/", "--"))
        for word in phrase.split()
        if word not in known | choices and not is_setting(name, word)
    ]


def is_setting(name, word):
    """Whether a word is `setting=value` of the algorithm, or `trpo.setting=value` of another."""
    parts = SETTING.fullmatch(word)
    if not parts:
        return False
    owner = parts[1] or name
    try:
        return bool(resolve(settings_of(owner), owner, {parts[2]: parts[3]}))
    except UserError:
        return False


SPELT_OTHERWISE = {r"\lVert": r"\|", r"\rVert": r"\|", r"\lvert": "|", r"\rvert": "|", r"\gt": ">", r"\lt": "<"}
"""Commands of LaTeX that Matplotlib does not know, and what it knows in their place."""


def unreadable(formula):
    """Why a formula cannot be typeset, or nothing."""
    formula = re.sub(r"\\[A-Za-z]+", lambda found: SPELT_OTHERWISE.get(found[0], found[0]), formula)
    try:
        MathTextParser("path").parse(f"${' '.join(formula.split())}$")
    except ValueError as error:
        return str(error)
    return ""


def test_every_algorithm_has_a_page():
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(ALGORITHMS)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_quoted_code_is_in_the_file_that_is_named(name):
    found = quotes(text_of(name))
    assert f"rlbench/algorithms/{module_of(name)}.py" in {file for file, _ in found}
    wrong = [(file, lines) for file, lines in found if not file or not is_in(lines, (ROOT / file).read_text())]
    assert wrong == []


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_step_of_the_update_has_its_formula_and_its_code(name):
    page = text_of(name)
    update = page.split("\n## The update\n")[1].split("\n## ")[0]
    steps = sections(update, 3)
    assert len(steps) >= 3
    assert [title for title, text in steps.items() if not (fences(text, "math") and fences(text, "python"))] == []


def unpaired(formula):
    """Whether a brace or a large bracket of a formula has no partner."""
    opened = 0
    for brace in re.findall(r"(?<!\\)[{}]", formula):
        opened += 1 if brace == "{" else -1
        if opened < 0:
            return True
    return opened != 0 or len(re.findall(r"\\left\b", formula)) != len(re.findall(r"\\right\b", formula))


@pytest.fixture(scope="module")
def formulas():
    """Those in blocks, and those in lines of prose, of all pages."""
    pages = [text_of(name) for name in ALGORITHMS]
    return (
        {block for page in pages for block in fences(page, "math")},
        {formula for page in pages for formula in INLINE_FORMULA.findall(prose(page))},
    )


def test_formulas_are_written_so_that_markdown_leaves_them_alone(formulas):
    """A block is fenced; a formula within a line has nothing that Markdown takes for its own."""
    blocks, inline = formulas
    assert (len(blocks) > 50, len(inline) > 100) == (True, True)
    assert [formula for formula in blocks | inline if unpaired(formula)] == []
    assert [formula for formula in inline if re.search(r"\\[^A-Za-z]|[*`<|]|^\s|\s$", formula)] == []
    left = [re.sub(r"`[^`\n]*`", "", INLINE_FORMULA.sub("", prose(text_of(name)))) for name in ALGORITHMS]
    assert [text for text in left if "$" in text] == []


@pytest.mark.slow
def test_every_formula_can_be_typeset(formulas):
    assert [(formula, why) for formula in sorted(set().union(*formulas)) if (why := unreadable(formula))] == []


@pytest.mark.parametrize("name", ALGORITHMS)
def test_settings_and_columns_on_a_page_exist(name):
    assert strange_words(name, text_of(name)) == []


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_page_says_what_differs_and_what_came_out(name):
    titles = list(sections(text_of(name), 2))
    differs = [title for title in titles if title.startswith("What differs from the paper")]
    assert titles[0] == "The update"
    assert len(differs) == 1
    assert titles[-1] == "Columns of progress.csv"
    assert "Results" in titles


def test_a_wrong_quote_formula_or_setting_is_seen():
    page = (
        "Words, `target_kl`, `step=fixed`, `stepp=kl`, `step=up`, `trpo.kl=max`, `gone`.\n\n"
        "```python\n# rlbench/algorithms/npg.py\n@dataclass(frozen=True)\nclass NPG(ActorCriticAlgorithm):\n...\n"
        "def not_there():\n```\n\n## Columns of progress.csv\n"
    )
    [(file, there), (_, gone)] = quotes(page)
    source = (ROOT / file).read_text()
    assert is_in(there, source)
    assert not is_in(gone, source)
    assert not is_in([there[1], there[0]], source)
    assert strange_words("npg", page) == ["stepp=kl", "step=up", "gone"]
    assert unreadable(r"\fracc{1}{2}") != ""
    assert unpaired(r"\frac{1}{2")
    assert unpaired(r"\left( x")
    assert unreadable(r"\alpha_t \leq \frac{1}{2}") == ""
