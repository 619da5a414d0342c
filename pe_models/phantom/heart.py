"""The heart: four chambers, septum and myocardium, and the diameters of the ventricles."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.shapes import Axes, Canvas, Field, Point, Scalar, ellipsoid, smooth_union
from pe_models.phantom.texture import Textures

_WALL_MM: Final = 10.0
"""Left ventricular wall and septum at end-diastole."""

_OBLIQUE: Final = 1.27

_LV_CENTRE: Final = (36.0, -22.0, -88.0)


def _axes() -> Axes:
    """Unit vectors: base to apex; left to right ventricle across the septum; the third."""
    long = np.array([0.66, -0.62, -0.42])
    long /= np.linalg.norm(long)
    across = np.array([-0.72, -0.68, 0.05])
    across -= (across @ long) * long
    across /= np.linalg.norm(across)
    third = np.cross(long, across)
    return _point(long), _point(across), _point(third)


def _point(vector: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Point:
    return float(vector[0]), float(vector[1]), float(vector[2])


_AXES: Final = _axes()


@dataclass(frozen=True, slots=True)
class HeartFields:
    """Signed distances of the chambers and of the whole heart (mm, reference chest)."""

    whole: Field
    left_ventricle: Field
    right_ventricle: Field
    left_atrium: Field
    right_atrium: Field


@dataclass(frozen=True, slots=True)
class Heart:
    """Inner widths of the ventricles across the septum (mm, reference chest), and atria's size."""

    lv_width_mm: float
    rv_width_mm: float
    atrium: float

    @classmethod
    def draw(cls, seed: int, *, rv_lv_ratio: float) -> Self:
        rng = stream(seed, "heart")
        both = rng.uniform(72, 84)
        # In axial planes, which cut the heart obliquely, the right one measures 1.27 times wider.
        across = rv_lv_ratio / _OBLIQUE
        lv = both / (1 + across)
        return cls(float(lv), float(lv * across), float(rng.uniform(0.92, 1.1)))

    def fields(self, x: Field, y: Field, z: Scalar) -> HeartFields:
        half = self.lv_width_mm / 2
        lv = ellipsoid(x, y, z, _LV_CENTRE, (42.0, half, half * 1.08), _AXES)
        outer = ellipsoid(
            x, y, z, _LV_CENTRE, (51.0, half + _WALL_MM, half * 1.08 + _WALL_MM), _AXES
        )
        # The right ventricle wraps the septum: an ellipsoid less the left ventricle's outside.
        reach = 0.62 * self.rv_width_mm + 9.0
        middle = half + _WALL_MM + self.rv_width_mm - reach
        centre = _moved(_LV_CENTRE, along=-4.0, across=middle, third=4.0)
        rv_outer = ellipsoid(x, y, z, centre, (43.0, reach, 37.0), _AXES)
        rv = np.maximum(rv_outer, -outer)
        a = self.atrium
        ra = ellipsoid(x, y, z, (-40.0, -28.0, -76.0), (23.0 * a, 27.0 * a, 32.0 * a))
        la = ellipsoid(x, y, z, (4.0, 1.0, -60.0), (35.0 * a, 18.0 * a, 21.0 * a))
        appendage = ellipsoid(x, y, z, (40.0, -20.0, -46.0), (12.0, 15.0, 10.0))
        la = smooth_union(la, appendage, 10.0)
        atria = smooth_union(ra, la, 6.0) - 2.5
        whole = smooth_union(smooth_union(outer, rv_outer - 3.0, 8.0), atria, 10.0)
        return HeartFields(whole, lv, rv, la, ra)

    def lead_path(self) -> Field:
        """Points (point, 3) from the right atrium to the apex of the right ventricle."""
        middle = self.lv_width_mm / 2 + _WALL_MM + 0.5 * self.rv_width_mm
        valve = _moved(_LV_CENTRE, along=-22.0, across=middle, third=-6.0)
        apex = _moved(_LV_CENTRE, along=24.0, across=middle - 5.0, third=-14.0)
        return np.array([(-40.0, -28.0, -70.0), valve, apex])

    def paint(self, canvas: Canvas, contrast: Contrast, textures: Textures) -> None:
        """Myocardium and the blood of the chambers."""
        part = canvas.box((-90.0, 110.0), (-105.0, 50.0))
        if part.is_empty or not -150 < part.z < -25:
            return
        fields = self.fields(part.x, part.y, part.z)
        mix = textures.blood.on(part)
        fuzzy = part.edge_mm + 1.4  # the beating heart has soft borders
        part.paint(fields.whole, contrast.myocardium + 4.0 * mix, edge_mm=fuzzy)
        rough = 1.6 * textures.coarse.on(part)
        right = contrast.right_heart * (1 + 0.05 * mix)
        inflow = 0.12 * contrast.superior_cava * mix.clip(0, 1)
        part.paint(fields.right_atrium, 0.97 * right + inflow, edge_mm=fuzzy)
        part.paint(fields.right_ventricle + 0.8 + rough, right, edge_mm=fuzzy)
        left = contrast.left_heart * (1 + 0.03 * mix)
        part.paint(fields.left_atrium, left, edge_mm=fuzzy)
        part.paint(fields.left_ventricle + 0.6 + 0.7 * rough, left, edge_mm=fuzzy)


@dataclass(frozen=True, slots=True)
class VentricleWidths:
    """Greatest inner width of each ventricle in an axial plane across the septum, in mm."""

    rv_mm: float
    lv_mm: float

    @property
    def rv_lv_ratio(self) -> float:
        return self.rv_mm / self.lv_mm


def measure_ventricles(heart: Heart, scale: Point) -> VentricleWidths:
    """Measures the model as a reader does: chords across the septum, on all axial planes.

    The chords are perpendicular to the septum within the plane; each ventricle's widest chord
    counts, on possibly different planes.
    """
    normal = np.array(_AXES[1][:2])
    normal /= np.linalg.norm(normal)
    septum = np.array([-normal[1], normal[0]])
    step = 0.25
    across = np.arange(-40.0, 110.0, step)
    along = np.arange(-50.0, 50.0, 2.0)
    x = _LV_CENTRE[0] + across[None, :] * normal[0] + along[:, None] * septum[0]
    y = _LV_CENTRE[1] + across[None, :] * normal[1] + along[:, None] * septum[1]
    rv = lv = 0.0
    for z in np.arange(-118.0, -56.0, 2.0):
        fields = heart.fields(x.astype(np.float32), y.astype(np.float32), float(z))
        rv = max(rv, float((fields.right_ventricle < 0).sum(axis=1).max()) * step)
        lv = max(lv, float((fields.left_ventricle < 0).sum(axis=1).max()) * step)
    stretch = float(np.hypot(normal[0] * scale[0], normal[1] * scale[1]))
    return VentricleWidths(rv * stretch, lv * stretch)


def _moved(point: Point, *, along: float, across: float, third: float) -> Point:
    moved = np.asarray(point) + np.asarray((along, across, third)) @ np.asarray(_AXES)
    return float(moved[0]), float(moved[1]), float(moved[2])
