"""Sizes of MuJoCo Warp's buffers for contacts and constraints. Contacts that do not fit would be dropped."""

from typing import NamedTuple


class Buffers(NamedTuple):
    """Buffer sizes of one world."""

    contacts: int
    """Contacts per world on average; all worlds share one buffer."""
    rows: int
    """Rows of constraints: one for an active joint limit, four for a contact with friction, one for one without."""


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
"""The most that a model can need if its geometry bounds it; for humanoids 1.5 times the most that was seen under random
torques and falls. Never 0 contacts: with no buffer contacts would be dropped silently."""

LARGEST = Buffers(max(each.contacts for each in _MEASURED.values()), max(each.rows for each in _MEASURED.values()))


def buffers_of(xml: str) -> Buffers:
    """The buffer sizes for a model: as measured for Gymnasium's files, and the largest of those for any other.

    Where they are too small the run ends with a line that says how to give larger ones: nothing is dropped silently.
    """
    return _MEASURED.get(xml, LARGEST)
