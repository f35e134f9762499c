"""TOML files of options: those of --config and of --suite."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, harmless, nearest
from rlbench.sweep.raw_options import RawOptions

LARGEST_FILE = 1_000_000
"""Largest size of a file of options, in bytes."""
OPTIONS = tuple(each.name for each in fields(RawOptions))
SUITE_KEYS = ("title", "about", "titles", "analysis", "quick")
"""What a suite's file has beside the options of a --config file."""


def read_file(path: Path) -> RawOptions:
    """The options in a --config file. Its keys are the command line's, with `-` or `_`."""
    where = f"--config {path}"
    content = read_toml(path, where)
    more = next((key for key in SUITE_KEYS if key in content), None)
    if more is not None:
        raise UserError(f"{where}: {more} is of a suite: run it with --suite {path}")
    return read_options(content, where)


def read_toml(path: Path, where: str) -> dict[str, Any]:
    """The content of a TOML file; a UserError, which begins with `where`, where it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        content = tomllib.loads(raw.decode()) if len(raw) <= LARGEST_FILE else {}
    except OSError as error:
        raise UserError(f"{where} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UserError(f"{where} cannot be read: it is not UTF-8 text.") from None
    except RecursionError:
        raise UserError(f"{where} is not TOML of ours: it has lists or tables nested too deep.") from None
    except ValueError as error:  # TOMLDecodeError, or a whole number of thousands of digits
        raise UserError(f"{where} is not TOML: {error}.") from None
    if len(raw) > LARGEST_FILE:
        raise UserError(f"{where} is too large to be one: more than {LARGEST_FILE:,} bytes.")
    return content


def read_options(content: Mapping[str, Any], where: str) -> RawOptions:
    """The options in a file's content; a UserError where it has anything else."""
    options = known_keys(content, OPTIONS, where)
    return RawOptions(**{**options, "settings": flat_settings(options.get("settings", {}), where)})


def known_keys(table: Mapping[str, Any], known: Collection[str], where: str) -> dict[str, Any]:
    """A table with its keys spelt with `_`; a UserError for a key that is unknown or there twice."""
    keys = [key.replace("-", "_") for key in table]
    for key in keys:
        if keys.count(key) > 1:
            raise UserError(f"{where} has {key} twice.")
        if key not in known:
            raise UserError(f"{where}: unknown key '{harmless(key)}'.{nearest(key, known)} Known: {', '.join(known)}.")
    return dict(zip(keys, table.values()))


def flat_settings(settings: Any, where: str) -> dict[str, Any]:
    """Flatten tables of settings: `[settings.trpo] gamma = 1` becomes `trpo.gamma`, the form that --set uses."""
    if not isinstance(settings, dict):
        raise UserError(f"{where}: settings is a table, as in: [settings] and below it gamma = 0.99.")
    plain = {key: value for key, value in settings.items() if not isinstance(value, dict)}
    tables = {name: table for name, table in settings.items() if isinstance(table, dict)}
    return plain | {f"{name}.{key}": value for name, table in tables.items() for key, value in table.items()}
