"""Questions to a process of its own, and what is said where no answer comes."""

import os
import time

import pytest

from rlbench.errors import Fault
from rlbench.own_process import ask

MODULE = """
import os, signal, sys, time

def add(a, b):
    print("noise of a library")
    return {"sum": a + b, "variable": os.environ.get("ASKED")}

def crash():
    os.kill(os.getpid(), signal.SIGSEGV)

def raise_error():
    raise ValueError("no such\\x1b[31m device")

def sleep():
    time.sleep(60)

def leave():
    sys.stdout.flush()
    os._exit(0)
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "asked_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)


def test_an_answer_comes_back_as_plain_data_whatever_else_is_printed():
    assert ask("asked_module", "add", 2, 3, env={"ASKED": "yes"}) == {"sum": 5, "variable": "yes"}


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("crash", "it crashed (SIGSEGV)"),
        ("raise_error", "ValueError: no such\\x1b[31m device"),
        ("leave", "it ended without an answer"),
    ],
)
def test_what_ends_the_process_is_one_line(function, reason):
    with pytest.raises(Fault) as fault:
        ask("asked_module", function)
    assert str(fault.value) == reason


def test_a_process_that_hangs_is_ended():
    began = time.monotonic()
    with pytest.raises(Fault, match=r"no answer within 0 s"):
        ask("asked_module", "sleep", seconds=0.3)
    assert time.monotonic() - began < 20


def test_a_process_that_cannot_be_started(monkeypatch):
    monkeypatch.setattr("sys.executable", os.devnull)
    with pytest.raises(Fault, match="no process can be started: Permission denied"):
        ask("asked_module", "add", 1, 2)
