"""Finds global random state: chance that comes from no stream of its own, and so depends on who else draws.

    python tests/global_random_state.py [FOLDER ...]

Names every place in the Python files of the folders (rlbench by default), and ends with status 1 where there is any. It
reads the files and does not run them. What it looks for:

- anything of the modules `random` and `secrets`, and `uuid` and `os.urandom`;
- functions of `numpy.random` that draw from NumPy's one global generator, `RandomState`, and generators without a seed;
- torch's functions and methods that draw, unless they are given a generator; `torch.manual_seed` and its kin.

One file may name them: what plug-ins are tested with, which reads their states and draws nothing.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

NUMPY_FINE = {"Generator", "PCG64", "SeedSequence", "BitGenerator"}
NUMPY_SEEDED = {"default_rng"}
TORCH_DRAWS = {
    "bernoulli", "dropout", "empty_permutation", "multinomial", "normal", "poisson", "rand", "rand_like", "randint",
    "randint_like", "randn", "randn_like", "randperm",
}  # fmt: skip
TORCH_GLOBAL = {"manual_seed", "manual_seed_all", "seed", "initial_seed", "set_rng_state", "get_rng_state"}
IN_PLACE = {
    "bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_", "normal_", "random_", "uniform_",
}  # fmt: skip
WATCHER = Path("testing", "global_chance.py")
MODULES = {"random", "secrets", "uuid"}


def offences(source: str) -> Iterator[tuple[int, str]]:
    """Line and what is there."""
    tree = ast.parse(source)
    names = dict(_imports(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _modules(node):
                if name.partition(".")[0] in MODULES:
                    yield node.lineno, f"imports {name}"
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = _dotted(node, names)
            if dotted and (wrong := _names_global_state(dotted)):
                yield node.lineno, wrong
        if isinstance(node, ast.Call) and (wrong := _draws_globally(node, names)):
            yield node.lineno, wrong


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What each imported name stands for: np -> numpy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and not node.level else []


def _dotted(node: ast.AST, names: dict[str, str]) -> str | None:
    """`np.random.rand` as numpy.random.rand; None for what is not a dotted name of an import."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return None
    return ".".join([names[node.id], *reversed(parts)])


def _names_global_state(dotted: str) -> str | None:
    first, _, rest = dotted.partition(".")
    last = rest.rpartition(".")[2]
    if dotted == "os.urandom":
        return "calls os.urandom"
    if dotted.startswith("numpy.random.") and dotted.count(".") == 2 and last not in NUMPY_FINE | NUMPY_SEEDED:
        return f"uses {dotted}"
    if first == "torch" and last in TORCH_GLOBAL:
        return f"uses {dotted}"
    return None


def _draws_globally(call: ast.Call, names: dict[str, str]) -> str | None:
    given = {keyword.arg for keyword in call.keywords}
    dotted = _dotted(call.func, names)
    if dotted and dotted.startswith("numpy.random."):
        unseeded = not call.args and not given
        return f"{dotted} without a seed" if unseeded and dotted.rpartition(".")[2] != "Generator" else None
    if dotted and dotted.startswith("torch.") and dotted.rpartition(".")[2] in TORCH_DRAWS and "generator" not in given:
        return f"{dotted} without a generator"
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method in IN_PLACE and "generator" not in given:
        return f".{method} without a generator"
    return None


def main(folders: list[str]) -> int:
    """Names all offences; 1 where there are any."""
    found = 0
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            if path.parts[-2:] == WATCHER.parts:
                continue
            for line, wrong in offences(path.read_text(encoding="utf-8")):
                print(f"{path}:{line}: {wrong}; draw from rlbench.numerics.streams, or from the sampler")
                found += 1
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["rlbench"]))
