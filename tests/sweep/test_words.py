"""Numbers and seeds as people type them."""

import pytest

from rlbench.errors import UserError
from rlbench.sweep.words import parse_count, parse_names, parse_seconds, parse_seeds, say_return, say_seeds, say_time


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1M", 1_000_000),
        ("1m", 1_000_000),
        ("300k", 300_000),
        ("1_000_000", 1_000_000),
        ("2.5e5", 250_000),
        ("1.5M", 1_500_000),
        ("0.0005M", 500),
        ("2G", 2_000_000_000),
        (" 7 ", 7),
        (300_000, 300_000),
        (1e6, 1_000_000),
        ("4.35M", 4_350_000),  # not 4349999, which floats would make of it
    ],
)
def test_counts(text, number):
    assert parse_count(text, "--steps") == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "k",
        "1.5",
        "0",
        "-5",
        "nan",
        "inf",
        "1MM",
        "ten",
        "1,000",
        True,
        None,
        [1],
        "1e999999999",
        "٣",
        "²",
        "9" * 6000,
    ],
)
def test_what_is_no_count(text):
    with pytest.raises(UserError, match=r"--steps is a whole number of at least 1, such as 1M"):
        parse_count(text, "--steps")


@pytest.mark.parametrize("text", ["1e13", 10**13, 1e300, "1000000000000.1", "1" * 30])
def test_counts_have_an_end(text):
    with pytest.raises(
        UserError, match=r"--steps is a whole number of at (most 1,000,000,000,000|least 1), such"
    ) as told:
        parse_count(text, "--steps")
    assert len(str(told.value)) < 200


def test_seconds_are_plain_and_finite():
    assert parse_seconds("0.5", "--seconds", low=0.1, high=60) == 0.5
    for text in ("inf", "nan", "0", "61", "1e999", "٣", ""):
        with pytest.raises(UserError, match=r"--seconds is a number of seconds, 0\.1 to 60"):
            parse_seconds(text, "--seconds", low=0.1, high=60)


def test_zero_where_it_may_be():
    assert parse_count("0", "--eval-every", low=0) == 0


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("5", (0, 1, 2, 3, 4)),
        (5, (0, 1, 2, 3, 4)),
        ("0-4", (0, 1, 2, 3, 4)),
        ("0,3,7", (0, 3, 7)),
        ("7,0, 3", (0, 3, 7)),
        ("0-2,9,4-5", (0, 1, 2, 4, 5, 9)),
        ("3-3", (3,)),
        ("5,", (5,)),
        ([0, 3, 7], (0, 3, 7)),
        ([7], (7,)),
        (["0-2", 9], (0, 1, 2, 9)),
    ],
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "names no seed"),
        ("", "names no seed"),
        (",", "names no seed"),
        ([], "names no seed"),
        ("0,3,0", "seed 0 twice"),
        ("0-4,3", "seed 3 twice"),
        ("0,,,", "a range 0-4"),
        (",0", "a range 0-4"),
        ("0,,3", "a range 0-4"),
        ("٣", "a range 0-4"),
        ("0-٣", "a range 0-4"),
        ("9" * 6000, "a range 0-4"),
        ([[[]]], "a range 0-4"),
        ("4-0", "a range 0-4"),
        ("-3", "a range 0-4"),
        ("1.5", "a range 0-4"),
        ("a", "a range 0-4"),
        ([1.5], "a range 0-4"),
        ("20000", "more than 10,000"),
        ("0-99999999999", "too large"),
        ("0-4294967295", "more than 10,000"),
    ],
)
def test_what_are_no_seeds(text, words):
    with pytest.raises(UserError, match=words):
        parse_seeds(text)


def test_seeds_are_said_shortly():
    assert say_seeds((0, 1, 2, 3, 4)) == "0-4"
    assert say_seeds((0, 3, 4, 7)) == "0,3-4,7"
    assert say_seeds((6,)) == "6"


def test_whole_numbers_of_thousands_of_digits_are_no_words():
    """TOML has them in hexadecimal digits; Python does not write them out."""
    for parse in (lambda value: parse_count(value, "--steps"), parse_seeds):
        for value in (10**6000, [10**6000]):
            with pytest.raises(UserError, match="not a value too long to show"):
                parse(value)


def test_a_missing_name_is_a_slip():
    for text in ("trpo,,ppo", ",trpo", "trpo,,"):
        with pytest.raises(UserError, match="names are separated by single commas"):
            parse_names([text])


def test_names_come_one_by_one_or_after_commas_and_each_once():
    assert parse_names(["Hopper-v4, Ant-v4", "Hopper-v4", " "]) == ("Hopper-v4", "Ant-v4")


def test_times_and_returns():
    assert [say_time(seconds) for seconds in (None, 0, 59.6, 3600, 90)] == ["--:--", "0:00", "1:00", "1:00:00", "1:30"]
    assert [say_return(value) for value in (None, 12.34, -7.0, 1234.5, -150.2)] == ["-", "12.3", "-7.0", "1234", "-150"]
