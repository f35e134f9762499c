"""Build the source distribution and, from it, the wheel; install the wheel into an empty environment and use it there.

`python tests/use_package.py FOLDER` does all of it in FOLDER, which it makes anew. It is no test of pytest's, because
installing torch takes a minute: `make package` calls it.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
BESIDE_THE_PACKAGE = ("README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "constraints.txt", "pyproject.toml")
"""Files that the source distribution has besides the package."""

STATUS_OF_WARNINGS = 3
"""`rlbench doctor` exits with it where something is missing that only some need, such as a GPU."""

TYPED = "import rlbench\n\nrun: rlbench.Results = rlbench.load('results')\nwrong: int = rlbench.load('results')\n"
"""A program with one error of types, which a type checker sees only if the package says that it has types."""

CHECKING = """
[mypy]
follow_imports = silent

[mypy-torch.*,pandas.*,numpy.*,matplotlib.*,scipy.*,gymnasium.*,mujoco.*,rich.*,jinja2.*]
follow_imports = skip
"""
"""Other packages are not read: that would take minutes, and none of their types is asked for."""


def main() -> None:
    """Build, look into both archives, install and use."""
    folder = Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    call(sys.executable, "-m", "build", "--outdir", folder, HOUSE)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    look_into(wheel, source)
    use(install(wheel, folder / "environment"), folder / "elsewhere")


def call(*command: object, status: int = 0, **options: object) -> str:
    """Run a command, print it, and return what it prints; leave where it ends otherwise than with `status`."""
    words = [str(word) for word in command]
    print("$", *words, flush=True)
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, **options)
    if done.returncode not in (0, status):
        sys.exit(f"{done.stdout}\nEnded with {done.returncode}.")
    return done.stdout


def look_into(wheel: Path, source: Path) -> None:
    """Both archives must have every file of the package that git tracks, and the wheel's package no other."""
    tracked = set(call("git", "ls-files", "rlbench", cwd=HOUSE).splitlines())
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    with tarfile.open(source) as archive:
        shipped = {name.partition("/")[2] for name in archive.getnames()}
    faults = [
        *(f"{name} is tracked, and not in the wheel" for name in sorted(tracked - packed)),
        *(f"{name} is in the wheel, and not tracked" for name in sorted(packed - tracked)),
        *(f"{name} is not in the source distribution" for name in sorted({*tracked, *BESIDE_THE_PACKAGE} - shipped)),
    ]
    if faults:
        sys.exit("\n".join(faults))


def install(wheel: Path, environment: Path) -> Path:
    """The folder of programs of a new environment that has the wheel and what it needs."""
    venv.create(environment, with_pip=True)
    programs = environment / "bin"
    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check", "--quiet")
    call(*pip, "install", "-c", HOUSE / "constraints.txt", wheel)
    call(*pip, "check")
    return programs


def use(programs: Path, folder: Path) -> None:
    """Use the installed package in a folder without a checkout, as its first user would."""
    folder.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    options = {"cwd": folder, "env": clean}
    rlbench = programs / "rlbench"
    for line in lines_of_use():
        call(rlbench, *line.split(), status=STATUS_OF_WARNINGS if line == "doctor" else 0, **options)
    made = [folder / "results/Pendulum-v1/a2c/seed-0/progress.csv", folder / "results/plots", folder / "report.html"]
    if missing := [str(path) for path in made if not path.exists()]:
        sys.exit(f"Not made: {', '.join(missing)}")
    words = {"_RLBENCH_COMPLETE": "complete_bash", "COMP_WORDS": "rlbench run reinf", "COMP_CWORD": "2"}
    if call(rlbench, **{**options, "env": clean | words}).split() != ["reinforce"]:
        sys.exit("A shell is not told how to complete: rlbench run reinf")
    check_types(programs, folder)
    print(f"{call(rlbench, '--version', **options).strip()} works where only its wheel is installed.")


def lines_of_use() -> Iterator[str]:
    """Arguments of `rlbench`, in the order in which they are called."""
    yield from ("--version", "list", "show trpo", "show mujoco-6", "doctor")
    yield "run a2c cem --env Pendulum-v1 --seeds 2 --steps 4k --workers 1"
    yield from ("plot results", "table results", "compare --results results", "check results", "status results")
    yield "report results -o report.html"


def check_types(programs: Path, folder: Path) -> None:
    """A type checker must read the types of the installed package: it finds one error, on line 4."""
    (folder / "typed.py").write_text(TYPED)
    (folder / "mypy.ini").write_text(CHECKING)
    options = ("--config-file", "mypy.ini", "--no-error-summary", "--python-executable", programs / "python")
    told = call(sys.executable, "-m", "mypy", *options, "typed.py", status=1, cwd=folder)
    if [line.split(":")[1] for line in told.splitlines() if " error: " in line] != ["4"]:
        sys.exit(f"Expected one error of types, on line 4:\n{told}")


if __name__ == "__main__":
    main()
