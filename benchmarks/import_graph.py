"""Which modules of a package import which, read from their source without running it."""

import ast
from pathlib import Path


def imports(source: str, module: str, is_package: bool = False, names: bool = False) -> list[str]:
    """Every module that a source imports when it runs, wherever in it; those for the type checker alone do not count.

    With `names` also MODULE.NAME for each name that is imported from a module: it may be a module, too. Of the top
    package the names alone are told, as importing it imports nothing.
    """
    package = module.split(".") if is_package else module.split(".")[:-1]
    top, found = package[0] if package else module, []
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(package, node)
            found.extend(f"{origin}.{alias.name}" for alias in node.names if names or origin == top)
            found.extend([origin] if names or origin != top else [])
        waiting.extend(ast.iter_child_nodes(node))
    return sorted(set(found))


def _absolute(package: list[str], node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def module_name(path: Path, root: Path) -> str:
    """The name of the module in a file below `root`, the folder that the top package is in."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, root: Path, names: bool = False) -> list[str]:
    """Every module that a file imports."""
    return imports(path.read_text(encoding="utf-8"), module_name(path, root), path.stem == "__init__", names)


def graph(folder: Path, root: Path) -> dict[str, set[str]]:
    """The modules below a folder, by name, and which of each other each imports."""
    paths = {module_name(path, root): path for path in sorted(folder.rglob("*.py"))}
    return {
        name: {module for module in imports_of(path, root, names=True) if module in paths} - {name}
        for name, path in paths.items()
    }


def reached(starts: set[str], edges: dict[str, set[str]]) -> set[str]:
    """All modules that are executed when `starts` are imported: what they import, and the packages around each."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        module = waiting.pop()
        if module in found or module not in edges:
            continue
        found.add(module)
        waiting.extend(edges[module])
        waiting.extend([module.rpartition(".")[0]] if "." in module else [])
    return found
