"""Emboli: which clots a positive phantom has, at every level of the tree and in every form."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.clot import Clot, Form, Plate
from pe_models.phantom.shapes import Field
from pe_models.phantom.spec import EMBOLUS_LEVELS, Level
from pe_models.phantom.tubes import Tubes, joined, tube

_LENGTH_MM: Final[dict[Level, tuple[float, float]]] = {
    Level.CENTRAL: (14.0, 55.0),
    Level.LOBAR: (7.0, 36.0),
    Level.SEGMENTAL: (4.0, 24.0),
    Level.SUBSEGMENTAL: (2.5, 14.0),
}
_COMPLETE_SHARE: Final[dict[Level, float]] = {
    Level.CENTRAL: 0.05,
    Level.LOBAR: 0.25,
    Level.SEGMENTAL: 0.45,
    Level.SUBSEGMENTAL: 0.6,
}
"""How often an acute clot fills its vessel wholly, by level."""
_SADDLE_SHARE: Final = 0.22
_WALL_SHARE: Final = 0.35
_LEVEL_SHARE: Final = (0.15, 0.25, 0.35, 0.25)
_CHRONIC_SHARE: Final = 292 / 2211
_MIXED_SHARE: Final = 145 / 2211
"""Positive exams with only chronic, and with acute and chronic emboli, in the RSNA-STR table."""
_CHRONIC_FORMS: Final = (Form.ECCENTRIC, Form.RECANALISED, Form.WEB, Form.SHRUNKEN)
_CHRONIC_FORM_SHARE: Final = (0.4, 0.2, 0.2, 0.2)
_ACUTE_HU: Final = (46.0, 13.0)
_CHRONIC_HU: Final = (74.0, 20.0)
"""Mean and standard deviation of clots' HU. Real ones: mean 37, median 47 with partial volume."""


@dataclass(frozen=True, slots=True)
class Emboli:
    """The clots, and the arterial tree as they have widened or narrowed it."""

    clots: tuple[Clot, ...]
    arteries: Tree


def place_emboli(seed: int, attempt: int, tree: Tree, levels: tuple[Level, ...]) -> Emboli:
    """The emboli of a positive phantom; ``levels`` asks for them, empty leaves it to the seed."""
    rng = stream(seed, "emboli", attempt)
    wanted = levels or _draw_levels(rng)
    draw = rng.random()
    clots: list[Clot] = []
    arteries = list(tree)
    taken: set[int] = set()
    for index, level in enumerate(wanted):
        is_chronic = draw < _CHRONIC_SHARE or (draw < _CHRONIC_SHARE + _MIXED_SHARE and index % 2)
        form = _draw_form(level, rng, is_chronic=bool(is_chronic))
        if form is Form.SADDLE and any(c.form is Form.SADDLE for c in clots):
            form = Form.FLOATING
        place = _choose_branch(tree, level, taken, rng)
        taken.add(place)
        clots.append(_saddle(arteries, rng) if form is Form.SADDLE
                     else _clot(arteries, place, form, rng))  # fmt: skip
    return Emboli(tuple(clots), tuple(arteries))


def _draw_levels(rng: np.random.Generator) -> tuple[Level, ...]:
    """From a solitary clot to many; the burden grows with the level of the greatest."""
    first = EMBOLUS_LEVELS[int(rng.choice(4, p=_LEVEL_SHARE))]
    more = {Level.CENTRAL: 6, Level.LOBAR: 4, Level.SEGMENTAL: 2.5, Level.SUBSEGMENTAL: 0.6}
    n_more = int(rng.poisson(more[first]))
    lower = EMBOLUS_LEVELS[EMBOLUS_LEVELS.index(first) :]
    weights = np.asarray(_LEVEL_SHARE[-len(lower) :])
    others = rng.choice(len(lower), size=n_more, p=weights / weights.sum())
    return (first, *(lower[int(i)] for i in others))


def _draw_form(level: Level, rng: np.random.Generator, *, is_chronic: bool) -> Form:
    if is_chronic:
        return _CHRONIC_FORMS[int(rng.choice(len(_CHRONIC_FORMS), p=_CHRONIC_FORM_SHARE))]
    if level is Level.CENTRAL and rng.random() < _SADDLE_SHARE:
        return Form.SADDLE
    if rng.random() < _COMPLETE_SHARE[level]:
        return Form.COMPLETE
    return Form.WALL if rng.random() < _WALL_SHARE else Form.FLOATING


def _choose_branch(tree: Tree, level: Level, taken: set[int], rng: np.random.Generator) -> int:
    """A branch at ``level``, untaken where possible; wider ones likelier, as flow goes."""
    places = [i for i, b in enumerate(tree) if b.level is level]
    free = [i for i in places if i not in taken] or places
    weight = np.asarray([float(tree[i].radii.mean()) ** 2 for i in free])
    return int(rng.choice(free, p=weight / weight.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
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


def _clot(arteries: list[Branch], place: int, form: Form, rng: np.random.Generator) -> Clot:
    """A clot of ``form``; reshapes its artery in ``arteries`` where the form asks for it."""
    branch = arteries[place]
    if form is Form.COMPLETE:
        arteries[place] = _widened(branch, rng.uniform(1.02, 1.25))
    elif form is Form.SHRUNKEN:
        arteries[place] = _widened(branch, rng.uniform(0.6, 0.8))
    course = _stretch(tuple(arteries), place, rng.uniform(*_LENGTH_MM[branch.level]), rng)
    radius = float(course.radii.mean())
    mean, spread = _ACUTE_HU if form.is_acute else _CHRONIC_HU
    plain = Clot(
        level=branch.level,
        side=branch.side,
        form=form,
        hu=float(np.clip(rng.normal(mean, spread), 12, 135)),
        grain_hu=float(rng.uniform(3, 14)),
        rough_mm=float(rng.uniform(0.06, 0.16)) * min(radius, 6.0),
        body=tube(course.points, 1.15 * course.radii),
    )
    return _shaped(plain, course, rng)


def _shaped(clot: Clot, course: _Course, rng: np.random.Generator) -> Clot:
    points, radii = course.points, course.radii
    if clot.form in (Form.FLOATING, Form.WALL):
        return replace(clot, body=_free_body(course, rng, on_wall=clot.form is Form.WALL))
    if clot.form is Form.ECCENTRIC:
        aside = rng.uniform(0.35, 0.6) * radii[:, None] * _any_across(course, rng)
        return replace(clot, channel=tube(points + aside, rng.uniform(0.55, 0.8) * radii))
    if clot.form is Form.RECANALISED:
        return replace(clot, channel=_channels(course, rng))
    if clot.form is Form.SHRUNKEN:
        return replace(clot, channel=tube(points, rng.uniform(0.4, 0.65) * radii))
    if clot.form is Form.WEB:
        return replace(clot, rough_mm=0.3 * clot.rough_mm, plates=_plates(course, rng))
    return clot


def _free_body(course: _Course, rng: np.random.Generator, *, on_wall: bool) -> Tubes:
    """A body of uneven width that sways in the lumen, or leans on its wall; pointed ends."""
    n = len(course.points)
    along = np.linspace(0, 1, n)
    ends = np.minimum(1.0, 0.45 + 3.0 * np.minimum(along, 1 - along))
    wave = 1.0 + 0.22 * np.interp(along, np.linspace(0, 1, 6), rng.normal(size=6))
    radii = course.radii * rng.uniform(0.42, 0.74) * np.clip(wave, 0.6, 1.35) * ends
    sway = np.interp(along, np.linspace(0, 1, 4), rng.normal(0, 0.2, size=4))
    reach = rng.uniform(0.4, 0.65) + 0.3 * sway if on_wall else sway
    moved = course.points + (reach * course.radii)[:, None] * _any_across(course, rng)
    return tube(moved, radii)


def _any_across(course: _Course, rng: np.random.Generator) -> Field:
    """A unit vector (3,) across the course, at any angle about it."""
    way = course.points[-1] - course.points[0]
    way = way / max(float(np.linalg.norm(way)), 1e-6)
    first = course.across
    second = np.cross(way, first)
    angle = rng.uniform(0, 2 * np.pi)
    unit: Field = np.cos(angle) * first + np.sin(angle) * second
    return unit


def _channels(course: _Course, rng: np.random.Generator) -> Tubes:
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        aside = rng.uniform(0.1, 0.5) * course.radii[:, None] * _any_across(course, rng)
        parts.append(tube(course.points + aside, rng.uniform(0.2, 0.38) * course.radii))
    return joined(parts)


def _plates(course: _Course, rng: np.random.Generator) -> tuple[Plate, ...]:
    plates = []
    for _ in range(int(rng.integers(1, 3))):
        x, y, z = (float(v) for v in course.points[len(course.points) // 2] +
                   rng.normal(0, 0.25 * float(course.radii.mean()), size=3))  # fmt: skip
        a, b, c = (float(v) for v in _any_across(course, rng))
        plates.append(Plate((x, y, z), (a, b, c), float(rng.uniform(0.9, 2.2))))
    return tuple(plates)


def _saddle(arteries: list[Branch], rng: np.random.Generator) -> Clot:
    """A clot from one main artery over the bifurcation into the other."""
    right, left = (
        next(b for b in arteries if b.level is Level.CENTRAL and b.side == side)
        for side in ("right", "left")
    )
    reach = [max(3, int(len(b.points) * rng.uniform(0.35, 0.95))) for b in (right, left)]
    points = np.vstack([right.points[: reach[0]][::-1], left.points[1 : reach[1]]])
    radii = np.concatenate([right.radii[: reach[0]][::-1], left.radii[1 : reach[1]]])
    thin = rng.uniform(0.3, 0.7)
    body = _free_body(_Course(points, radii * np.float32(thin)), rng, on_wall=False)
    return Clot(
        level=Level.CENTRAL,
        side="central",
        form=Form.SADDLE,
        hu=float(np.clip(rng.normal(*_ACUTE_HU), 12, 110)),
        grain_hu=float(rng.uniform(3, 14)),
        rough_mm=float(rng.uniform(0.3, 0.8)),
        body=body,
    )


def _widened(branch: Branch, factor: float) -> Branch:
    """The branch ``factor`` times as wide but at its ends, where its neighbours go on."""
    along = np.linspace(0, 1, len(branch.radii))
    share = np.clip(6.0 * np.minimum(along + 0.06, 1 - along), 0.0, 1.0)
    return replace(branch, radii=(branch.radii * (1 + (factor - 1) * share)).astype(np.float32))


def _stretch(tree: Tree, place: int, length_mm: float, rng: np.random.Generator) -> _Course:
    """``length_mm`` of the vessel, onward into its widest child where it is too short."""
    points, radii = tree[place].points, tree[place].radii
    spare = tree[place].length_mm - length_mm
    if spare < 0:
        children = [b for b in tree if b.parent == place and b.side == tree[place].side]
        if children:
            child = max(children, key=lambda b: float(b.radii[0]))
            near = int(np.argmin(np.linalg.norm(points - child.points[0], axis=1)))
            points = np.vstack([points[: near + 1], child.points])
            radii = np.concatenate([radii[: near + 1], child.radii])
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    bare = min(_within_parent_mm(tree, place), 0.5 * float(along[-1]))
    first = bare + rng.uniform(0.0, 1.0) * max(float(along[-1]) - length_mm - bare, 0.0)
    last = min(first + length_mm, float(along[-1]))
    where = np.linspace(first, last, max(4, int((last - first) / 2.5) + 1))
    track = np.column_stack([np.interp(where, along, points[:, i]) for i in range(3)])
    return _Course(track.astype(np.float32), np.interp(where, along, radii).astype(np.float32))


def _within_parent_mm(tree: Tree, place: int) -> float:
    """How far a branch runs in its parent's lumen before it is a vessel of its own."""
    branch = tree[place]
    if branch.parent < 0:
        return 0.0
    parent = tree[branch.parent]
    nearest = int(np.argmin(np.linalg.norm(parent.points - branch.points[0], axis=1)))
    return float(parent.radii[nearest])
