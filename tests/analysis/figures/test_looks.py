"""Colours and marks: the same for an algorithm in every figure, and told apart by everybody."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from rlbench.algorithms import ALGORITHMS
from rlbench.analysis.figures.looks import ALIKE, OWN, SLOTS, looks
from rlbench.analysis.figures.plot import plot_folders
from rlbench.analysis.figures.style import contrast, readable
from rlbench.analysis.figures.themes import THEMES
from rlbench.analysis.options import PlotOptions

SEEN_BY = {
    "most people": np.eye(3),
    "protanopes": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopes": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopes": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What is left of linear RGB (Machado, Oliveira and Fernandes 2009)."""
TO_CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]
"""Ottosson's Oklab, in which distances are alike to the eye."""


def lab(color, seen):
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    left = np.clip(np.array(seen) @ linear, 0, 1)
    return np.array(TO_LAB) @ np.cbrt(np.array(TO_CONES) @ left)


@pytest.mark.parametrize("seen", SEEN_BY.values(), ids=SEEN_BY)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_any_two_colours_are_told_apart(theme, seen):
    """Seaborn's palette for the colour-blind has two colours that are .03 apart."""
    places = [lab(color, seen) for color in theme.palette]
    assert min(np.linalg.norm(a - b) for a, b in combinations(places, 2)) > 0.08


def distance(one, other):
    """How far apart two colours of a palette are to the reader, and in the theme, that tells them apart worst."""
    return min(
        np.linalg.norm(lab(theme.palette[one], seen) - lab(theme.palette[other], seen))
        for theme in THEMES.values()
        for seen in SEEN_BY.values()
    )


def test_colours_that_are_alike_are_listed():
    for one, other in combinations(SLOTS, 2):
        assert (other in ALIKE[one]) == (one in ALIKE[other]) == (distance(one, other) < 0.11)


@pytest.mark.parametrize("name", ["ppo-sb3", "ppo-cleanrl", "ppo-tianshou", "ppo-spinningup", "sb3 ppo", "mine"])
def test_others_results_are_told_from_any_two_of_rlbenchs_own(name):
    """Neither the colour nor the mark of an imported algorithm is one that could be taken for its neighbour's."""
    theme = THEMES["light"]
    for pair in combinations(set(OWN) - {"policy-iteration", "cpi"}, 2):
        styles = looks([*pair, name], theme)
        stranger = theme.palette.index(styles[name].color)
        assert all(distance(stranger, theme.palette.index(styles[own].color)) >= 0.11 for own in pair)
        assert styles[name].marker not in {styles[own].marker for own in pair}


def test_a_line_in_a_colour_that_is_taken_has_another_mark_and_dash():
    styles = looks([*(f"a{i}" for i in range(30)), *OWN], THEMES["light"])
    by_colour = {}
    for name, look in styles.items():
        by_colour.setdefault(look.color, []).append(name)
    for names in by_colour.values():
        others = [name for name in names if name not in OWN]
        assert len({styles[name].marker for name in names}) == len(names)
        assert len({str(styles[name].dash) for name in others}) == len(others)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_colour_stands_out_and_text_is_readable(theme):
    assert min(contrast(color, theme.background) for color in theme.palette) > 2.4
    for color in (*(readable(color, theme) for color in theme.palette), theme.ink, theme.muted):
        assert contrast(color, theme.background) >= 4.5


def test_our_algorithms_have_looks_of_their_own():
    assert set(ALGORITHMS) <= set(OWN)
    assert len(set(OWN.values())) == len(OWN)


def test_an_algorithm_looks_the_same_whatever_else_is_drawn():
    theme = THEMES["light"]
    alone = {name: looks([name], theme)[name] for name in (*OWN, "mine", "ppo-small-clip")}
    everybody = looks([*OWN, "mine"], theme)
    for name in OWN:
        assert (everybody[name].color, everybody[name].marker) == (alone[name].color, alone[name].marker)
    beside = looks(["trpo", "ppo", "mine"], theme)
    assert beside["mine"].color == alone["mine"].color


def test_an_algorithm_looks_the_same_whichever_others_of_its_folder_are_drawn(tmp_path, write_run):
    names = ["ppo", "ppo-a", "ppo-b", "ppo-c", "mine"]
    for name in names:
        write_run(tmp_path, algorithm=name)
    colors = set()
    for chosen in ((), ("mine",), ("mine", "ppo-b")):
        figure = plot_folders([tmp_path], PlotOptions(algorithms=chosen, formats=())).figure
        colors |= {line.get_color() for line in figure.axes[0].lines if line.get_label() == "mine"}
    assert len(colors) == 1


def test_no_two_look_the_same_however_many():
    for count in (10, 40, 200):
        styles = looks([f"a{i}" for i in range(count)], THEMES["dark"]).values()
        assert len({(look.color, look.marker, str(look.dash)) for look in styles}) == count
    ten = looks([f"a{i}" for i in range(10)], THEMES["light"]).values()
    assert len({look.color for look in ten}) == 10


def test_a_stranger_takes_no_colour_that_is_taken():
    nine = [name for name in OWN if name not in ("policy-iteration", "cpi")]
    styles = looks([*nine, "a stranger"], THEMES["light"])
    assert len({look.color for look in styles.values()}) == 10
