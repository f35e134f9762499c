"""Standard output that nobody reads, that is full or closed, and characters that it does not have."""

import os
import subprocess
import sys

import pytest

from rlbench.cli.streams import LostOutput, Stream

LONG_WORK = """
import sys
from rlbench.cli.streams import keep_going_without_a_reader, open_streams
open_streams()
keep_going_without_a_reader()
for number in range(3):
    print("line", number, flush=True)
print("done", file=sys.stderr)
"""
LOST = "rlbench: standard output is lost ({}); the work goes on without it."


def outcome(program, where="", **environment):
    """Status and stderr of a program, whose stdout the shell puts `where` it says."""
    line = f'"$0" -c "$1" {where}'
    done = subprocess.run(
        ["bash", "-c", line, sys.executable, program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout, done.stderr


def command(*words):
    return f"import sys; sys.argv[1:] = {list(words)!r}; from rlbench.cli import main; main()"


@pytest.mark.parametrize(
    ("where", "why"),
    [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device"), ("| true", "nobody reads it any more")],
)
def test_long_work_goes_on_without_a_reader_and_says_so_once(where, why):
    program = LONG_WORK if "|" not in where else "import time; time.sleep(0.5)" + LONG_WORK
    assert outcome(program, where) == (0, "", f"{LOST.format(why)}\ndone\n")


def test_long_work_goes_on_without_anywhere_to_say_so():
    assert outcome(LONG_WORK, ">&- 2>&- <&-")[0] == 0
    assert outcome(LONG_WORK, ">/dev/full 2>/dev/full")[0] == 0


@pytest.mark.parametrize(("where", "why"), [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")])
def test_other_commands_end_with_one_line(where, why):
    told = f"rlbench: Standard output cannot be written to: {why}.\n"
    assert outcome(command("list", "--names"), where) == (1, "", told)
    assert outcome(command("--version"), where) == (1, "", told)


def test_a_file_is_not_opened_in_the_place_of_a_closed_stream(tmp_path):
    program = (
        f"from rlbench.cli.streams import open_streams; open_streams(); file = open({str(tmp_path / 'x')!r}, 'w'); "
    )
    assert outcome(program + "import os; os.write(1, b'not in it')", "<&- >&- 2>&-")[0] == 0
    assert (tmp_path / "x").read_bytes() == b""


def test_characters_that_are_not_there_are_spelt_out():
    program = "from rlbench.cli.streams import open_streams; open_streams(); print('± \\udcff')"
    assert outcome(program, PYTHONIOENCODING="ascii") == (0, "\\xb1 \\udcff\n", "")
    assert outcome(program, PYTHONIOENCODING="utf-8") == (0, "± \\udcff\n", "")
    status, out, err = outcome(command("show", "ppo"), PYTHONIOENCODING="ascii")
    assert (status, err) == (0, "")
    assert "\\u03b3" in out  # gamma's symbol


def test_a_stream_waits_for_a_pipe_that_does_not():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with open(reader, "rb") as read:
        program = "import os; data = b''\nwhile len(data) < 300_000: data += os.read(0, 65536)\nprint(len(data))"
        child = subprocess.Popen([sys.executable, "-c", program], stdin=read, stdout=subprocess.PIPE, text=True)
    stream, rest = Stream(writer, pytest.fail), memoryview(bytes(300_000))
    while rest:
        rest = rest[stream.write(rest) :]
    os.close(writer)
    assert child.communicate()[0] == "300000\n"


def test_the_first_failure_is_told_and_the_rest_goes_nowhere():
    def refuse(error):
        raise LostOutput(error.errno, error.strerror)

    with open("/dev/full", "wb", buffering=0) as full:
        stream = Stream(full.fileno(), refuse)
        with pytest.raises(LostOutput, match="No space left"):
            stream.write(b"x")
        assert stream.write(b"xyz") == 3


@pytest.mark.parametrize("name", ["COLUMNS", "TERMINAL_WIDTH"])
@pytest.mark.parametrize("width", ["0", "3", "-80", "abc", "²"])
def test_a_width_that_is_none_is_not_believed(cli, monkeypatch, name, width):
    monkeypatch.setenv(name, width)
    outcome = cli("--help")
    assert outcome.status == 0
    assert "Options" in outcome.out
