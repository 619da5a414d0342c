"""The thoracic cavity, the diaphragm and the lungs: where the air is."""

from typing import Any, Final

import numpy as np

from pe_models.phantom.cage import into_cage, rib_rise
from pe_models.phantom.habitus import Habitus, Outline
from pe_models.phantom.shapes import Field, Scalar, ellipse, smooth_union, superellipse

APEX_Z: Final = 96.0
BASE_Z: Final = -172.0

_Z: Final = np.arange(-260.0, 161.0, 2.0)


def _profile(*knots: tuple[float, float]) -> Field:
    """A smooth curve over ``_Z`` through about these (z, value) knots."""
    z, value = np.asarray(sorted(knots)).T
    kernel = np.hanning(17)
    padded = np.pad(np.interp(_Z, z, value), 8, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float32)


_HALF_WIDTH: Final = _profile(
    (-200, 136),
    (-140, 138),
    (-80, 133),
    (-30, 125),
    (20, 112),
    (50, 96),
    (75, 72),
    (92, 46),
    (110, 20),
)
_HALF_DEPTH: Final = _profile(
    (-200, 92), (-140, 95), (-80, 94), (-30, 90), (20, 80), (50, 68), (75, 50), (92, 34), (110, 15)
)
_CENTRE_Y: Final = _profile(
    (-200, 2), (-140, 0), (-80, 0), (-30, 2), (20, 8), (50, 14), (75, 20), (92, 26), (110, 28)
)
_SPINE_Y: Final = _profile((-200, 40), (-100, 42), (-40, 46), (20, 44), (60, 32), (100, 14))

_SEPTUM_Z: Final = (-120.0, -30.0, 30.0, 60.0, 100.0)
_SEPTUM_FULL: Final = (18.0, 25.0, 23.0, 30.0, 44.0)
_SEPTUM_BEHIND: Final = (12.0, 13.0, 18.0, 30.0, 44.0)
_CONTACT: Final = ((-112.0, -84.0, -58.0, -36.0), (1.0, 0.85, 0.3, 0.0))
"""By z, how much of its breadth the contact of heart and fat with the breastbone has."""

_RIB_DENT_MM: Final = 1.2


def spine_y(z: Scalar) -> Scalar:
    """Centre of the vertebral bodies (y, mm): the kyphosis."""
    centre: Scalar = np.interp(z, _Z, _SPINE_Y).astype(np.float32)
    return centre


def cavity(habitus: Habitus, x: Field, y: Field, z: Scalar) -> Field:
    """Inner surface of the rib cage; also continued below the diaphragm."""
    return cavity_in_cage(habitus, *into_cage(habitus, x, y), z)


def cavity_in_cage(habitus: Habitus, x: Field, y: Field, z: Scalar) -> Field:
    """The same for ``x`` and ``y`` of the cage."""
    width = np.interp(z, _Z, _HALF_WIDTH).astype(np.float32) * np.float32(habitus.lung_width)
    depth = np.interp(z, _Z, _HALF_DEPTH).astype(np.float32)
    centre = np.interp(z, _Z, _CENTRE_Y).astype(np.float32)
    # Wider behind than in front, as a chest is.
    behind = np.clip((y - centre) / depth, -1.2, 1.2)
    across = x / (1.0 + np.float32(habitus.cavity_behind) * behind)
    uneven = _uneven(x / width, (y - centre) / depth, habitus.cavity_outline)
    return superellipse(across * uneven, (y - centre) * uneven, width, depth,
                        habitus.cavity_roundness)  # fmt: skip


def muscle_surface(habitus: Habitus, x: Field, y: Field, z: float) -> Field:
    """Outer surface of the muscles and of the breastbone: the body less its fat and skin.

    With raised arms it is widest behind the armpits. ``x`` and ``y`` are those of the cage.
    """
    half, depth = outer_half_axes(habitus, z)
    behind = float(np.interp(z, (-100.0, -30.0, 20.0, 70.0), (0.03, 0.07, 0.1, 0.02)))
    above = y - np.float32(10.0)
    across = x / (1.0 + behind * np.sin(np.clip(1.7 * above / depth, -2.0, 2.6)))
    uneven = _uneven(x / half, above / depth, habitus.body_outline)
    return superellipse(across * uneven, above * uneven, half, depth, habitus.body_roundness)


def _uneven(u: Field, v: Field, outline: Outline) -> Field:
    """A factor about 1 by direction (u, v): no chest is an ellipse. It is 1 at the breastbone."""
    first, second, third, fourth, fifth, sixth = (np.float32(share) for share in outline)
    far = np.maximum(np.sqrt(u * u + v * v), 1e-3)
    side, front = u / far, -v / far
    factor: Field = (1.0 + first * side + second * 2.0 * side * front + third * 2.0 * side * side
                     + fourth * (1.0 + front * (3.0 - 4.0 * front * front)))  # fmt: skip
    factor += side * (fifth * (3.0 - 4.0 * side * side)
                      + sixth * 4.0 * front * (1.0 - 2.0 * side * side))  # fmt: skip
    return factor


def diaphragm_z(habitus: Habitus, x: Field, y: Field) -> Field:
    """Height of the diaphragm (z, mm) over the plane: two domes and the saddle between."""
    fall, lean = habitus.dome_fall_mm, habitus.dome_lean_mm
    right = _dome(x, y, centre=(-60.0, -14.0 + lean), top=habitus.right_dome_mm, fall=fall)
    left = _dome(x, y, centre=(66.0, -8.0 + lean), top=habitus.left_dome_mm, fall=fall)
    return np.maximum(right, left)


def _dome(x: Field, y: Field, *, centre: tuple[float, float], top: float, fall: float) -> Field:
    u, v = (x - np.float32(centre[0])) / 74.0, (y - np.float32(centre[1])) / 94.0
    height: Field = np.float32(top) - np.float32(fall) * (u * u + v * v) ** np.float32(1.5)
    return height


def below_diaphragm(habitus: Habitus, x: Field, y: Field, z: Scalar) -> Field:
    """Negative below the diaphragm. The vertical gap, lessened for the slope of the domes."""
    gap: Field = (z - diaphragm_z(habitus, x, y)) * np.float32(0.72)
    return gap


def mediastinum(
    habitus: Habitus, x: Field, y: Field, z: Scalar, *, heart: Field, great: Field
) -> Field:
    """What keeps the lungs apart: heart, great vessels, spine and the fat about them.

    ``heart`` and ``great`` are the distances from the heart and from the great vessels.
    """
    fat = np.float32(habitus.mediastinal_fat_mm)
    back = spine_y(z)
    x, y = into_cage(habitus, x, y)
    across = x - np.float32(habitus.spine_offset_mm)
    body = ellipse(across, y - back, (0.0, 4.0), (24.0, 22.0))
    # From the sides of the vertebrae the necks of the ribs run outward and back.
    behind = np.maximum(y - back, -8.0)
    necks = (np.abs(across) - 17.0 - 0.16 * behind - 0.0068 * behind * behind) * np.float32(0.83)
    paraspinal = np.maximum(necks, back - y)
    septum = -smooth_union(-_beside_septum(habitus, x, y, z), back - y, 12.0)
    joined = smooth_union(heart - fat, great - 0.25 * fat - 0.8, 11.0)
    contact = np.interp(z, *_CONTACT).astype(np.float32)
    joined = smooth_union(joined, septum, 9.0 + 18.0 * contact)  # the pads of fat at its sides
    return smooth_union(joined, smooth_union(body, paraspinal, 8.0), 8.0)


def _beside_septum(habitus: Habitus, x: Field, y: Field, z: Scalar) -> Field:
    """Distance (mm) to the side of the septum; ``x`` and ``y`` are those of the cage.

    Its sides are hollow and full by turns, as vessels and fat shape them, each side in its own
    way. Low down heart and fat lie broadly against the breastbone, more to the left.
    """
    contact = np.interp(z, *_CONTACT).astype(np.float32)
    before = np.clip((-34.0 - y) / 26.0, 0.0, 1.0)
    half = _septum_half_mm(y, z, np.float32(habitus.mediastinal_fat_mm))
    right, left = habitus.asymmetry.septum_phases
    wave = np.sin(y / 12.0 + z / 21.0 + np.where(x < 0.0, np.float32(right), np.float32(left)))
    half += np.minimum(0.35 * half, 6.0) * wave
    half += habitus.contact_mm * contact * before * (1.0 + 0.12 * wave)
    junction = 5.0 * np.float32(np.sin(right)) * np.clip((-30.0 - y) / 40.0, 0.0, 1.0)
    aside: Field = np.abs(x - 2.0 - 11.0 * contact * before - junction) - half
    return aside


def _septum_half_mm(y: Field, z: Scalar, fat: np.floating[Any]) -> Field:
    """Half width of the septum between the lungs.

    In front they nearly meet; toward the vessels the fat between them widens to a triangle, and
    behind the heart it narrows again.
    """
    front = front_y(z)
    full = np.interp(z, _SEPTUM_Z, _SEPTUM_FULL).astype(np.float32) + 0.8 * fat
    behind = np.interp(z, _SEPTUM_Z, _SEPTUM_BEHIND).astype(np.float32)
    wedge = np.clip((y - front - 5.0) / np.maximum(-24.0 - front, 20.0), 0.04, 1.0)
    wedge = wedge * (0.12 + 0.88 * wedge * (3.0 - 2.0 * wedge))  # hollow, then full
    back = np.clip((y + 20.0) / 34.0, 0.0, 1.0)
    half: Field = full * wedge * (1.0 - back) + behind * back
    return half.astype(np.float32)


def lungs(
    habitus: Habitus, x: Field, y: Field, z: Scalar, *, heart: Field, great: Field, hilar: Field
) -> Field:
    """Both lungs. The arguments broadcast: a slice, or a list of points.

    The hilar vessels, at distance ``hilar``, enter the lungs almost bare.
    """
    turned = into_cage(habitus, x, y)
    rise = rib_rise(habitus, *turned, z) / np.float32(7.5)
    dent = np.float32(_RIB_DENT_MM) * np.maximum(1.0 - rise * rise, 0.0)
    within = cavity_in_cage(habitus, *turned, z) + 0.7 + dent
    apart = mediastinum(habitus, x, y, z, heart=heart, great=great)
    apart = smooth_union(apart, hilar - 0.6, 12.0)
    above = 1.5 - below_diaphragm(habitus, x, y, z)
    top = z - np.float32(APEX_Z)
    # Behind, beside the spine, the lungs are round; in front they end in a thin edge.
    round_mm = 1.5 + 10.0 * np.clip((y - 10.0) / 45.0, 0.0, 1.0)
    beside = -smooth_union(-within, apart, round_mm)
    distance: Field = np.maximum(beside, np.maximum(above, top))
    return distance


def front_y(z: Scalar) -> Scalar:
    """Where the cavity ends in front, in the midline (y, mm)."""
    front = np.interp(z, _Z, _CENTRE_Y) - np.interp(z, _Z, _HALF_DEPTH)
    narrowed: Scalar = front.astype(np.float32)
    return narrowed


def outer_half_axes(habitus: Habitus, z: float) -> tuple[float, float]:
    """Half width and half depth (mm) of the body without its subcutaneous fat, arms raised."""
    shoulders = float(np.interp(z, (-60, 0, 40, 80), (0, 12, 30, 52)))
    width = float(np.interp(z, _Z, _HALF_WIDTH)) * habitus.lung_width
    depth = float(np.interp(z, _Z, _HALF_DEPTH))
    # Below the shoulder blades little muscle lies upon the ribs.
    sides = habitus.muscle_mm * float(np.interp(z, (-110, -50, -10), (0.35, 0.7, 1.0)))
    return width + 11.0 + sides + shoulders, max(depth + 15.0, 82.0)
