import pytest

from rlbench.analysis.text import file_name, interval_text, listed, number_text, shown, tick_labels, units


def test_names_cannot_command_a_terminal():
    assert shown("a\x1b[31mb\n\u202ec\ud800") == r"a\x1b[31mb\n\u202ec\ud800"
    assert shown("Hopper-v4 é 强化") == "Hopper-v4 é 强化"


def test_long_names_lose_their_middle():
    assert shown("a" * 50 + "b" * 50, 11) == "aaaaa…bbbbb"
    assert len(shown("\x1b" * 10**6)) <= 80


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hopper-v4", "Hopper-v4"),
        ("ALE/Pong-v5", "ALE-Pong-v5"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("强化", "unnamed"),
        ("a" * 500, "a" * 100),
    ],
)
def test_file_names_stay_in_their_folder(name, expected):
    assert file_name(name) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (512, "512"), (200_000, "200k"), (999_999, "1M"), (1_500_000, "1.5M"), (2e9, "2B"), (-12_500, "−12.5k")],
)
def test_units(value, expected):
    assert units(value) == expected


def test_ticks_of_one_axis_are_of_one_manner_and_distinct():
    assert tick_labels([0, 2500, 5000, 7500]) == ["0", "2500", "5000", "7500"]
    assert tick_labels([-5000, 0, 10_000]) == ["−5k", "0", "10k"]
    assert tick_labels([1_000_000, 1_001_000, 1_002_000]) == ["1M", "1.001M", "1.002M"]
    assert tick_labels([1e12, 1e12 + 0.25]) == ["1000000000000", "1000000000000.25"]
    assert tick_labels([]) == []


def test_lists_and_numbers():
    assert listed("abcdefg", 3) == "a, b, c and 4 more"
    assert listed("abc", 3) == "a, b, c"


NOTHING = float("nan")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3120.4, "3120"), (42.25, "42.2"), (-3.25, "−3.250"), (NOTHING, "–"), (-0.00001, "0.000"), (float("inf"), "∞")],
)
def test_numbers(value, expected):
    assert number_text(value) == expected


def test_a_number_has_as_many_decimals_as_its_company():
    assert number_text(3.25, 3120) == "3"
    assert number_text(-3.25, NOTHING) == "−3.250"
    assert interval_text(3120.4, 2900.2, 3340.9) == "3120 [2900, 3341]"
    assert interval_text(5.0, -300.4, 310.4) == "5 [−300, 310]"
    assert interval_text(0.5, 0.25, 0.75) == "0.500 [0.250, 0.750]"
    assert interval_text(0.5, NOTHING, NOTHING) == "0.500"
    assert interval_text(NOTHING, 1, 2) == "–"
