"""Hardware: metal that earlier treatment left in a chest, and the artefact that it makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.cage import from_cage
from pe_models.phantom.chance import stream
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.spec import Mimic
from pe_models.phantom.streaks import Rays, add_band, spot_at
from pe_models.phantom.thorax import front_y, outer_half_axes, spine_y
from pe_models.phantom.tubes import Tubes, blurred_distance_on, smooth_path, tube
from pe_models.phantom.warp import Warp

_METAL_HU: Final = 12000.0
"""Steel and platinum, before the twelve bits of the file cut it off: it blooms."""
_LEAD_TO_CAVA: Final = (
    (70.0, -28.0, 100.0), (40.0, -38.0, 80.0), (8.0, -40.0, 58.0), (-16.0, -36.0, 48.0),
    (-30.0, -26.0, 30.0), (-32.0, -20.0, -5.0), (-33.0, -20.0, -40.0),
)  # fmt: skip
"""The course of a lead, as that of the left brachiocephalic vein and the superior cava."""
_LEAD_MM: Final = 0.9
_CAN_HALF_MM: Final = (21.0, 19.0)
"""Half width and half height of a pacemaker's can."""
_WIRE_MM: Final = 0.5
_ROD_MM: Final = 2.6
_SCREW_MM: Final = 2.2
_VERTEBRA_MM: Final = 23.0


@dataclass(frozen=True, slots=True, eq=False)
class Metal:
    """One piece: its ``body``, and how strong the streaks about it are."""

    body: Tubes
    streak_hu: float
    fade_mm: float
    core_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Hardware:
    """All metal of one chest but the clips of an operation; none in most.

    Each of ``pairs`` are two of ``pieces`` between which a dark band lies.
    """

    pieces: tuple[Metal, ...]
    pairs: tuple[tuple[int, int], ...]
    rays: Rays

    @classmethod
    def draw(
        cls, seed: int, mimics: frozenset[Mimic], habitus: Habitus, heart: Heart, warp: Warp
    ) -> Self:
        rng = stream(seed, "hardware")
        pieces: list[Metal] = []
        pairs: list[tuple[int, int]] = []
        if Mimic.PACEMAKER in mimics:
            pieces.extend(_pacemaker(rng, habitus, heart, warp))
        if Mimic.STERNAL_WIRES in mimics:
            pieces.extend(_sternal_wires(rng, habitus))
        if Mimic.SPINAL_RODS in mimics:
            rods = list(_spinal_rods(rng, habitus))
            pairs.extend((len(pieces) + i, len(pieces) + i + 1) for i in range(0, len(rods), 2))
            pieces.extend(rods)
        return cls(tuple(pieces), tuple(pairs), Rays.draw(seed, "metal"))

    def paint(self, canvas: Canvas) -> None:
        """The metal itself, and its streaks over all that lies about it."""
        spots = [spot_at(piece.body, canvas.z) for piece in self.pieces]
        for one, other in self.pairs:
            start, end, metal = spots[one], spots[other], self.pieces[one]
            if start is not None and end is not None:
                add_band(canvas, start, end, hu=-1.6 * metal.streak_hu, width_mm=5.0)
        for piece, spot in zip(self.pieces, spots, strict=True):
            if spot is not None:
                self.rays.add(canvas, spot, hu=piece.streak_hu, core_mm=piece.core_mm,
                              fade_mm=piece.fade_mm)  # fmt: skip
        for piece in self.pieces:
            if piece.body.near(canvas, canvas.edge_mm).any():
                part = canvas.part(piece.body.place_on(canvas, canvas.edge_mm))
                part.paint(blurred_distance_on(part, piece.body), _METAL_HU)


def _pacemaker(
    rng: np.random.Generator, habitus: Habitus, heart: Heart, warp: Warp
) -> Iterator[Metal]:
    """A can before the left pectoral muscle, and its lead to the apex of the right ventricle."""
    z = float(rng.uniform(35, 60))
    half, depth = outer_half_axes(habitus, z)
    x = 0.52 * half
    y = 10.0 - depth * (1.0 - 0.52**2.5) ** (1 / 2.5) - 3.0
    width, height = _CAN_HALF_MM
    layers = np.linspace(-height, height, 8)
    body = [np.array([[x - width, y + 2, z + dz], [x + width, y + 6, z + dz]]) for dz in layers]
    for plate in body:
        yield Metal(tube(_from_cage(habitus, plate), 4.2), 60.0, 22.0, 20.0)
    yield _lead(warp.moved(np.asarray(_LEAD_TO_CAVA)), heart.lead_path(), rng)


def _lead(vein: Field, within: Field, rng: np.random.Generator) -> Metal:
    course = np.vstack([vein, within])
    points, _ = smooth_path(course + rng.normal(0, 1.0, size=course.shape), _LEAD_MM)
    return Metal(tube(points, _LEAD_MM), float(rng.uniform(60, 160)), 13.0, 3.0)


def _sternal_wires(rng: np.random.Generator, habitus: Habitus) -> Iterator[Metal]:
    """Loops about the sternum, as after an operation on the heart."""
    for middle in np.linspace(-85, 30, int(rng.integers(5, 8))):
        z = float(middle + rng.normal(0, 2.0))
        half, tilt = rng.uniform(9, 15), rng.normal(0, 0.18)
        y = float(front_y(z)) - 7.5
        angle = np.linspace(0, 2 * np.pi, 13)
        x = half * np.cos(angle) + habitus.asymmetry.sternum_offset_mm
        ring = np.column_stack([x, y + 8.5 * np.sin(angle), z + tilt * x + 2.0 * np.sin(angle)])
        yield Metal(
            tube(_from_cage(habitus, ring), _WIRE_MM), float(rng.uniform(40, 110)), 11.0, 9.0
        )


def _spinal_rods(rng: np.random.Generator, habitus: Habitus) -> Iterator[Metal]:
    """Two rods behind the spine, then the screws that hold them, in pairs of left and right."""
    low = float(rng.uniform(-190, -80))
    high = low + float(rng.uniform(60, 150))
    strength = float(rng.uniform(60, 170))
    z = np.arange(low, high, 8.0)
    middle = habitus.spine_offset_mm
    for side in (-1.0, 1.0):
        path = np.column_stack([np.full_like(z, middle + side * 17.0), spine_y(z) + 37.0, z])
        yield Metal(tube(_from_cage(habitus, path), _ROD_MM), strength, 20.0, 4.0)
    for height in np.arange(low + 6.0, high - 6.0, _VERTEBRA_MM):
        back = float(spine_y(height))
        for side in (-1.0, 1.0):
            ends = np.array([[middle + side * 16.0, back + 34.0, height],
                             [middle + side * 8.0, back - 4.0, height]])  # fmt: skip
            yield Metal(tube(_from_cage(habitus, ends), _SCREW_MM), 1.5 * strength, 24.0, 8.0)


def _from_cage(habitus: Habitus, points: NDArray[np.float64]) -> Field:
    """``points`` (point, 3) of the rib cage where they lie in the chest."""
    x, y = from_cage(habitus, points[:, 0], points[:, 1])
    return np.column_stack([x, y, points[:, 2]])
