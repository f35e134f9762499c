"""Questions to a process of its own: a library that crashes, hangs or prints there harms nobody."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from rlbench.errors import LONGEST_LINE, Fault, harmless

SECONDS = 120.0
MARK = "rlbench's answer: "
PROGRAM = """
import sys; sys.path[:] = {path!r}
import json, os
from {module} import {function} as asked
print("\\n" + {mark!r} + json.dumps(asked(*json.loads({arguments!r}))), flush=True)
os._exit(0)
"""
"""It ends at once after its answer: some graphics drivers crash when a process ends in order."""


def ask(
    module: str, function: str, *arguments: Any, env: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> Any:
    """The answer of `module.function(*arguments)`, made of JSON; a Fault in one line where there is none."""
    path = [each for each in sys.path if isinstance(each, str)]
    program = PROGRAM.format(path=path, module=module, function=function, arguments=json.dumps(arguments), mark=MARK)
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise Fault(f"no answer within {seconds:.0f} s") from None
    except OSError as error:
        raise Fault(f"no process can be started: {error.strerror}") from error
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            return json.loads(line.removeprefix(MARK))
    raise Fault(_why(done))


def _why(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of the error, or the signal that ended the process."""
    if done.returncode < 0:
        return f"it crashed ({signal.Signals(-done.returncode).name})"
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return harmless(lines[-1])[:LONGEST_LINE] if lines else "it ended without an answer"
