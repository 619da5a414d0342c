"""The heart: where its chambers, septum and myocardium lie, as signed distances."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import (
    Axes,
    Field,
    Point,
    Scalar,
    capsule,
    ellipsoid,
    smooth_union,
)

_WALL_MM: Final = 10.0
"""Left ventricular wall and septum at end-diastole."""
_OBLIQUE: Final = 1.27
_LV_CENTRE: Final = (36.0, -22.0, -88.0)
_PIVOT: Final = np.array([4.0, 1.0, -60.0])
"""The left atrium, about which hearts are turned: the veins must reach it."""
_TURN_RAD: Final = (0.06, 0.06, 0.13)
"""How far hearts are turned about x, y and z (standard deviation)."""
_N_WAVES: Final = 4
_WAVE_MM: Final = (38.0, 95.0)
_WAVE_SHIFT_MM: Final = (0.8, 2.6)
_BEAT_LEAST: Final = (1.0, 18.0, 0.0)
_BEAT_MOST: Final = (4.5, 45.0, 2 * np.pi)
"""How far walls go inward (mm), how far the table goes in one heartbeat (mm), and the phase."""
_BASE_MM: Final = 37.0
"""From the middle of the left ventricle to the plane between atria and ventricles."""
_SWING_MM: Final = (0.0, 1.5, 8.0)
"""Least, most frequent and greatest."""
_BRIDGED_MM: Final = 26.0
_PLACING_STEPS: Final = 4
_FLATTEST_LV_MM: Final = 21.0


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
    """Signed distances of the chambers and of the whole heart (mm, reference chest).

    ``sac`` is the pericardium, which bridges the notches of the heart; fat fills them.
    ``groove`` is the distance from the plane between atria and ventricles, without sign;
    ``toward_apex`` is 0 there and 1 at the apex.
    """

    whole: Field
    sac: Field
    left_ventricle: Field
    right_ventricle: Field
    left_atrium: Field
    right_atrium: Field
    groove: Field
    toward_apex: Field


@dataclass(frozen=True, slots=True, eq=False)
class Build:
    """How one heart differs from the reference: how it is turned, bent and filled.

    ``turn`` (3, 3) is a rotation about the left atrium; ``waves`` (wave, 3) are wave vectors a mm,
    ``phases`` (wave,), ``shifts`` (wave, 3) in mm. ``atria`` are the sizes of the right and the
    left one, ``length`` that of the ventricles; ``taper`` is how pointed the apex is.
    """

    turn: NDArray[np.float64]
    waves: NDArray[np.float64]
    phases: NDArray[np.float64]
    shifts: NDArray[np.float64]
    atria: tuple[float, float]
    length: float
    taper: float
    left_appendage: tuple[Point, Point, Point]
    right_appendage: tuple[Point, Point]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        directions = rng.normal(size=(_N_WAVES, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        lengths = rng.uniform(*_WAVE_MM, size=(_N_WAVES, 1))
        strength = rng.uniform(*_WAVE_SHIFT_MM) / np.sqrt(_N_WAVES / 2)
        sway = rng.normal(0, 2.5, size=(5, 3))
        return cls(
            turn=_rotation(rng.normal(0, _TURN_RAD)),
            waves=2 * np.pi * directions / lengths,
            phases=rng.uniform(0, 2 * np.pi, size=_N_WAVES),
            shifts=strength * rng.normal(size=(_N_WAVES, 3)),
            atria=(float(rng.uniform(0.86, 1.18)), float(rng.uniform(0.88, 1.15))),
            length=float(rng.uniform(0.88, 1.1)),
            taper=float(rng.uniform(0.1, 0.42)),
            left_appendage=(_point(sway[0] + (30, -6, -53)), _point(sway[1] + (44, -20, -45)),
                            _point(sway[2] + (41, -38, -42))),
            right_appendage=(_point(sway[3] + (-38, -44, -58)), _point(sway[4] + (-18, -62, -46))),
        )  # fmt: skip

    def reference(self, x: Field, y: Field, z: Scalar) -> tuple[Field, Field, Field]:
        """Where in the reference heart lies what is at ``x``, ``y``, ``z`` in this one."""
        dx, dy, dz = (np.asarray(v - p, np.float32) for v, p in zip((x, y, z), _PIVOT, strict=True))
        turned = [np.float32(a) * dx + np.float32(b) * dy + np.float32(c) * dz
                  for a, b, c in self.turn]  # fmt: skip
        near = 1.0 - np.exp((dx * dx + dy * dy + dz * dz) * np.float32(-1.0 / 900.0))
        for wave, phase, shift in zip(self.waves, self.phases, self.shifts, strict=True):
            kx, ky, kz = (np.float32(k) for k in wave)
            swing = near * np.sin(kx * dx + ky * dy + kz * dz + np.float32(phase))
            for axis in range(3):
                turned[axis] = turned[axis] + np.float32(shift[axis]) * swing
        px, py, pz = (t + np.float32(p) for t, p in zip(turned, _PIVOT, strict=True))
        return px, py, pz

    def placed(self, points: Field) -> Field:
        """Where in this heart lie ``points`` (point, 3) of the reference heart."""
        here = points.copy()
        for _ in range(_PLACING_STEPS):
            missed = points - np.column_stack(self.reference(*here.T))
            here = here + missed @ self.turn
        return here


@dataclass(frozen=True, slots=True)
class Beat:
    """Where in its beat the heart is while the table stands at a height.

    ``shift_mm`` is how far a wall goes inward, ``length_mm`` how far the table goes in a beat.
    ``swing_mm`` is how far apart the apex stands in two views of one slice.
    """

    shift_mm: float
    length_mm: float
    phase: float
    swing_mm: float

    def inward(self, z: Scalar) -> Scalar:
        """How far (mm) the walls of the ventricles stand within their widest place."""
        turn = np.asarray(z, np.float32) * np.float32(2 * np.pi / self.length_mm)
        share: Scalar = 0.5 + 0.5 * np.sin(turn + np.float32(self.phase))
        return np.float32(self.shift_mm) * share


@dataclass(frozen=True, slots=True, eq=False)
class Heart:
    """Inner widths of the ventricles across the septum (mm, reference chest), build and beat."""

    lv_width_mm: float
    rv_width_mm: float
    build: Build
    beat: Beat

    @classmethod
    def draw(cls, seed: int, *, rv_lv_ratio: float) -> Self:
        rng = stream(seed, "heart")
        both = rng.uniform(72, 84)
        # In axial planes, which cut the heart obliquely, the right one measures 1.27 times wider.
        across = rv_lv_ratio / _OBLIQUE
        lv = both / (1 + across)
        shift, length, phase = rng.uniform(_BEAT_LEAST, _BEAT_MOST)
        beat = Beat(float(shift), float(length), float(phase), float(rng.triangular(*_SWING_MM)))
        return cls(float(lv), float(lv * across), Build.draw(rng), beat)

    def fields(self, x: Field, y: Field, z: Scalar) -> HeartFields:
        """Distances at the moment of the beat in which the heights ``z`` are scanned."""
        inward = self.beat.inward(z)
        px, py, pz = self.build.reference(x, y, z)
        lv, outer = self._left_ventricle(px, py, pz)
        rv_outer = self._right_ventricle(px, py, pz)
        lv, rv = lv + inward, np.maximum(rv_outer + np.float32(0.6) * inward, -outer)
        ra, la = self._atria(px, py, pz)
        atria = smooth_union(ra, la, 6.0) - 2.5
        muscle = rv_outer - 3.0
        ventricles = smooth_union(outer, muscle, 8.0) + np.float32(0.5) * inward
        sac = smooth_union(smooth_union(outer, muscle, _BRIDGED_MM), atria, _BRIDGED_MM)
        along = _along(px, py, pz)
        beyond = along + np.float32(_BASE_MM * self.build.length)
        apex = np.clip(beyond * np.float32(1.0 / (2.2 * _BASE_MM)), 0.0, 1.0)
        return HeartFields(smooth_union(ventricles, atria, 10.0), sac, lv, rv, la, ra,
                           np.abs(beyond), apex)  # fmt: skip

    def lead_path(self) -> Field:
        """Points (point, 3) from the right atrium to the apex of the right ventricle."""
        middle = self.lv_width_mm / 2 + _WALL_MM + 0.5 * self.rv_width_mm
        valve = _moved(_LV_CENTRE, along=-22.0, across=middle, third=-6.0)
        apex = _moved(_LV_CENTRE, along=24.0, across=middle - 5.0, third=-14.0)
        return self.build.placed(np.array([(-40.0, -28.0, -70.0), valve, apex]))

    def _left_ventricle(self, x: Field, y: Field, z: Field) -> tuple[Field, Field]:
        """Its inner and its outer surface. It tapers to the apex."""
        half, long = self.lv_width_mm / 2, 42.0 * self.build.length
        # Pressed flat by a wide right ventricle, it keeps its height: the letter D.
        high = max(1.08 * half, _FLATTEST_LV_MM)
        taper = np.float32(self.build.taper / long) * _along(x, y, z)
        narrowed = np.clip(taper, -0.12, 0.5) * np.float32(half)
        lv = ellipsoid(x, y, z, _LV_CENTRE, (long, half, high), _AXES) + narrowed
        outer = ellipsoid(
            x, y, z, _LV_CENTRE, (long + 9.0, half + _WALL_MM, high + _WALL_MM), _AXES
        )
        return lv, outer + np.float32(0.8) * narrowed

    def _right_ventricle(self, x: Field, y: Field, z: Field) -> Field:
        """It wraps the septum: an ellipsoid, from which the left ventricle is taken."""
        reach = 0.62 * self.rv_width_mm + 9.0
        middle = self.lv_width_mm / 2 + _WALL_MM + self.rv_width_mm - reach
        centre = _moved(_LV_CENTRE, along=-4.0, across=middle, third=4.0)
        return ellipsoid(x, y, z, centre, (43.0 * self.build.length, reach, 37.0), _AXES)

    def _atria(self, x: Field, y: Field, z: Field) -> tuple[Field, Field]:
        """The right and the left one, each with its appendage."""
        right, left = self.build.atria
        ra = ellipsoid(x, y, z, (-40.0, -28.0, -76.0), (23.0 * right, 27.0 * right, 32.0 * right))
        ear = capsule(x, y, z, *self.build.right_appendage, (13.0 * right, 5.0))
        la = ellipsoid(x, y, z, (4.0, 1.0, -60.0), (35.0 * left, 18.0 * left, 21.0 * left))
        root, bend, tip = self.build.left_appendage
        finger = np.minimum(capsule(x, y, z, root, bend, (8.5 * left, 8.0)),
                            capsule(x, y, z, bend, tip, (8.0, 3.5)))  # fmt: skip
        return smooth_union(ra, ear, 7.0), smooth_union(la, finger, 6.0)


def _along(x: Field, y: Field, z: Field) -> Field:
    """How far (mm) points lie from the middle of the left ventricle toward its apex."""
    (cx, cy, cz), (ax, ay, az) = _LV_CENTRE, _AXES[0]
    along: Field = (np.float32(ax) * (x - np.float32(cx)) + np.float32(ay) * (y - np.float32(cy))
                    + np.float32(az) * (z - np.float32(cz)))  # fmt: skip
    return along


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation (3, 3) by ``angles`` (rad) about x, y and z, in that order."""
    whole = np.eye(3)
    for axis, angle in enumerate(angles):
        one, other = [i for i in range(3) if i != axis]
        turn = np.eye(3)
        turn[one, one] = turn[other, other] = np.cos(angle)
        turn[one, other], turn[other, one] = -np.sin(angle), np.sin(angle)
        whole = turn @ whole
    return whole


def _moved(point: Point, *, along: float, across: float, third: float) -> Point:
    moved = np.asarray(point) + np.asarray((along, across, third)) @ np.asarray(_AXES)
    return float(moved[0]), float(moved[1]), float(moved[2])


def across_septum() -> tuple[Point, Point]:
    """A point on the septum's left, and the unit vector to the right ventricle across it."""
    return _LV_CENTRE, _AXES[1]
