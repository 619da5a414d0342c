"""Trachea and bronchi with their walls: a bronchus beside every artery that is wide enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.branches import Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.heart import Heart
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import Tubes, blurred_distance_on, joined, owned, tube

_LEAST_ARTERY_MM: Final = 1.05
"""Radius of the thinnest artery whose bronchus is drawn; the wall of a thinner one is lost."""
_LUMEN_SHARE: Final = (0.52, 0.74)
"""Lumen of a bronchus to its artery; healthy adults .65 to .75 (Kim et al. 1997)."""
_CENTRAL_WALL_MM: Final = 1.2
_GAP_MM: Final = 0.4
_FROM_HEART_MM: Final = 4.0
_WALL_HU: Final = 25.0
_LUMEN_HU: Final = -985.0
_BESIDE: Final = np.array([0.8, 0.35, 0.5])
"""Toward which a bronchus lies of its artery: medially, behind and above; x for the right lung."""


@dataclass(frozen=True, slots=True, eq=False)
class Airways:
    """Lumina and outer surfaces of all airways, and those lumina that mucus fills."""

    lumen: Tubes
    outer: Tubes
    plugs: tuple[Tubes, ...]
    mucus_hu: float

    @classmethod
    def draw(
        cls, seed: int, arteries: Tree, central: Tubes, heart: Heart, *, n_plugs: int = 0
    ) -> Self:
        """Bronchi beside ``arteries``, joined to the ``central`` airways, none at the heart."""
        rng = stream(seed, "airways")
        share = float(rng.uniform(*_LUMEN_SHARE))
        thick = float(rng.uniform(0.85, 1.5))
        bronchi = _clear_of(heart, tuple(_bronchi(arteries, central, share, thick)))
        lumen = joined((central, *(b.lumen for b in bronchi)))
        outer = joined((_swollen(central, _CENTRAL_WALL_MM), *(b.outer for b in bronchi)))
        plugs = _plugs(bronchi, n_plugs, rng)
        return cls(lumen, outer, plugs, float(rng.uniform(5, 60)))

    def paint(self, canvas: Canvas) -> None:
        canvas.paint(blurred_distance_on(canvas, self.outer), _WALL_HU)
        canvas.paint(blurred_distance_on(canvas, self.lumen), _LUMEN_HU)
        for plug in self.plugs:
            if plug.near(canvas, canvas.edge_mm).any():
                canvas.paint(blurred_distance_on(canvas, plug), self.mucus_hu)


@dataclass(frozen=True, slots=True, eq=False)
class _Bronchus:
    """One bronchus; ``may_plug`` where mucus may fill it."""

    lumen: Tubes
    outer: Tubes
    may_plug: bool


def _bronchi(arteries: Tree, central: Tubes, share: float, thick: float) -> Iterator[_Bronchus]:
    sideways: dict[int, Field] = {}
    for place, artery in enumerate(arteries):
        if artery.lobe is None or artery.radii[0] < _LEAST_ARTERY_MM:
            continue
        ours = _sideways(artery.points)
        theirs = sideways.get(artery.parent, ours)
        sideways[place] = ours
        points, lumen = _beside(artery.points, artery.radii, theirs, ours, share)
        if artery.level is Level.SEGMENTAL:
            points, lumen = _rooted(points, lumen, central)
        wall = np.float32(thick) * (0.15 + 0.22 * lumen)
        yield _Bronchus(tube(points, lumen), tube(points, lumen + wall),
                        artery.level in (Level.SEGMENTAL, Level.SUBSEGMENTAL))  # fmt: skip


def _clear_of(heart: Heart, bronchi: tuple[_Bronchus, ...]) -> tuple[_Bronchus, ...]:
    """Those of ``bronchi`` that keep away from the heart all along."""
    outer = owned(bronchus.outer for bronchus in bronchi)
    x, y, z = outer.end.T
    room = heart.fields(x, y, z).whole - outer.end_radius
    least = np.full(len(bronchi), np.inf)
    np.minimum.at(least, outer.owner, room)
    return tuple(b for b, mm in zip(bronchi, least, strict=True) if mm > _FROM_HEART_MM)


def _sideways(points: Field) -> Field:
    """The unit vector (3,) across the vessel toward its bronchus."""
    chord = (points[-1] - points[0]).astype(np.float64)
    chord /= max(float(np.linalg.norm(chord)), 1e-6)
    wanted = _BESIDE * (1.0 if points[0, 0] < 0 else -1.0, 1.0, 1.0)
    across = wanted - (wanted @ chord) * chord
    unit: Field = across / max(float(np.linalg.norm(across)), 0.2)
    return unit


def _beside(
    points: Field, radii: Field, first: Field, last: Field, share: float
) -> tuple[Field, Field]:
    """The artery's course moved sideways, turning from ``first`` to ``last`` along the way."""
    t = np.linspace(0, 1, len(points))[:, None]
    lumen = radii * np.float32(share)
    apart = 1.05 * radii + 1.35 * lumen + _GAP_MM
    moved = points + apart[:, None] * ((1 - t) * first + t * last)
    return moved.astype(np.float32), lumen


def _rooted(points: Field, lumen: Field, central: Tubes) -> tuple[Field, Field]:
    """The bronchus led back to the nearest central airway."""
    nearest = int(np.argmin(np.linalg.norm(central.end - points[0], axis=1)))
    root = central.end[nearest]
    radius = min(float(central.end_radius[nearest]), 1.25 * float(lumen[0]))
    return np.vstack([root, points]), np.concatenate([[np.float32(radius)], lumen])


def _swollen(tubes: Tubes, by_mm: float) -> Tubes:
    more = np.float32(by_mm)
    return Tubes(tubes.start, tubes.end, tubes.start_radius + more, tubes.end_radius + more,
                 tubes.owner)  # fmt: skip


def _plugs(
    bronchi: tuple[_Bronchus, ...], n_plugs: int, rng: np.random.Generator
) -> tuple[Tubes, ...]:
    """The lumina of so many bronchi, a little swollen."""
    small = [b for b in bronchi if b.may_plug]
    chosen = rng.choice(len(small), size=min(n_plugs, len(small)), replace=False) if small else ()
    return tuple(_swollen(small[int(i)].lumen, 0.3) for i in chosen)
