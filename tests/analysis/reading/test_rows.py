"""Rows of one file, and every fault that a row can have."""

import pytest

from rlbench.analysis.reading.rows import LAYOUTS, LONGEST_LINE, MOST_FAULTS, read_rows

HEADER = "iteration,env_steps,episodes,return_mean,kl"
GOOD = ["1,100,2,-3.5,0.01", "2,200,0,,1e-05", "3,300,1,1e+20,inf"]


@pytest.fixture
def look(tmp_path):
    """What is found in a file of such text."""

    def read(text, name="progress.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_rows(path, LAYOUTS[name])

    return read


def lines(*rows, header=HEADER):
    return "".join(f"{row}\n" for row in (header, *rows))


def test_whole_rows_are_counted_and_summed(look):
    found = look(lines(*GOOD))
    assert found.faults == []
    assert (found.count, found.torn) == (3, None)
    assert found.tail == [{"iteration": i, "env_steps": 100 * i, "episodes": n} for i, n in ((1, 2), (2, 0), (3, 1))]
    assert found.sums["episodes"] == 3


def test_before_the_first_row_is_zero(look):
    found = look(lines(GOOD[0]))
    assert found.tail == [{"iteration": 0, "env_steps": 0, "episodes": 0}] * 2 + [found.last]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("3,300,1,5", "line 4: 4 cells, and the header has 5"),
        ("3,300,1,5,0,0", "line 4: 6 cells, and the header has 5"),
        ("", "line 4: 1 cells, and the header has 5"),
        (HEADER, "line 4: it is the header again, so files were joined"),
        ("2,300,1,5,0", "line 4: iteration 2 does not rise, it was 2"),
        ("3,150,1,5,0", "line 4: env_steps 150 does not rise, it was 200"),
        ("3.5,300,1,5,0", "line 4: iteration is '3.5' and not a whole number"),
        ("3,-300,1,5,0", "line 4: env_steps is '-300' and not a whole number"),
        ("3,,1,5,0", "line 4: env_steps is '' and not a whole number"),
        (f"3,{10**18},1,5,0", f"line 4: env_steps is '{10**18}' and not a whole number"),
        ("3,300,1,five,0", "line 4: return_mean is 'five' and not a number"),
        ("3,300,1,5, 0", "line 4: kl is ' 0' and not a number"),
        ("3,300,1,5,0\r", r"line 4: kl is '0\r' and not a number"),
        ("3,300,1,5,\x1b[31m0", r"line 4: kl is '\x1b[31m0' and not a number"),
        ("3,300,1,5,\0", r"line 4: kl is '\x00' and not a number"),
        ("3,300,1,5,nan", "line 4: kl is 'nan' and not a number"),
        ("3,300,1,5,1_0", "line 4: kl is '1_0' and not a number"),
        ("3,300,1,5,\u0661", "line 4: kl is '\u0661' and not a number"),
    ],
)
def test_a_faulty_row_is_named_and_the_next_is_looked_at(look, row, fault):
    found = look(lines(*GOOD[:2], row, "9,900,1,5,0", "10,800,1,5,0"))
    assert found.faults == [fault, "line 6: env_steps 800 does not rise, it was 900"]


def test_bytes_that_are_no_text(look):
    assert look(lines(*GOOD).encode() + b"4,400,1,5,\xff\n").faults == ["line 5: kl is '\ufffd' and not a number"]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (HEADER + "\r", "the lines end as on Windows, so another program has written the file anew"),
        ("iteration,return_mean", "the header has no column env_steps, episodes"),
        (HEADER + ",kl", "the header has a column twice: kl"),
        ("", "the header has no column iteration, env_steps, episodes, return_mean"),
    ],
)
def test_a_faulty_header_is_all_that_is_said(look, header, fault):
    assert look(lines(*GOOD, header=header)).faults == [f"line 1: {fault}"]


@pytest.mark.parametrize(("cut", "torn", "count"), [(1, 4, 2), (len(GOOD[2]), 4, 2), (len(lines(*GOOD)) - 3, 1, 0)])
def test_a_line_without_an_end_is_no_row(look, cut, torn, count):
    found = look(lines(*GOOD)[:-cut])
    assert (found.torn, found.count, found.faults) == (torn, count, [])


def test_an_empty_file_has_a_torn_header(look):
    assert look("").torn == 1


def test_of_many_faults_the_first_are_told(look):
    found = look(lines(*["x"] * 100))
    assert len(found.faults) == MOST_FAULTS + 1
    assert found.faults[-1] == f"line {MOST_FAULTS + 1}: what follows was not looked at"


def test_a_line_without_end_is_not_read_to_its_end(look):
    found = look(lines(*GOOD).encode() + bytes(50 * LONGEST_LINE))
    assert found.faults == ["line 5: the line is longer than any row"]
    assert look(bytes(2 * LONGEST_LINE)).faults == ["line 1: the line is longer than any row"]


def test_episodes_end_in_one_of_two_ways_and_many_may_end_at_a_step(look):
    header = "env_steps,world,return,length,end"
    rows = ["16,0,5.5,1,terminated", "16,3,1.0,1,truncated", "15,3,1.0,1,gone", "15,x,1.0,1,truncated"]
    assert look(lines(*rows[:2], header=header), "episodes.csv").sums["length"] == 2
    assert look(lines(*rows, header=header), "episodes.csv").faults == [
        "line 4: end is 'gone' and not terminated or truncated",
        "line 5: world is 'x' and not a whole number",
    ]
    assert look(lines(*rows[:2], "15,3,1.0,1,truncated", header=header), "episodes.csv").faults == [
        "line 4: env_steps 15 falls, it was 16"
    ]
