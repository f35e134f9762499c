"""`rlbench video`: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer

from rlbench.cli.colours import NOTE
from rlbench.cli.result_options import Folders, OnlyAlgorithms
from rlbench.errors import harmless
from rlbench.sweep.words import parse_names


def video(
    folders: Folders = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file: its name ends in .mp4 or .gif.")] = Path(
        "video.mp4"
    ),
    env: Annotated[
        str | None,
        typer.Option(help="The environment, where there are several; allows to import the module of a module's."),
    ] = None,
    algorithms: OnlyAlgorithms = None,
    seed: Annotated[
        str, typer.Option(help="Which seed of each: best or median, by its last evaluation, or a number.")
    ] = "median",
    episode: Annotated[int, typer.Option(help="It begins with reset(seed=EPISODE).")] = 0,
    sampled: Annotated[bool, typer.Option("--sampled", help="Sampled actions in place of the mean action.")] = False,
    gif: Annotated[bool, typer.Option("--gif", help="Write a GIF beside the .mp4.")] = False,
    fps: Annotated[float, typer.Option(help="Frames a second, about; it plays at the task's own speed.")] = 30.0,
    seconds: Annotated[float | None, typer.Option(help="Show no more than this of the episodes.")] = None,
    width: Annotated[
        int | None, typer.Option(help="Of one world, in pixels.", show_default="640 alone, 480 beside others")
    ] = None,
) -> None:
    """Film trained policies, side by side, with their returns.

    It shows one episode of each algorithm, with names and returns in the picture.
    It needs no window. The encoder comes with the extra `video`: see docs/trained.md.
    """
    from rich.console import Console

    from rlbench.envs.rendering import replace_unusable_backend

    say, warn = Console(highlight=False), Console(stderr=True)
    with warn.status("Loading policies") as status:
        replace_unusable_backend()
        from rlbench.trained.video import video as module

        def on_event(event: object) -> None:
            if isinstance(event, module.Drawn):
                status.update(f"Drawing: {event}")
            else:
                warn.print(f"note: {harmless(str(event))}", style=NOTE, markup=False, soft_wrap=True)

        made = module.video(
            folders or [Path("results")],
            out,
            env=env,
            algorithms=parse_names(algorithms or ()),
            seed=seed,
            episode=episode,
            sampled=sampled,
            gif=gif,
            fps=fps,
            seconds=seconds,
            width=width,
            on_event=on_event,
        )
    for each in made.shown:
        about = each.policy
        line = f"{about.algorithm} seed {about.seed}: return {each.total:.1f} in {each.steps:,} steps"
        say.print(harmless(line), markup=False, soft_wrap=True)
    for path in made.paths:
        line = f"{path}: {made.frames / made.rate:.1f} s"
        say.print(harmless(line), markup=False, soft_wrap=True)
