"""Shapes of clots: what a form makes of a stretch of vessel."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.clot import Clot, Form, Plate
from pe_models.phantom.shapes import Field
from pe_models.phantom.tubes import Tubes, joined, tube

_STEP_MM: Final = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A stretch of vessel: ``points`` (point, 3) and ``radii`` (point,) in mm."""

    points: Field
    radii: Field

    @property
    def across(self) -> Field:
        """A unit vector (3,) perpendicular to the way from end to end."""
        way = (self.points[-1] - self.points[0]).astype(np.float64)
        other = np.array([0.31, -0.82, 0.48])
        normal = np.cross(way, other)
        unit: Field = normal / max(float(np.linalg.norm(normal)), 1e-6)
        return unit


def stretch(tree: Tree, place: int, length_mm: float, rng: np.random.Generator) -> Course:
    """``length_mm`` of the vessel, onward into its widest child where it is too short."""
    points, radii = _onward(tree, place, length_mm)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    whole_mm = float(along[-1])
    bare_mm = min(_within_parent_mm(tree, place), 0.5 * whole_mm)
    first = bare_mm + rng.uniform(0.0, 1.0) * max(whole_mm - length_mm - bare_mm, 0.0)
    last = min(first + length_mm, whole_mm)
    where = np.linspace(first, last, max(4, int((last - first) / _STEP_MM) + 1))
    track = np.column_stack([np.interp(where, along, points[:, i]) for i in range(3)])
    return Course(track.astype(np.float32), np.interp(where, along, radii).astype(np.float32))


def _onward(tree: Tree, place: int, length_mm: float) -> tuple[Field, Field]:
    """Points and radii of the vessel, joined to its widest child's where it is too short."""
    branch = tree[place]
    children = [b for b in tree if b.parent == place and b.side == branch.side]
    if branch.length_mm >= length_mm or not children:
        return branch.points, branch.radii
    child = max(children, key=lambda b: float(b.radii[0]))
    near = int(np.argmin(np.linalg.norm(branch.points - child.points[0], axis=1)))
    points = np.vstack([branch.points[: near + 1], child.points])
    return points, np.concatenate([branch.radii[: near + 1], child.radii])


def _within_parent_mm(tree: Tree, place: int) -> float:
    """How far a branch runs in its parent's lumen before it is a vessel of its own."""
    branch = tree[place]
    if branch.parent < 0:
        return 0.0
    parent = tree[branch.parent]
    nearest = int(np.argmin(np.linalg.norm(parent.points - branch.points[0], axis=1)))
    return float(parent.radii[nearest])


def widened(branch: Branch, factor: float) -> Branch:
    """The branch ``factor`` times as wide but at its ends, where its neighbours go on."""
    along = np.linspace(0, 1, len(branch.radii))
    share = np.clip(6.0 * np.minimum(along + 0.06, 1 - along), 0.0, 1.0)
    return replace(branch, radii=(branch.radii * (1 + (factor - 1) * share)).astype(np.float32))


def shaped(clot: Clot, course: Course, rng: np.random.Generator) -> Clot:
    """``clot``, which fills the ``course``, in the shape of its form."""
    shape = _SHAPES.get(clot.form)
    return clot if shape is None else shape(clot, course, rng)


def free_body(course: Course, rng: np.random.Generator, *, lean: float) -> Tubes:
    """A body of uneven width, with pointed ends, that sways in the lumen.

    ``lean`` is how far its middle stands from the vessel's, as a share of the radius.
    """
    along = np.linspace(0, 1, len(course.points))
    ends = np.minimum(1.0, 0.45 + 3.0 * np.minimum(along, 1 - along))
    wave = 1.0 + 0.22 * np.interp(along, np.linspace(0, 1, 6), rng.normal(size=6))
    radii = course.radii * rng.uniform(0.5, 0.8) * np.clip(wave, 0.7, 1.25) * ends
    sway = np.interp(along, np.linspace(0, 1, 4), rng.normal(0, 0.2, size=4))
    reach = lean + (0.3 * sway if lean else sway)
    moved = course.points + (reach * course.radii)[:, None] * _any_across(course, rng)
    return tube(moved, radii)


def _floating(clot: Clot, course: Course, rng: np.random.Generator) -> Clot:
    return replace(clot, body=free_body(course, rng, lean=0.0))


def _on_wall(clot: Clot, course: Course, rng: np.random.Generator) -> Clot:
    return replace(clot, body=free_body(course, rng, lean=rng.uniform(0.4, 0.65)))


def _eccentric(clot: Clot, course: Course, rng: np.random.Generator) -> Clot:
    aside = rng.uniform(0.35, 0.6) * course.radii[:, None] * _any_across(course, rng)
    channel = tube(course.points + aside, rng.uniform(0.55, 0.8) * course.radii)
    return replace(clot, channel=channel)


def _recanalised(clot: Clot, course: Course, rng: np.random.Generator) -> Clot:
    return replace(clot, channel=_channels(course, rng))


def _shrunken(clot: Clot, course: Course, rng: np.random.Generator) -> Clot:
    return replace(clot, channel=tube(course.points, rng.uniform(0.4, 0.65) * course.radii))


def _web(clot: Clot, course: Course, rng: np.random.Generator) -> Clot:
    return replace(clot, rough_mm=0.3 * clot.rough_mm, plates=_plates(course, rng))


_SHAPES: Final[dict[Form, Callable[[Clot, Course, np.random.Generator], Clot]]] = {
    Form.FLOATING: _floating,
    Form.WALL: _on_wall,
    Form.ECCENTRIC: _eccentric,
    Form.RECANALISED: _recanalised,
    Form.SHRUNKEN: _shrunken,
    Form.WEB: _web,
}
"""The forms that do not fill their vessel; a saddle is made for itself."""


def _any_across(course: Course, rng: np.random.Generator) -> Field:
    """A unit vector (3,) across the course, at any angle about it."""
    way = course.points[-1] - course.points[0]
    way = way / max(float(np.linalg.norm(way)), 1e-6)
    first = course.across
    second = np.cross(way, first)
    angle = rng.uniform(0, 2 * np.pi)
    unit: Field = np.cos(angle) * first + np.sin(angle) * second
    return unit


def _channels(course: Course, rng: np.random.Generator) -> Tubes:
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        aside = rng.uniform(0.1, 0.5) * course.radii[:, None] * _any_across(course, rng)
        parts.append(tube(course.points + aside, rng.uniform(0.2, 0.38) * course.radii))
    return joined(parts)


def _plates(course: Course, rng: np.random.Generator) -> tuple[Plate, ...]:
    plates = []
    for _ in range(int(rng.integers(1, 3))):
        x, y, z = (float(v) for v in course.points[len(course.points) // 2] +
                   rng.normal(0, 0.25 * float(course.radii.mean()), size=3))  # fmt: skip
        a, b, c = (float(v) for v in _any_across(course, rng))
        plates.append(Plate((x, y, z), (a, b, c), float(rng.uniform(0.9, 2.2))))
    return tuple(plates)
