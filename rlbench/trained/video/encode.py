"""Video files, written frame by frame through the encoder that imageio-ffmpeg brings."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from rlbench.errors import Fault, UserError, say_error

FORMATS = (".mp4", ".gif")
GIF_RATE, GIF_WIDTH = 16.0, 800
"""Most frames a second, and pixels across, of a GIF: its frames are hardly compressed."""

Add = Callable[[np.ndarray], None]
"""Takes the next frame, `[height, width, 3]` of uint8."""


@contextlib.contextmanager
def writing(paths: Sequence[Path], size: tuple[int, int], rate: float) -> Iterator[Add]:
    """Write the frames that are added to files of the formats of their names, put in place when the block ends."""
    files = [_File(path, size, rate) for path in paths]
    try:

        def add(frame: np.ndarray) -> None:
            for file in files:
                file.add(frame)

        yield add
        for file in files:
            file.finish()
    finally:
        for file in files:
            file.discard()


class _File:
    """A file under another name until it is whole. Nothing but the present frame is in this process's memory."""

    def __init__(self, path: Path, size: tuple[int, int], rate: float) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.stem}.new{path.suffix}")
        options = _gif_options(size[0], rate) if path.suffix == ".gif" else MP4_OPTIONS
        try:
            self._beside.touch()
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror}. Choose another file with -o") from error
        self._encoder = imageio_ffmpeg.write_frames(
            str(self._beside), size, fps=rate, ffmpeg_log_level="error", macro_block_size=2, **options
        )
        self._encoder.send(None)

    def add(self, frame: np.ndarray) -> None:
        """Hand the next frame to the encoder."""
        try:
            self._encoder.send(np.ascontiguousarray(frame))
        except OSError as error:
            raise Fault(f"{self._path}: the encoder failed: {say_error(error)}") from error

    def finish(self) -> None:
        """Wait for the encoder, and put the file in place."""
        self._encoder.close()
        if not self._beside.stat().st_size:
            raise Fault(f"{self._path}: the encoder wrote nothing")
        self._beside.replace(self._path)

    def discard(self) -> None:
        """Stop the encoder, and remove what is not whole."""
        self._encoder.close()
        self._beside.unlink(missing_ok=True)


MP4_OPTIONS = {"codec": "libx264", "quality": 7, "output_params": ["-movflags", "+faststart"]}


def _gif_options(width: int, rate: float) -> dict[str, object]:
    """Fewer and smaller frames, with one palette for all of them."""
    steps = [f"fps={rate / np.ceil(rate / GIF_RATE)}", f"scale={min(width, GIF_WIDTH)}:-2:flags=lanczos"]
    palette = "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"
    filters = ["-filter_complex", f"{','.join(steps)},{palette}", "-loop", "0"]
    return {"codec": "gif", "quality": None, "pix_fmt_out": "pal8", "output_params": filters}
