"""Every command and every block of Python of README and docs is executed, as `page_walk` says."""

from importlib import import_module

import pytest
from copied_workers import in_a_copy, load
from page_pieces import Piece, commands_of, is_form, pages, pieces_of
from page_walk import CANNOT, FILES, GIVEN, Walk, cannot, compare_output, walk, with_small_budget
from short_runs import train

PIECES = {page: pieces for page in pages() if (pieces := pieces_of(page))}
LINES = [piece for pieces in PIECES.values() for piece in pieces if piece.kind == "command"]
QUICK = ("docs/intervals.md",)
"""Pages that are walked in `make test`, too."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Four seeds each of two algorithms, a few hundred transitions long."""
    for name in ("figures.plot", "report.compare", "report.page.make"):
        import_module(f"rlbench.analysis.{name}")  # here, so that not every page's process imports it anew
    load()
    out = tmp_path_factory.mktemp("trained")
    for algorithm in ("trpo", "ppo"):
        train(algorithm, "Hopper-v4", out, seeds=range(4))
    return out


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[] if page in QUICK else [pytest.mark.slow]) for page in PIECES]
)
def test_a_reader_can_do_what_the_page_says(page, trained, tmp_path):
    _, wrong = in_a_copy(walk, page, tmp_path / "checkout", trained)
    assert not wrong, wrong


def is_executed(piece):
    return not any(is_form(words) or cannot(" ".join(words)) for words in commands_of(piece.text))


def test_what_is_looked_for_is_found():
    executed = [piece for piece in LINES if is_executed(piece)]
    assert len(executed) > max(60, len(LINES) / 2)
    assert any(piece.page == "README.md" and piece.text.startswith("rlbench run trpo") for piece in executed)


@pytest.mark.parametrize("pattern", CANNOT)
def test_no_exception_is_out_of_use(pattern):
    assert any(cannot(" ".join(words)) == CANNOT[pattern] for piece in LINES for words in commands_of(piece.text))


def test_every_page_that_is_named_is_there():
    assert {*FILES, *GIVEN, *QUICK} <= set(PIECES)


def test_commands_are_read_from_blocks_and_from_sentences():
    block = "```\n# no command\nrlbench run ppo \\\n  --seeds 2  # why\n```"
    found = pieces_of("page.md", f"One:\n\n{block}\n\n`rlbench plot` draws; `rlbench check\nother`.")
    assert [(piece.line, commands_of(piece.text)) for piece in found] == [
        (5, [["rlbench", "run", "ppo", "--seeds", "2"]]),
        (9, [["rlbench", "check", "other"]]),
    ]
    assert commands_of("A=1 rlbench list && rlbench doctor") == [["A=1", "rlbench", "list"], ["rlbench", "doctor"]]
    assert commands_of("trpo is better") == []


def test_budgets_become_small_and_other_words_stay():
    words = with_small_budget(["run", "ppo", "--steps", "1M", "--set", "gamma=0.9", "--seeds", "10-12"])
    assert words[:8] == ["run", "ppo", "--steps", "4096", "--set", "gamma=0.9", "--seeds", "10-12"]
    assert words[8:] == ["--eval-every", "0"]
    assert with_small_budget(["eval", "x"]) == ["eval", "x", "--episodes", "3"]
    assert with_small_budget(["tune", "--seeds", "1", "--steps", "2k"])[:5] == ["tune", "--seeds", "1", "--steps", "2k"]


def test_a_command_that_fails_is_told_with_page_and_line(tmp_path, monkeypatch):
    monkeypatch.setattr("page_walk.pieces_of", lambda page: [Piece(page, 7, "command", "rlbench show nobody")])
    done, wrong = in_a_copy(walk, "page.md", tmp_path / "checkout", tmp_path)
    assert done == ["show nobody"]
    assert wrong.startswith("page.md:7: rlbench show nobody\n")
    assert "There is no algorithm, suite or environment 'nobody'" in wrong


def test_a_quotation_that_no_longer_holds_is_told(tmp_path):
    state = Walk("page.md", tmp_path, tmp_path, said=["a  b\n12 seeds"], done=["compare --results results/reference"])
    compare_output(state, Piece("page.md", 1, "output", "a b\n12 seeds\n"))
    with pytest.raises(AssertionError, match="is quoted, and was not printed"):
        compare_output(state, Piece("page.md", 1, "output", "a b\n13 seeds\n"))
