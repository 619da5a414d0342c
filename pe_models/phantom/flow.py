"""How contrast is mixed in the lung vessels: evenly, or not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from pe_models.phantom.branches import Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field, Point, coverage
from pe_models.phantom.spec import Level
from pe_models.phantom.texture import Texture
from pe_models.phantom.tubes import Tubes, blurred_distance_on

_N_PATCHES: Final = (1, 5)
_STARVED_LOSS: Final = (0.0, 0.5)
_N_VEIN_PATCHES: Final = (1, 6)
_VEIN_LOSS: Final = (0.35, 0.85)
_MIXED_LEVELS: Final = (Level.CENTRAL, Level.LOBAR, Level.SEGMENTAL)


@dataclass(frozen=True, slots=True)
class FlowPatch:
    """A smooth ball in which arterial blood is diluted by at most ``loss`` of its contrast."""

    centre: Point
    radius_mm: float
    loss: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Unevenness of arterial contrast.

    ``swirl`` is the share of contrast that streams by chance everywhere; ``patches`` are the flow
    artefact, ``gap`` a height (z, mm), half width (mm) and loss of an interrupted bolus.
    ``vein_patches`` dilute the blood of veins, where streams of different age meet.
    ``starved`` are vessels beyond a clot, in which ``starved_loss`` of the contrast is missing.
    """

    swirl: float
    patches: tuple[FlowPatch, ...] = ()
    gap: tuple[float, float, float] | None = None
    vein_patches: tuple[FlowPatch, ...] = ()
    starved: Tubes | None = None
    starved_loss: float = 0.0

    @classmethod
    def draw(cls, seed: int, arteries: Tree, *, is_artifact: bool) -> Self:
        rng = stream(seed, "flow")
        swirl = float(rng.uniform(0.01, 0.05))
        if not is_artifact:
            return cls(swirl)
        wide = [b for b in arteries[1:] if b.level in _MIXED_LEVELS]
        patches = tuple(
            _patch(wide[int(rng.integers(len(wide)))].points, rng)
            for _ in range(int(rng.integers(*_N_PATCHES)))
        )
        if rng.random() < 0.7:
            return cls(swirl, patches)
        gap = (rng.uniform(-110, -20), rng.uniform(8, 22), rng.uniform(0.25, 0.5))
        return cls(swirl, patches, (float(gap[0]), float(gap[1]), float(gap[2])))

    def with_mixed_veins(self, seed: int, veins: Tree) -> "Flow":
        """With veins of the hila that are half opacified over a stretch."""
        rng = stream(seed, "mixed veins")
        wide = [b for b in veins if b.level in _MIXED_LEVELS]
        patches = tuple(
            replace(_patch(_outer_half(wide[int(rng.integers(len(wide)))].points), rng),
                    loss=float(rng.uniform(*_VEIN_LOSS)))
            for _ in range(int(rng.integers(*_N_VEIN_PATCHES)))
        )  # fmt: skip
        return replace(self, vein_patches=patches)

    def vein_strength(self, canvas: Canvas, blood: Texture) -> Field:
        """Share of the full contrast (rows, cols) that venous blood has."""
        share = np.ones(canvas.hu.shape, np.float32)
        near = [p for p in self.vein_patches if abs(p.centre[2] - canvas.z) < 2.0 * p.radius_mm]
        return _diluted(share, near, canvas, blood.on(canvas)) if near else share

    def beyond_clots(self, seed: int, starved: Tubes) -> "Flow":
        """With less contrast in ``starved``: dim enough to see, too bright to be clot."""
        loss = float(stream(seed, "starved").uniform(*_STARVED_LOSS))
        return replace(self, starved=starved, starved_loss=loss)

    def strength(self, canvas: Canvas, blood: Texture) -> Field:
        """Share of the full contrast (rows, cols) that arterial blood has."""
        mix = blood.on(canvas)
        share: Field = 1.0 + np.float32(self.swirl) * mix
        share = _diluted(share, self.patches, canvas, mix)
        if self.gap is not None:
            height, half, loss = self.gap
            share *= np.float32(1.0 - loss * np.exp(-((canvas.z - height) ** 2) / (2 * half**2)))
        if self.starved is not None:
            within = coverage(blurred_distance_on(canvas, self.starved), canvas.edge_mm)
            share *= 1.0 - np.float32(self.starved_loss) * np.minimum(1.0, 2.0 * within)
        return share


def _outer_half(points: Field) -> Field:
    return points[len(points) // 2 :]


def _diluted(share: Field, patches: Iterable[FlowPatch], canvas: Canvas, mix: Field) -> Field:
    """``share`` less what each patch takes; ``mix`` (rows, cols) makes that uneven."""
    for patch in patches:
        x, y, z = patch.centre
        square = (canvas.x - x) ** 2 + (canvas.y - y) ** 2 + (canvas.z - z) ** 2
        ball = np.exp(-square / (0.5 * patch.radius_mm**2)).astype(np.float32)
        share = share * (1.0 - patch.loss * ball * np.clip(0.9 + 0.35 * mix, 0.3, 1.2))
    return share


def _patch(points: Field, rng: np.random.Generator) -> FlowPatch:
    x, y, z = (float(v) for v in points[int(rng.integers(len(points)))])
    return FlowPatch((x, y, z), float(rng.uniform(9, 26)), float(rng.uniform(0.2, 0.5)))
