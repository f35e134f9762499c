"""The options of training that `run` and `decide` share, listed once for type checkers, editors and `help`."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from rlbench.errors import UserError, nearest

Function = TypeVar("Function", bound=Callable[..., Any])


class RunOptions(TypedDict, total=False):
    """Options of `rlbench.run` and `rlbench.decide`. Each that is not given has the default of the command's option."""

    env: str | Sequence[str] | None
    steps: int | str | None
    out: str | Path | None
    settings: Mapping[str, Any] | None
    config: str | Path | None
    num_envs: int | None
    eval_every: int | str | None
    row_every: int | str | None
    device: str | None
    gpu_buffers: tuple[int, int] | None
    workers: int | None
    fresh: bool
    accept_changed_code: bool


def takes_run_options(function: Function) -> Function:
    """Show the options of a function that ends in `**options: Unpack[RunOptions]`, and refuse any other name.

    Without it, `help` and `inspect` would show `**options` alone, and a misspelt name would be a bare TypeError.
    """
    own = signature(function)
    named = [each for each in own.parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=False if annotation is bool else None, annotation=annotation)
        for name, annotation in RunOptions.__annotations__.items()
    ]
    known = [each.name for each in (*named, *options) if each.kind is not Parameter.VAR_POSITIONAL]

    checked = _refusing_other_names(function, known)
    checked.__signature__ = own.replace(parameters=[*named, *options])  # type: ignore[attr-defined]
    return checked


def refuses_other_names(function: Function) -> Function:
    """Refuse a misspelt name of an argument with one line, where Python would raise a bare TypeError."""
    return _refusing_other_names(function, list(signature(function).parameters))


def _refusing_other_names(function: Function, known: Sequence[str]) -> Function:
    @wraps(function)
    def checked(*arguments: Any, **given: Any) -> Any:
        for name in given:
            if name not in known:
                raise UserError(f"{function.__name__}() has no argument '{name}'.{nearest(name, known)}")
        return function(*arguments, **given)

    return checked  # type: ignore[return-value]
