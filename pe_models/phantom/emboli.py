"""Emboli: which clots a positive phantom has, at every level of the tree and in every form."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.clot import Clot, Form
from pe_models.phantom.clot_plan import ClotPlan, Wanted
from pe_models.phantom.clot_shapes import Course, free_body, shaped, stretch, widened
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import tube

_LENGTH_MM: Final[dict[Level, tuple[float, float]]] = {
    Level.CENTRAL: (14.0, 55.0),
    Level.LOBAR: (7.0, 36.0),
    Level.SEGMENTAL: (4.0, 24.0),
    Level.SUBSEGMENTAL: (3.5, 14.0),
}
_COMPLETE_SHARE: Final[dict[Level, float]] = {
    Level.CENTRAL: 0.05,
    Level.LOBAR: 0.25,
    Level.SEGMENTAL: 0.45,
    Level.SUBSEGMENTAL: 0.6,
}
"""How often an acute clot fills its vessel wholly, by level."""
_LEAST_ARTERY_MM: Final = 1.2
"""Least mean radius of an artery that clots are set in; thinner ones are not read for emboli."""
_SADDLE_SHARE: Final = 0.22
_WALL_SHARE: Final = 0.35
_CHRONIC_SHARE: Final = 292 / 2211
_MIXED_SHARE: Final = 145 / 2211
"""Positive exams with only chronic, and with acute and chronic emboli, in the RSNA-STR table."""
_CHRONIC_FORMS: Final = (Form.ECCENTRIC, Form.RECANALISED, Form.WEB, Form.SHRUNKEN)
_CHRONIC_FORM_SHARE: Final = (0.4, 0.2, 0.2, 0.2)
_IN_THE_TRUNK: Final = {
    Form.COMPLETE: Form.WALL,
    Form.RECANALISED: Form.ECCENTRIC,
    Form.SHRUNKEN: Form.ECCENTRIC,
}
"""What stands in the pulmonary trunk for forms that no one would survive there."""
_ACUTE_HU: Final = (46.0, 13.0)
_CHRONIC_HU: Final = (74.0, 20.0)
"""Mean and standard deviation of clots' HU. Real ones: mean 37, median 47 with partial volume."""


@dataclass(frozen=True, slots=True)
class Emboli:
    """The clots, and the arterial tree as they have widened or narrowed it.

    ``starved`` are the places of the branches beyond a clot that fills its vessel.
    """

    clots: tuple[Clot, ...]
    arteries: Tree
    starved: tuple[int, ...]


def place_emboli(seed: int, attempt: int, tree: Tree, plan: ClotPlan) -> Emboli:
    """The emboli of a positive phantom as ``plan`` wants them, each ``attempt`` elsewhere."""
    rng = stream(seed, "emboli", attempt)
    age = rng.random()
    clots: list[Clot] = []
    arteries = list(tree)
    taken: set[int] = set()
    blocked: set[int] = set()
    for index, wanted in enumerate(plan):
        form = _draw_form(wanted.level, rng, is_chronic=_is_chronic(age, index))
        place = _choose_branch(tree, wanted, taken, rng)
        form = _possible(form, tree[place], clots)
        taken.add(place)
        if form is Form.COMPLETE:
            blocked.add(place)
        clots.append(_saddle(arteries, rng) if form is Form.SADDLE
                     else _clot(arteries, place, form, rng))  # fmt: skip
    return Emboli(tuple(clots), tuple(arteries), _beyond(tree, blocked))


def _is_chronic(age: float, index: int) -> bool:
    """All clots of a chronic exam are, every second one of a mixed exam; ``age`` in [0, 1)."""
    return age < _CHRONIC_SHARE or (age < _CHRONIC_SHARE + _MIXED_SHARE and index % 2 == 1)


def _possible(form: Form, branch: Branch, clots: list[Clot]) -> Form:
    """``form``, or what stands in for it: one saddle is enough, and the trunk is never closed."""
    if form is Form.SADDLE:
        return Form.FLOATING if any(c.form is Form.SADDLE for c in clots) else form
    return _IN_THE_TRUNK.get(form, form) if branch.parent < 0 else form


def _beyond(tree: Tree, blocked: set[int]) -> tuple[int, ...]:
    """The places of all branches that descend from ``blocked`` ones."""
    starved: set[int] = set()
    for place, branch in enumerate(tree):  # parents stand before their children
        if branch.parent in blocked or branch.parent in starved:
            starved.add(place)
    return tuple(sorted(starved))


def _draw_form(level: Level, rng: np.random.Generator, *, is_chronic: bool) -> Form:
    if is_chronic:
        return _CHRONIC_FORMS[int(rng.choice(len(_CHRONIC_FORMS), p=_CHRONIC_FORM_SHARE))]
    if level is Level.CENTRAL and rng.random() < _SADDLE_SHARE:
        return Form.SADDLE
    if rng.random() < _COMPLETE_SHARE[level]:
        return Form.COMPLETE
    return Form.WALL if rng.random() < _WALL_SHARE else Form.FLOATING


def _choose_branch(tree: Tree, wanted: Wanted, taken: set[int], rng: np.random.Generator) -> int:
    """A branch at that level and side, untaken where possible; wider ones likelier, as flow goes.

    Where surgery has left none on that side, one on the other; none in arteries too thin to tell.
    """
    known = [i for i, b in enumerate(tree) if b.level is wanted.level]
    at_level = [i for i in known if tree[i].radii.mean() >= _LEAST_ARTERY_MM] or known
    places = [i for i in at_level if wanted.side in (None, tree[i].side)] or at_level
    free = [i for i in places if i not in taken] or places
    weight = np.asarray([float(tree[i].radii.mean()) ** 2 for i in free])
    return int(rng.choice(free, p=weight / weight.sum()))


def _clot(arteries: list[Branch], place: int, form: Form, rng: np.random.Generator) -> Clot:
    """A clot of ``form``; reshapes its artery in ``arteries`` where the form asks for it."""
    branch = arteries[place]
    if form is Form.COMPLETE:
        arteries[place] = widened(branch, rng.uniform(1.02, 1.25))
    elif form is Form.SHRUNKEN:
        arteries[place] = widened(branch, rng.uniform(0.6, 0.8))
    course = stretch(tuple(arteries), place, rng.uniform(*_LENGTH_MM[branch.level]), rng)
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
    return shaped(plain, course, rng)


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
    body = free_body(Course(points, radii * np.float32(thin)), rng, lean=0.0)
    return Clot(
        level=Level.CENTRAL,
        side="central",
        form=Form.SADDLE,
        hu=float(np.clip(rng.normal(*_ACUTE_HU), 12, 110)),
        grain_hu=float(rng.uniform(3, 14)),
        rough_mm=float(rng.uniform(0.3, 0.8)),
        body=body,
    )
