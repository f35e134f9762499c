"""How much room MuJoCo Warp is given for contacts and constraints: it drops what does not fit."""

from typing import NamedTuple


class Buffers(NamedTuple):
    """Room a world has."""

    contacts: int
    """On average over all worlds, who share it."""
    rows: int
    """Rows of constraints: one a limit that is met, four a contact with friction, one a contact without."""


_MEASURED = {
    "ant.xml": Buffers(26, 112),
    "half_cheetah.xml": Buffers(16, 72),
    "hopper.xml": Buffers(16, 64),
    "humanoid.xml": Buffers(32, 128),
    "humanoidstandup.xml": Buffers(48, 192),
    "inverted_double_pendulum.xml": Buffers(1, 8),
    "inverted_pendulum.xml": Buffers(1, 8),
    "pusher_v5.xml": Buffers(16, 32),
    "reacher.xml": Buffers(1, 8),
    "swimmer.xml": Buffers(1, 8),
    "walker2d.xml": Buffers(16, 64),
    "walker2d_v5.xml": Buffers(16, 64),
}
"""What a model can need at most where its geometry bounds that; of the humanoids half as much again as was ever seen
under random torques and falls. Never 0 contacts: those would vanish without a word."""


def buffers_of(xml: str) -> Buffers:
    """For one of Gymnasium's model files."""
    return _MEASURED[xml]
