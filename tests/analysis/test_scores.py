import io

import pandas as pd
import pytest

from rlbench.analysis import scores
from rlbench.analysis.summary import COLUMNS


@pytest.fixture
def summary():
    """Two environments; one seed that diverged, one algorithm that was never evaluated, names to be careful with."""
    nothing = float("nan")
    rows = [
        ("Hopper-v4", "trpo", 5, 4, 1, 1_000_000, 3120.4, 210.2, 2900.0, 100.0, 3200.0, 180.0, 8e5, "mujoco.batch", 2),
        ("Hopper-v4", "my_ppo|50%", 1, 1, 0, 200_000, -5.25, nothing, -6.0, nothing, -5.25, nothing, 2e5, "unknown", 0),
        ("Ant-v4", "a2c", 2, 0, 0, 500, *[nothing] * 7, "mujoco.batch", 0),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_cells_by_hand(summary):
    assert scores.cells(summary) == [
        ("Hopper-v4", "trpo", "5 (1 ×, 2 !)", "1M", "3120 ± 210", "2900 ± 100", "3200 ± 180"),
        ("", "my_ppo|50%", "1", "200k", "−5.250", "−6.000", "−5.250"),
        ("Ant-v4", "a2c", "2", "500", "–", "–", "–"),
    ]
    marks = (
        "×: diverged. !: progress.csv was changed after its run ended, so these are not the numbers that rlbench wrote."
    )
    kinds = "mujoco.batch for Hopper-v4 trpo, Ant-v4; unknown for Hopper-v4 my_ppo|50%"
    assert scores.caption(summary).endswith(f"{marks} Physics: {kinds}.")
    assert scores.caption(summary[:1].assign(changed=0)).endswith("×: diverged. Physics: mujoco.batch.")


def test_markdown_has_as_many_cells_in_every_line(summary):
    head, ruler, first, second, *_ = lines = scores.markdown(summary).splitlines()
    assert head.startswith("| environment | algorithm | seeds |")
    assert ruler == "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    assert first == "| Hopper-v4 | trpo | 5 (1 ×, 2 !) | 1M | 3120 ± 210 | 2900 ± 100 | 3200 ± 180 |"
    assert second.startswith(r"|  | my\_ppo\|50% | 1 |")
    assert [line.replace(r"\|", "").count("|") for line in lines[:5]] == [8] * 5
    assert lines[5] == ""
    assert lines[6].startswith("Evaluation return")


def test_latex_is_escaped(summary):
    lines = scores.latex(summary).splitlines()
    assert lines[0] == r"\begin{tabular}{llrrrrr}"
    numbers = r"5 (1 $\times$, 2 !) & 1M & 3120 $\pm$ 210 & 2900 $\pm$ 100 & 3200 $\pm$ 180 \\"
    assert lines[4] == f"Hopper-v4 & trpo & {numbers}"
    assert lines[5].startswith(r" & my\_ppo\textbar{}50\% & 1 & 200k & $-$5.250 &")
    assert lines[6].endswith(r"& -- & -- & -- \\")
    assert lines[-2] == r"\end{tabular}"
    assert lines[-1].startswith("% Evaluation")


def test_latex_of_every_special_sign():
    summary = pd.DataFrame([("[e]", "a\\b{}~^#$<>", 1, 1, 0, 1, *[1.0] * 7, "", 0)], columns=list(COLUMNS))
    expected = r"a\textbackslash{}b\{\}\textasciitilde{}\textasciicircum{}\#\$\textless{}\textgreater{}"
    assert f"\n{{}}[e] & {expected} & 1 &" in scores.latex(summary)


def test_csv_is_the_summary_unrounded(summary):
    again = pd.read_csv(io.StringIO(scores.csv(summary)))
    pd.testing.assert_frame_equal(again, summary)
