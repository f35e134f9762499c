"""Whether Python and the packages that rlbench is built on are there, in versions that it was written for."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, requires, version

from rlbench import __version__
from rlbench.health.check import Check

UPGRADE = "pip install --upgrade"


def check_python() -> Check:
    """Python, and where it lives: another environment than expected is the cause of many missing packages."""
    return Check("python", "pass", f"Python {platform.python_version()} in {sys.prefix}, rlbench {__version__}")


def check_packages() -> list[Check]:
    """One check for each package that `pip install rlbench` requires."""
    from packaging.requirements import Requirement

    needed = [Requirement(each) for each in requires("rlbench") or ()]
    return [
        check_package(each.name, str(each.specifier), each.specifier.contains)
        for each in needed
        if each.marker is None or each.marker.evaluate({"extra": ""})
    ]


def check_package(name: str, wanted: str, fits) -> Check:
    """Whether a package is installed in a version that fits. `fits(version, prereleases=True)` says whether it does."""
    install = f"{UPGRADE} '{name}{wanted}'"
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, "fail", f"not installed; rlbench needs {name}{wanted}", install)
    if not fits(found, prereleases=True):
        return Check(name, "fail", f"{found} is installed; rlbench needs {name}{wanted}", install)
    return Check(name, "pass", found)
