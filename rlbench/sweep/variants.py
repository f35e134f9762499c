"""Variants: settings of one algorithm under a name of their own, and the grids that lists of values make.

A variant is named by `--name` or by a table `[variants.NAME]` of a --config file. Where a setting has several values,
each combination is a variant whose label states its values: `ppo-clip_coef=0.1`. A label is the name of a folder, and
is shown in tables and legends. Names in files contain no `=`, so that none equals the label of a grid's variant.
"""

import re
from collections.abc import Collection, Container, Mapping
from itertools import product
from typing import Any

from rlbench.errors import UserError, nearest
from rlbench.layout import LABEL, seed_of

LONGEST_LABEL = 200
"""Longest label in characters: file systems refuse names of more than 255 bytes."""
MOST_VARIANTS = 1000
OF_A_GRID = re.compile(r"[a-z0-9][a-z0-9._-]*-[a-z_]+=[A-Za-z0-9._+=-]+")
"""What a grid calls its variants, such as `ppo-clip_coef=0.1`. --name takes it, to train one of them alone."""


def check_name(name: Any, where: str) -> str:
    """The name, if it can be a folder's and is not mistaken for something else; otherwise a UserError."""
    if not isinstance(name, str) or not LABEL.fullmatch(name):
        raise UserError(f"{where}: a name is lower-case letters, digits and . _ -, 60 at most, not {name!r}.")
    if seed_of(name) is not None:
        raise UserError(f"{where}: {name} is the name of a seed's folder. Choose another name.")
    return name


def read_variants(tables: Any, file: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The algorithm of each variant, and the settings of all variants as a layer by `name.key`."""
    example = '[variants.ppo-small-clip] and below it algorithm = "ppo" and clip_coef = 0.1'
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise UserError(f"{file}: variants are tables, as in: {example}.")
    algorithms: dict[str, str] = {}
    layer: dict[str, Any] = {}
    for name, table in tables.items():
        where = f"{file}: [variants.{name}]"
        check_name(name, where)
        algorithm = table.get("algorithm")
        if not isinstance(algorithm, str):
            dotted = next((key for key, value in table.items() if isinstance(value, dict)), None)
            hint = f' A name with a dot is put in quotes: [variants."{name}.{dotted}"].' if dotted else ""
            raise UserError(f"{where} names no algorithm, as in: {example}.{hint}")
        algorithms[name] = algorithm
        layer |= {f"{name}.{key}": value for key, value in table.items() if key != "algorithm"}
    return algorithms, layer


def rename(
    name: Any, algorithms: tuple[str, ...], variants: dict[str, str], layer: Mapping[str, Any]
) -> tuple[tuple[str, ...], dict[str, str], dict[str, Any]]:
    """The algorithms, variants and settings after the one algorithm or variant of a command is renamed to `name`."""
    if not (isinstance(name, str) and OF_A_GRID.fullmatch(name) and len(name) <= LONGEST_LABEL):
        check_name(name, "--name")
    if len(algorithms) > 1:
        raise UserError(
            f"--name {name} names settings of one algorithm, not of {len(algorithms)}.",
            "Name several in a --config file, each in a table [variants.NAME].",
        )
    [before] = algorithms
    if name == before:
        return algorithms, variants, dict(layer)
    if name in variants:
        raise UserError(f"--name {name} is the name of another variant in the --config file. Choose another name.")
    return (name,), variants | {name: variants.get(before, before)}, {**layer, **renamed(layer, before, name)}


def renamed(layer: Mapping[str, Any], before: str, name: str) -> dict[str, Any]:
    """The settings that a layer has for one algorithm or variant, under another name."""
    prefix = f"{before}."
    return {
        f"{name}.{key.removeprefix(prefix)}": value for key, value in layer.items() if before == key.rpartition(".")[0]
    }


def check_variants(variants: Mapping[str, str], known: Collection[str], taken: Container[str]) -> None:
    """A UserError for a variant of an unknown algorithm, or with the name of an algorithm."""
    for name, algorithm in variants.items():
        if algorithm not in known:
            raise UserError(f"Variant {name}: no algorithm '{algorithm}'.{nearest(algorithm, known)} See: rlbench list")
        if name in taken:
            raise UserError(f"Variant {name}: that is the name of an algorithm. Choose another name.")


def combinations(values: Mapping[str, list[Any]], name: str) -> list[dict[str, Any]]:
    """All combinations of one value for each setting; the last setting varies fastest."""
    count = 1
    for each in values.values():
        count *= len(each)
    if count > MOST_VARIANTS:
        raise UserError(
            f"{name}: the values of {', '.join(values)} make {count:,} variants, more than {MOST_VARIANTS:,}."
        )
    return [dict(zip(values, choice, strict=True)) for choice in product(*values.values())]


def make_label(name: str, values: Mapping[str, Any]) -> str:
    """The label of parsed values, such as `ppo-clip_coef=0.1-gamma=0.9`."""
    label = "-".join([name, *(f"{key}={_say(value)}" for key, value in values.items())])
    if len(label) > LONGEST_LABEL:
        raise UserError(
            f"A variant would be called {label[:60]}..., which is too long.",
            "Give it a name in [variants].",
        )
    return label


def _say(value: Any) -> str:
    """A value in characters that a folder's name may have; different numbers stay different."""
    if isinstance(value, tuple):
        return "x".join(str(part) for part in value) or "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return short if float(short := f"{value:g}") == value else repr(value)
    return re.sub(r"[^A-Za-z0-9._+-]", "-", str(value))
