from rlbench.analysis.report.grid import Grid, latex, markdown

GRID = Grid(
    ("environment", "algorithm", "mean [95 %]"),
    [("Hopper-v4", "trpo *", "3120 [2900, 3340]"), ("", "my_ppo|50%", "−5.250")],
    names=2,
    caption="p ≤ 5 %; ×: diverged.",
)


def test_markdown_has_as_many_cells_in_every_line():
    lines = markdown(GRID).splitlines()
    assert lines[0] == r"| environment | algorithm | mean \[95 %\] |"
    assert lines[1] == "| --- | --- | ---: |"
    assert lines[2] == r"| Hopper-v4 | trpo \* | 3120 \[2900, 3340\] |"
    assert lines[3] == r"|  | my\_ppo\|50% | −5.250 |"
    assert [line.replace(r"\|", "").count("|") for line in lines[:4]] == [4] * 4
    assert lines[4:] == ["", "p ≤ 5 %; ×: diverged."]


def test_latex_is_escaped():
    lines = latex(GRID).splitlines()
    assert lines[0] == r"\begin{tabular}{llr}"
    assert lines[2] == r"environment & algorithm & mean [95 \%] \\"
    assert lines[4] == r"Hopper-v4 & trpo * & 3120 [2900, 3340] \\"
    assert lines[5] == r" & my\_ppo\textbar{}50\% & $-$5.250 \\"
    assert lines[-2:] == [r"\end{tabular}", "% p ≤ 5 %; ×: diverged."]


def test_latex_of_every_special_sign():
    rows = [("[e]", "a\\b{}~^#$<>", "±×≤≥∞…–")]
    expected = r"a\textbackslash{}b\{\}\textasciitilde{}\textasciicircum{}\#\$\textless{}\textgreater{}"
    signs = r"$\pm$$\times$$\leq$$\geq$$\infty$\dots{}--"
    assert f"\n{{}}[e] & {expected} & {signs} \\\\" in latex(Grid(("", "", ""), rows, names=2))


def test_no_caption_leaves_no_line():
    grid = Grid(("a",), [("b",)], names=1)
    assert markdown(grid).splitlines()[-1] == "| b |"
    assert latex(grid).splitlines()[-1] == r"\end{tabular}"
