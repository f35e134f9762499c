"""Where the records of decisions and of searches over settings are."""

from collections.abc import Sequence
from pathlib import Path

from rlbench.layout import DECISIONS_FOLDER, REPORT_FOLDER, SEARCH_FILE


def find_decisions(folders: Sequence[Path]) -> list[Path]:
    """The records of decisions in these results folders, each once."""
    found = (path for folder in folders for path in sorted((folder / DECISIONS_FOLDER).glob("*.json")))
    return list({path.resolve(): path for path in found}.values())


def find_searches(folders: Sequence[Path]) -> list[Path]:
    """The records of the searches whose folders these are, each once."""
    found = (path for folder in folders if (path := folder / SEARCH_FILE).is_file())
    return list({path.resolve(): path for path in found}.values())


def with_inner_folders(folders: Sequence[Path]) -> list[Path]:
    """Folders of results; in place of a search's own folder those of its rungs and of its report."""
    found: list[Path] = []
    for folder in folders:
        inner = [each for each in (*sorted(folder.glob("rung-[0-9]*")), folder / REPORT_FOLDER) if each.is_dir()]
        found += inner if inner and (folder / SEARCH_FILE).is_file() else [folder]
    return found
