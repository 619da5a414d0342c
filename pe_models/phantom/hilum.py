"""Lymph nodes and hilar fat: the soft tissue between arteries and bronchi that mimics a clot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.branches import Branch, Knot, Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.spec import Level
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import Tubes, blurred_distance_on, distance_on, joined, owned, tube
from pe_models.phantom.warp import Warp

_STATIONS: Final = (
    (-14, 2, -14), (2, 14, -22), (-4, 18, -34), (16, 4, -6), (-22, -12, 8), (14, -18, 8),
    (22, -6, 6), (-24, -4, 14), (2, -34, 22), (-10, -38, 6), (30, -30, -8), (12, 26, -60),
)  # fmt: skip
"""Mediastinal stations: below the carina, beside the trachea, about the aortic arch."""
_SPACES: Final[tuple[tuple[Knot, ...], ...]] = (
    # between the vena cava and the trachea, from the right pulmonary artery to the azygos arch
    ((-20, -4, -20, 3.5), (-18, -8, -8, 5.5), (-17, -10, 4, 6), (-16, -14, 16, 4)),
    # behind the vena cava, under the azygos arch, before the right upper bronchus
    ((-30, -6, -18, 3.5), (-28, -5, -8, 5), (-25, -4, 0, 4.5)),
    # between the vena cava and the ascending aorta
    ((-24, -24, -18, 2.5), (-25, -25, -4, 3.5), (-24, -26, 10, 3)),
    # below the aortic arch, above the left pulmonary artery
    ((18, -14, 4, 4), (24, -6, 6, 5), (28, 4, 4, 3.5)),
)
"""Spaces that nodes and connective tissue fill, next to dense contrast and its streaks."""
_FILLED_SHARE: Final = 0.5
_SPACE_HU: Final = (20.0, 110.0)
_SLEEVE_LEVELS: Final = (Level.CENTRAL, Level.LOBAR)
_SEPTUM_X_MM: Final = (-62.0, 66.0)
_SEPTUM_Y_MM: Final = (-95.0, 45.0)
_GAS_HU: Final = -300.0
_THREAD_HU: Final = 45.0
_CALCIFIED_SHARE: Final = 0.07
_LARGE_SHARE: Final = 0.25
_SWOLLEN_COUNT: Final = (3, 10)
_SWOLLEN_MM: Final = (3.0, 8.0)
_SWOLLEN_HU: Final = (55.0, 205.0)
"""Enlarged nodes: as dark as clot, or as bright as half opacified blood."""
_UPPER_Z_MM: Final = -32.0


@dataclass(frozen=True, slots=True)
class Node:
    """One lymph node: a short thick tube, its HU, and whether it has a heart of fat."""

    body: Tubes
    core: Tubes
    hu: float
    is_fatty: bool


@dataclass(frozen=True, slots=True, eq=False)
class Hilum:
    """Nodes of the mediastinum and of both hila, and the fat that sheathes the hilar vessels.

    ``bodies`` are those of all nodes; ``owner`` is the place of the node.
    """

    nodes: tuple[Node, ...]
    bodies: Tubes
    sleeves: Tubes

    @classmethod
    def draw(
        cls, seed: int, arteries: Tree, veins: Tree, warp: Warp, *, has_adenopathy: bool
    ) -> Self:
        rng = stream(seed, "nodes")
        size = 1.45 if rng.random() < _LARGE_SHARE else 1.0
        stations = warp.moved(np.asarray(_STATIONS) + rng.normal(0, 3.5, size=(len(_STATIONS), 3)))
        chosen = [s for s in stations for _ in range(int(rng.integers(0, 4)))]
        nodes = [_node(s + rng.normal(0, 2.5, size=3), size, rng) for s in chosen]
        near = [b for b in arteries if b.level in (Level.CENTRAL, Level.LOBAR, Level.SEGMENTAL)]
        places = rng.integers(1, len(near), size=int(rng.integers(16, 42)))
        nodes.extend(_beside(near[int(place)], size, rng) for place in places)
        nodes.extend(_fillings(warp, rng))
        if has_adenopathy:
            nodes.extend(_swollen(near, rng))
        sheathed = [b for b in (*arteries, *veins) if b.level in _SLEEVE_LEVELS]
        sleeves = joined(_sleeve(b, rng) for b in sheathed)
        return cls(tuple(nodes), owned(n.body for n in nodes), sleeves)

    def paint_fat(self, canvas: Canvas, lung: Field, fat_hu: float, textures: Textures) -> None:
        """Fat about the hilar vessels, and the threads that run through all fat of the septum."""
        canvas.paint(distance_on(canvas, self.sleeves, margin_mm=canvas.edge_mm), fat_hu)
        part = canvas.box(_SEPTUM_X_MM, _SEPTUM_Y_MM)
        if part.is_empty:
            return
        within = 2.5 - lung[canvas.place(_SEPTUM_X_MM, _SEPTUM_Y_MM)]
        thread = np.abs(textures.coarse.on(part) + 0.4 * textures.threads.on(part)) * 4.0 - 0.35
        is_fat = (part.hu < 0.0) & (part.hu > _GAS_HU)
        in_fat = np.where(is_fat, np.maximum(thread, within), np.float32(9.0))
        part.paint(in_fat, fat_hu + _THREAD_HU)

    def paint(self, canvas: Canvas, fat_hu: float) -> None:
        reach = canvas.edge_mm
        for place in np.unique(self.bodies.owner[self.bodies.near(canvas, reach)]):
            node = self.nodes[int(place)]
            part = canvas.part(node.body.place_on(canvas, reach))
            part.paint(distance_on(part, node.body, margin_mm=reach), node.hu)
            if node.is_fatty:
                part.paint(blurred_distance_on(part, node.core), 0.6 * fat_hu)


def _node(centre: Field, size: float, rng: np.random.Generator) -> Node:
    along = rng.normal(size=3)
    radius = size * rng.uniform(1.4, 3.9)
    along *= rng.uniform(0.3, 1.3) * radius / np.linalg.norm(along)
    ends = [centre - along, centre + along]
    hu = rng.uniform(140, 520) if rng.random() < _CALCIFIED_SHARE else rng.uniform(20, 90)
    return Node(tube(ends, radius), tube(ends, 0.4 * radius), float(hu), bool(rng.random() < 0.2))


def _beside(artery: Branch, size: float, rng: np.random.Generator) -> Node:
    """A node that touches ``artery`` somewhere along it."""
    at = int(rng.integers(0, max(1, len(artery.points) * 2 // 3)))
    away = rng.normal(size=3)
    away /= np.linalg.norm(away)
    node = _node(np.zeros(3), size, rng)
    reach = artery.radii[at] + 0.9 * float(node.body.start_radius[0])
    centre = artery.points[at] + reach * away
    moved = (centre + node.body.start[0], centre + node.body.end[0])
    return Node(tube(moved, node.body.start_radius[0]), tube(moved, node.core.start_radius[0]),
                node.hu, node.is_fatty)  # fmt: skip


def _fillings(warp: Warp, rng: np.random.Generator) -> Iterator[Node]:
    """The tissue of some of the spaces beside the vena cava and under the arches."""
    for knots in _SPACES:
        if rng.random() < _FILLED_SHARE:
            track = np.asarray(knots)
            points = warp.moved(track[:, :3] + rng.normal(0, 1.5, size=3))
            radii = track[:, 3] * rng.uniform(0.5, 1.15, size=len(track))
            yield Node(tube(points, radii), tube(points, 0.4 * radii),
                       float(rng.uniform(*_SPACE_HU)), bool(rng.random() < 0.2))  # fmt: skip


def _swollen(near: list[Branch], rng: np.random.Generator) -> Iterator[Node]:
    """Enlarged nodes fused with hilar arteries, most of them with those of the upper lobes."""
    upper = [b for b in near if b.lobe is not None and b.points[0, 2] > _UPPER_Z_MM]
    for _ in range(int(rng.integers(*_SWOLLEN_COUNT))):
        arteries = upper if upper and rng.random() < 0.6 else near
        artery = arteries[int(rng.integers(len(arteries)))]
        at = int(rng.integers(0, max(1, len(artery.points) // 2)))
        radius = float(rng.uniform(*_SWOLLEN_MM))
        away = rng.normal(size=3)
        away /= np.linalg.norm(away)
        centre = artery.points[at] + (artery.radii[at] + rng.uniform(0.5, 0.95) * radius) * away
        points = centre + 0.5 * radius * rng.normal(size=(3, 3))
        radii = radius * rng.uniform(0.55, 0.95, size=3)
        yield Node(tube(points, radii), tube(points, 0.3 * radii),
                   float(rng.uniform(*_SWOLLEN_HU)), is_fatty=False)  # fmt: skip


def _sleeve(branch: Branch, rng: np.random.Generator) -> Tubes:
    """Fat about a hilar vessel, thick at its root and gone at its end."""
    thick = rng.uniform(0.6, 2.6) * np.linspace(1.0, -0.3, len(branch.points))
    lean = rng.normal(0, 0.8, size=3)
    return tube(branch.points + lean, branch.radii + thick)
