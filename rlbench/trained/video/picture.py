"""One frame of a video: the pictures of all worlds, with names and returns that can be read."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rlbench.errors import harmless
from rlbench.trained.video.scene import TERMINATED, Scene

MOST_COLUMNS = 4
BACKGROUND, FOREGROUND, FAINT = (24, 26, 32), (255, 255, 255), (176, 182, 194)
GAP = 4
DIMMED = 0.55
"""Brightness of a world that its task has ended, as where a robot fell."""


class Layout:
    """Where things are in a frame, in pixels."""

    def __init__(self, count: int, width: int, height: int) -> None:
        """Places for `count` pictures of `width` x `height`."""
        self.columns = min(count, MOST_COLUMNS)
        self.rows = math.ceil(count / self.columns)
        self.width, self.height = width, height
        self.name_size, self.small_size = max(12, width // 20), max(10, width // 30)
        self.band = self.name_size + self.small_size + 18
        """Height of the band above a picture."""
        self.foot = self.small_size + 14
        across = self.columns * (width + GAP) - GAP
        down = self.rows * (self.band + height + GAP) + self.foot
        self.size = across + across % 2, down + down % 2  # encoders want even numbers

    def place(self, number: int) -> tuple[int, int]:
        """The upper left corner of a picture's band."""
        row, column = divmod(number, self.columns)
        return column * (self.width + GAP), row * (self.band + self.height + GAP)


def draw(layout: Layout, scenes: Sequence[Scene], foot: str) -> np.ndarray:
    """The frame, `[height, width, 3]` of uint8."""
    frame = Image.new("RGB", layout.size, BACKGROUND)
    pen = ImageDraw.Draw(frame)
    for number, scene in enumerate(scenes):
        x, y = layout.place(number)
        _label(pen, layout, scene, x, y)
        picture = scene.picture()
        if scene.ended == TERMINATED:
            picture = (picture * DIMMED).astype(np.uint8)
        drawn = Image.fromarray(np.ascontiguousarray(picture))
        if drawn.size != (layout.width, layout.height):
            drawn = drawn.resize((layout.width, layout.height), Image.Resampling.LANCZOS)
        frame.paste(drawn, (x, y + layout.band))
    pen.text((10, layout.size[1] - layout.foot + 5), foot, FAINT, _font(layout.small_size))
    return np.asarray(frame)


def _label(pen: ImageDraw.ImageDraw, layout: Layout, scene: Scene, x: int, y: int) -> None:
    """Name and return, and below them what was trained and how the episode ended."""
    policy, right = scene.policy, x + layout.width - 10
    total, ended = f"return {scene.total:,.0f}", f"{scene.ended} at {scene.steps / scene.rate:.1f} s"
    name_font, small = _font(layout.name_size), _font(layout.small_size)
    room = layout.width - 30 - pen.textlength(total, name_font)
    pen.text((x + 10, y + 6), _fitting(pen, harmless(policy.algorithm), name_font, room), FOREGROUND, name_font)
    pen.text((right, y + 6), total, FOREGROUND, name_font, anchor="ra")
    below = y + layout.name_size + 10
    trained = f"seed {policy.seed}, {policy.env_steps:,} transitions"
    room = layout.width - 30 - (pen.textlength(ended, small) if scene.ended else 0)
    pen.text((x + 10, below), _fitting(pen, trained, small, room), FAINT, small)
    if scene.ended:
        pen.text((right, below), ended, FAINT, small, anchor="ra")


def _fitting(pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    """The text, cut in its middle if it is too long: variants often differ in their ends."""
    short, kept = text, len(text)
    while kept > 3 and pen.textlength(short, font) > room:
        kept -= 1
        short = f"{text[: kept // 2]}…{text[len(text) - (kept - kept // 2) :]}"
    return short


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib: it has the characters that names may have."""
    from matplotlib import get_data_path

    return ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", size)
