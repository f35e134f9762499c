import subprocess
import sys

import numpy as np
import pytest

from rlbench.analysis.figures.looks import looks
from rlbench.analysis.figures.terminal import (
    LETTERS,
    PLAIN,
    Screen,
    colours_of,
    corners,
    draw_curves,
    draw_panel,
    label_at,
    letters_of,
    marked,
    read_curves,
    round_axis,
    round_steps,
)
from rlbench.analysis.figures.themes import THEMES
from rlbench.analysis.frames.curves import Curve
from rlbench.analysis.options import PlotOptions


def curve(algorithm="trpo", values=(0, 500, 1000), env="Hopper-v4", low=None, **about):
    value = np.array(values, float)
    steps = np.linspace(0, 1e6, len(value))
    low = value - 10 if low is None else np.full(len(value), low)
    fields = {"spread": value * 0, "seeds": (0, 1), "diverged": (), "shortest": 1e6, "longest": 1e6, **about}
    return Curve(env=env, algorithm=algorithm, steps=steps, value=value, low=low, high=value + 10, **fields)


def test_a_straight_line_worked_out_by_hand():
    """Values 0 to 1000 over 20 columns: the line goes from the lower left corner to the upper right one."""
    drawn = draw_panel([curve()], {"trpo": "t"}, Screen(width=38, unicode=False)).splitlines()
    assert drawn[0] == "Hopper-v4"
    rows = drawn[2:-3]
    body = [row.split("| ", 1)[1] if "| " in row else "" for row in rows]
    assert len(body) == 15  # five ticks apart by 200, three lines each
    inked = [(row, column) for row, text in enumerate(body) for column, sign in enumerate(text) if sign != " "]
    for row, column in inked:
        assert abs((len(body) - 1 - row) / (len(body) - 1) - column / 19) < 0.12
    assert {column for _, column in inked} == set(range(20))
    labels = [row.partition("|")[0].strip() for row in drawn[1:-3]]
    assert [label for label in labels if label] == ["1000", "800", "600", "400", "200", "0"]
    assert drawn[-2].split() == ["|", "0", "500k", "1M"]
    assert drawn[-1] == "  t trpo  1000 [990, 1010] at 1M, n = 2"


@pytest.mark.parametrize("width", [80, 83, 88, 120, 20, 500])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_wider_than_the_terminal(width, unicode):
    curves = [curve(name, values=np.arange(50) * 7.3 - 30) for name in ("trpo", "ppo", "a-name-of-some-length")]
    text = draw_curves(curves, "eval_return_det", PlotOptions(), Screen(max(width, 60), unicode=unicode))
    assert max(map(len, text.splitlines())) <= min(max(width, 60), 140)


def test_braille_or_ascii():
    curves = [curve(), curve("ppo", values=(1000, 200, -10))]
    dots, plain = (draw_panel(curves, {"trpo": "t", "ppo": "p"}, Screen(unicode=each)) for each in (True, False))
    assert any("\u2800" < sign <= "\u28ff" for sign in dots)
    assert plain.isascii()
    assert dots.translate(PLAIN) == plain
    assert "-250" in plain  # the axis has a minus of its own, which ASCII has not


def test_each_environment_has_a_drawing_one_below_the_other():
    curves = [curve(env=env) for env in ("Ant-v4", "Hopper-v4", "Walker2d-v4")]
    text = draw_curves(curves, "return_mean", PlotOptions(statistic="median", interval="minmax"), Screen())
    assert [line for line in text.splitlines() if line.endswith("-v4")] == ["Ant-v4", "Hopper-v4", "Walker2d-v4"]
    said = " ".join(text.split("\n\n")[-1].split())
    assert said == (
        "Up: training return, sampled actions. Across: simulator transitions of a seed. Line: median over seeds, "
        "marked by the letter of its algorithm. Behind a name: its value where its line ends, in brackets lowest to "
        "highest seed."
    )


def test_the_legend_is_in_order_of_the_ends_and_tells_of_divergence():
    curves = [curve("a", values=(0, 1)), curve("b", values=(0, 9), diverged=(1,)), curve("c", (0, 5), low=np.nan)]
    lines = draw_panel(curves, letters_of("abc"), Screen()).splitlines()[-3:]
    assert lines == [
        "  b b  9.0 [−1.0, 19.0] at 1M, n = 2, 1 diverged",
        "  c c  5.000 at 1M, n = 2",
        "  a a  1.0 [−9.0, 11.0] at 1M, n = 2",
    ]


def test_letters_are_each_others_and_easily_remembered():
    assert letters_of(["trpo", "ppo", "trpo-vine", "cem", "cma-es", "9-ß"]) == {
        "9-ß": "a",
        "cem": "c",
        "cma-es": "m",
        "ppo": "p",
        "trpo": "t",
        "trpo-vine": "r",
    }
    many = letters_of(f"x{i}" for i in range(60))
    assert len(set(many.values())) == len(LETTERS) + 1
    assert many["x9"] == "?"


def test_marks_of_two_lines_do_not_meet():
    assert not set(marked(100, 0.0)) & set(marked(100, 0.5))
    assert marked(1, 0.9) == [0]
    assert max(marked(4, 0.99)) == 3


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0, 1000], [0, 200, 400, 600, 800, 1000]),
        ([-30, 3440], [-1000, 0, 1000, 2000, 3000, 4000]),
        ([5, 5], [5, 6]),
        ([0, 0], [0, 0.2]),
        ([1e99, 2e99], [1e99, 1.2e99, 1.4e99, 1.6e99, 1.8e99, 2e99]),
    ],
)
def test_an_axis_has_round_numbers(values, ticks):
    found, rows = round_axis(values)
    assert found == pytest.approx(ticks)
    assert rows % (len(ticks) - 1) == 0


def test_labels_stand_at_ticks_alone():
    assert label_at(400, [0, 200, 400], ["0", "200", "400"]) == "400"
    assert label_at(300, [0, 200, 400], ["0", "200", "400"]) == ""


@pytest.mark.parametrize(
    ("steps", "axis"),
    [(999_424, (5, 1e6)), (951_732, (5, 1e6)), (19_000, (4, 20e3)), (7, (4, 8)), (0, (5, 1))],
)
def test_labels_of_the_x_axis_are_round(steps, axis):
    assert round_steps(steps, 6) == pytest.approx(axis)


def test_control_characters_of_names_are_not_obeyed():
    text = draw_panel([curve("\x1b[2Jx")], letters_of(["\x1b[2Jx"]), Screen())
    assert "\x1b" not in text
    assert r"\x1b[2Jx" in text


def test_the_numbers_are_those_of_the_figure(tmp_path, write_run, learning_curve):
    from rlbench.analysis.frames.curves import build_curves
    from rlbench.analysis.reading.choice import Choice, read

    for seed in range(3):
        write_run(tmp_path, seed=seed, rows=learning_curve(seed))
    curves, column, _, notes = read_curves([tmp_path], PlotOptions())
    logs = read(Choice((tmp_path,)), {"return_mean"}).logs
    (expected,), _ = build_curves(logs, "eval_return_det")
    assert column == "eval_return_det"
    assert notes == []
    for name in ("steps", "value", "low", "high"):
        np.testing.assert_array_equal(getattr(curves[0], name), getattr(expected, name))


def test_a_value_that_holds_until_the_next_is_drawn_as_steps():
    steps, values = corners(curve(values=(0, 10, 20), stepped=True))
    assert steps.tolist() == [0, 5e5, 5e5, 1e6, 1e6]
    assert values.tolist() == [0, 0, 10, 10, 20]
    plain = corners(curve(values=(0, 10, 20)))
    assert [each.tolist() for each in plain] == [[0, 5e5, 1e6], [0, 10, 20]]


def test_colours_are_those_of_the_figures():
    for theme in ("light", "dark"):
        found = colours_of(["trpo", "mine"], theme)
        expected = looks(["trpo", "mine"], THEMES[theme])
        assert {name: f"#{bytes(colour).hex()}" for name, colour in found.items()} == {
            name: look.color for name, look in expected.items()
        }


def test_drawing_loads_no_matplotlib():
    code = (
        "import sys; from rlbench.analysis.figures import terminal; terminal.colours_of(['trpo'], 'dark'); "
        "print([m for m in ('matplotlib', 'seaborn', 'torch') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
