"""`rlbench.video`: episodes of trained policies, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rlbench.errors import UserError
from rlbench.trained.find import Skipped
from rlbench.trained.policy import Policy, policy
from rlbench.trained.video.camera import Stage
from rlbench.trained.video.choose import MEDIAN, Seed, choose
from rlbench.trained.video.encode import FORMATS, writing
from rlbench.trained.video.picture import Layout, draw
from rlbench.trained.video.scene import Scene

MOST = 12
"""Worlds in a video: of more, no name could be read."""
ALONE, IN_COMPANY = 640, 480
"""Width of a picture of a world alone, and of one beside others, unless it is given."""
SMALLEST, LARGEST = 160, 1920
HOLD_SECONDS = 1.5
"""For how long the last frame stands, so that the returns can be read."""


@dataclass(frozen=True)
class Shown:
    """One policy of a video."""

    policy: Policy
    total: float
    """Return of its episode, or of the part that is shown."""
    steps: int
    ended: str
    """`ended`, `time limit`, or nothing where the video ends before the episode."""


@dataclass(frozen=True)
class Video:
    """A video that was written."""

    paths: tuple[Path, ...]
    shown: tuple[Shown, ...]
    frames: int
    rate: float
    """Frames a second; it plays at the environment's own speed."""


@dataclass(frozen=True)
class Drawn:
    """The event that a frame was drawn."""

    frames: int
    seconds: float
    """How far the episodes are, in their own time."""

    def __str__(self) -> str:
        return f"{self.frames} frames, {self.seconds:.1f} s of the episodes"


def video(
    results: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    env: str | None = None,
    algorithms: Sequence[str] = (),
    seed: Seed = MEDIAN,
    episode: int = 0,
    sampled: bool = False,
    gif: bool = False,
    fps: float = 30.0,
    seconds: float | None = None,
    width: int | None = None,
    on_event: Callable[[Skipped | Drawn], object] = lambda _: None,
) -> Video:
    """Film one episode of each algorithm, side by side, with names and returns in the picture.

    `seed` is `best` or `median`, by the last evaluation in run.json, or a seed's number. Each episode begins with
    `reset(seed=episode)`, and acts by the mean action unless `sampled`. `out` ends in .mp4 or .gif; `gif` writes a GIF
    beside an .mp4, too. `env` chooses one environment, and allows to import the module of a module's. `fps` is about
    how many frames a second are drawn, each after the same number of steps; `seconds` is the most that is shown of the
    episodes, in their own time; `width` is that of one world. Raises UserError, with one line that says what to do.
    """
    path = Path(out)
    if path.suffix not in FORMATS:
        raise UserError(f"{path} is neither .mp4 nor .gif: the name says the format, as in -o hopper.mp4")
    paths = (path, path.with_suffix(".gif")) if gif and path.suffix != ".gif" else (path,)
    for name, value, low, high in (("fps", fps, 1, 240), ("width", width or ALONE, SMALLEST, LARGEST)):
        if not low <= value <= high:
            raise UserError(f"--{name} is from {low} to {high}, not {value:g}")
    if episode < 0 or (seconds is not None and seconds <= 0):
        raise UserError("--episode is a seed of a reset, from 0, and --seconds is above 0")
    folders = [results] if isinstance(results, str | Path) else list(results)
    chosen = choose(folders, env, algorithms, seed, on_event)
    if len(chosen) > MOST:
        raise UserError(f"A video shows {MOST} algorithms at most, not {len(chosen)}. Name some with --algorithms")
    policies = [policy(each.folder, env) for each in chosen]
    width = width or (ALONE if len(policies) == 1 else IN_COMPANY)
    height = width * 3 // 4
    stage, scenes = Stage(policies[0].env, width, height), list[Scene]()
    try:
        for each in policies:
            scenes.append(Scene(each, stage, episode, not sampled))
        layout = Layout(len(scenes), width, height)
        how = f"{policies[0].env}, {'sampled actions' if sampled else 'mean action'}, reset(seed={episode})"
        steps_a_frame = max(1, round(scenes[0].rate / fps))
        frames = _film(scenes, paths, layout, how, steps_a_frame, seconds, on_event)
    finally:
        for scene in scenes:
            scene.close()
        stage.close()
    shown = tuple(Shown(each.policy, each.total, each.steps, each.ended) for each in scenes)
    return Video(paths, shown, frames, scenes[0].rate / steps_a_frame)


def _film(
    scenes: Sequence[Scene],
    paths: Sequence[Path],
    layout: Layout,
    how: str,
    steps_a_frame: int,
    seconds: float | None,
    on_event: Callable[[Drawn], object],
) -> int:
    """Play and draw until all episodes have ended, or so many seconds are shown; returns the number of frames."""
    rate = scenes[0].rate / steps_a_frame
    with writing(paths, layout.size, rate) as add:
        for frames in count(1):
            now = (frames - 1) / rate
            frame = draw(layout, scenes, f"{how}, {now:.1f} s")
            add(frame)
            on_event(Drawn(frames, now))
            if all(scene.ended for scene in scenes) or (seconds is not None and now >= seconds):
                break
            for scene in scenes:
                for _ in range(steps_a_frame):
                    scene.step()
        held = round(HOLD_SECONDS * rate)
        for _ in range(held):
            add(frame)
    return frames + held
