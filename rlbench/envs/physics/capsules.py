"""A correction of MuJoCo Warp: which way the contact frame of a capsule on a plane points.

The frame's first tangent is the capsule's axis, laid into the plane; in C MuJoCo until the axis is parallel to the
normal, in MuJoCo Warp 4.0 only until 30 degrees before that. With pyramidal friction the difference changes how legs
slide: Ant's speeds are wrong by up to 0.9 after one step. A test compares with C and says when this can go.
"""

import mujoco_warp._src.collision_primitive as package
import warp as wp

_contacts = package.plane_capsule
_PARALLEL = wp.constant(1e-6)


@wp.func
def _aligned_contacts(
    plane_normal: wp.vec3,
    plane_pos: wp.vec3,
    capsule_pos: wp.vec3,
    capsule_axis: wp.vec3,
    capsule_radius: float,
    capsule_half_length: float,
):
    """The package's contacts, and the frame as C has it."""
    dist, pos, frame = _contacts(
        plane_normal, plane_pos, capsule_pos, capsule_axis, capsule_radius, capsule_half_length
    )
    along = capsule_axis - wp.dot(plane_normal, capsule_axis) * plane_normal
    tangent = wp.vec3(1.0, 0.0, 0.0)
    if wp.length(along) > _PARALLEL:
        tangent = wp.normalize(along)
    frame = wp.matrix_from_rows(plane_normal, tangent, wp.cross(plane_normal, tangent))
    return dist, pos, frame


def correct_capsules() -> None:
    """Apply the correction to all kernels that are compiled from now on."""
    package.plane_capsule = _aligned_contacts
