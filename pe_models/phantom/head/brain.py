"""Brain: cortex folded into sulci, white matter, deep nuclei, cerebellum, falx and sinuses."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.head import cisterns
from pe_models.phantom.head.cranium import Shell
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.random_field import RandomField
from pe_models.phantom.head.solids import mirrored, within_all, within_any
from pe_models.phantom.head.ventricles import Ventricles
from pe_models.phantom.shapes import Field, Point, coverage

CSF_HU: Final = 7.0
_GYRI_MM: Final = 3.6
"""Grain of the field whose zeros are sulci: they lie pi times as far apart."""
_SULCUS_DEPTH_MM: Final = 12.0
_CORTEX_MM: Final = 3.4
_FALX_HU: Final = 46.0
_NUCLEI: Final[tuple[tuple[Point, Point], ...]] = (
    ((15.5, -24.0, 9.0), (4.5, 9.0, 10.0)),
    ((26.0, -5.0, 2.0), (6.5, 15.0, 10.0)),
    ((10.5, 14.0, 5.0), (8.0, 13.0, 9.5)),
)
"""Caudate head, lentiform nucleus and thalamus of the left side."""
_SUPERIOR_SINUS: Final = (4.5, 6.0)
"""Half its width and its depth below the inner table."""


@dataclass(frozen=True, slots=True, eq=False)
class Spaces:
    """Distances (mm, row, col) to what bleeds go by, negative inside.

    ``brain`` is all of the brain with its ventricles, ``outer_fluid`` what lies between it and the
    skull, sulci and cisterns together, ``ventricles`` the fluid within it.
    """

    shell: Shell
    brain: Field
    outer_fluid: Field
    ventricles: Field


@dataclass(frozen=True, slots=True, eq=False)
class Brain:
    """One brain. ``gap_mm`` is the fluid over its surface, ``sulcus_mm`` half a sulcus' width."""

    gap_mm: float
    sulcus_mm: float
    fissure_mm: float
    grey_hu: float
    white_hu: float
    sinus_hu: float
    ventricles: Ventricles
    gyri: RandomField

    @classmethod
    def draw(cls, seed: int, *, has_dense_sinuses: bool) -> Self:
        rng = stream(seed, "brain")
        atrophy = float(rng.beta(1.5, 2.5))
        white = float(rng.uniform(25, 30))
        return cls(
            gap_mm=0.8 + 3.5 * atrophy,
            sulcus_mm=0.15 + 1.2 * atrophy,
            fissure_mm=0.8 + 1.1 * atrophy,
            grey_hu=white + float(rng.uniform(6.5, 10.5)),
            white_hu=white,
            sinus_hu=float(rng.uniform(58, 68) if has_dense_sinuses else rng.uniform(42, 54)),
            ventricles=Ventricles.draw(seed),
            gyri=RandomField.make(seed, "gyri", _GYRI_MM),
        )

    def spaces(self, plane: Plane, shell: Shell, pushed_in_mm: Field) -> Spaces:
        """Where things are, the brain's surface ``pushed_in_mm`` (row, col) from the skull."""
        surface = shell.cavity + np.maximum(np.float32(self.gap_mm), pushed_in_mm)
        between = cisterns.fluid(plane, self.fissure_mm)
        brain = within_all(surface, -self._sulci(plane, shell), -between)
        return Spaces(
            shell, brain, within_all(shell.cavity, -brain), self.ventricles.distance(plane)
        )

    def paint(self, plane: Plane, spaces: Spaces) -> None:
        inside = coverage(spaces.shell.cavity, plane.edge_mm)
        plane.paint(inside, CSF_HU)
        plane.paint(coverage(spaces.brain, plane.edge_mm), self._matter(plane, spaces))
        plane.paint(coverage(spaces.ventricles, plane.edge_mm), CSF_HU)
        self._paint_falx(plane, spaces.shell)

    def _sulci(self, plane: Plane, shell: Shell) -> Field:
        """Distance to the nearest sulcus: sheets that reach down from the surface."""
        outward = 0.15 + 0.85 / np.maximum(shell.rim, 0.35)  # the same above and below each other
        folds = self.gyri.at(plane.x * outward, plane.y * outward, plane.z * outward)
        depth = np.maximum(-shell.cavity - _SULCUS_DEPTH_MM, 0.0)
        half = np.float32(self.sulcus_mm) - 0.5 * depth
        below = cisterns.above_tentorium(plane) < 0.0
        half = np.where(below & (plane.y > 0.0), half - 1.2, half)  # folia are too fine to be seen
        distance: Field = np.abs(folds) * np.float32(_GYRI_MM) - half
        return distance

    def _matter(self, plane: Plane, spaces: Spaces) -> Field:
        """HU of grey and white matter."""
        grey = coverage(-spaces.brain - _CORTEX_MM, 1.2)
        nuclei = within_any(*(mirrored(plane, *nucleus) for nucleus in _NUCLEI))
        grey = np.maximum(grey, coverage(nuclei, 1.5))
        is_below = (cisterns.above_tentorium(plane) < 0.0) & (plane.y > 6.0)
        grey = np.where(is_below, np.maximum(grey, 0.65), grey)
        grey = np.where(cisterns.stem(plane) < 0.0, np.minimum(grey, 0.4), grey)
        matter: Field = self.white_hu + np.float32(self.grey_hu - self.white_hu) * grey
        return matter

    def _paint_falx(self, plane: Plane, shell: Shell) -> None:
        """Falx and tentorium, and the sinuses where they meet the skull."""
        up = cisterns.above_tentorium(plane)
        falx = within_all(np.abs(plane.x) - 0.6, 5.0 - cisterns.callosum(plane), -up)
        tent = within_all(np.abs(up) - 0.6, 14.0 - plane.y + 0.25 * np.abs(plane.x))
        dura = within_all(within_any(falx, tent), shell.cavity)
        plane.paint(coverage(dura, plane.edge_mm), _FALX_HU)
        half, deep = _SUPERIOR_SINUS
        blade = (
            np.abs(plane.x) + half * (-shell.table / deep) - half
        )  # a triangle, its base outward
        superior = within_all(blade, -20.0 - plane.y, -up - 4.0)
        across = within_all(np.hypot(up, shell.table + 2.0) - 3.6, 25.0 - plane.y)
        sinuses = within_all(within_any(superior, across), shell.cavity)
        plane.paint(coverage(sinuses, plane.edge_mm), self.sinus_hu)
