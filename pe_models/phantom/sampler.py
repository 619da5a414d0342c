"""PhantomSampler: parts of one phantom straight to arrays, each paid for by its own size.

What it gives for a part is what the whole study holds there, noise included.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.phantom.acquisition import Acquisition
from pe_models.phantom.build import Chest, build_chest
from pe_models.phantom.chambers import Covers
from pe_models.phantom.circulation import Layers
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.lookalikes import lookalikes
from pe_models.phantom.mimics import draw_mimics
from pe_models.phantom.shapes import Field, Place
from pe_models.phantom.spec import Mimic, PhantomError, PhantomSpec
from pe_models.phantom.specks import without_specks
from pe_models.phantom.truth import Lookalike

ARTERY: Final = 1
VEIN: Final = 2


@dataclass(frozen=True, slots=True)
class Region:
    """A box of voxels of a study, each range half-open: (first, end)."""

    slices: tuple[int, int]
    rows: tuple[int, int]
    cols: tuple[int, int]

    @classmethod
    def about(cls, centre: tuple[float, float, float], shape: tuple[int, int, int]) -> Self:
        """The box of ``shape`` about the voxel ``centre``; it may reach beyond the study."""
        first = [round(c - 0.5 * (n - 1)) for c, n in zip(centre, shape, strict=True)]
        slices, rows, cols = ((f, f + n) for f, n in zip(first, shape, strict=True))
        return cls(slices, rows, cols)

    def within(self, shape: tuple[int, int, int]) -> "Region":
        """The same box moved into a study of ``shape`` slices, rows and columns.

        Raises PhantomError where the box is larger than the study.
        """
        moved = [_moved_into(span, n) for span, n in zip(
            (self.slices, self.rows, self.cols), shape, strict=True)]  # fmt: skip
        return Region(*moved)


def _moved_into(span: tuple[int, int], n: int) -> tuple[int, int]:
    first, end = span
    if not 0 < end - first <= n:
        raise PhantomError(f"A region must be 1 to {n} voxels long here; {end - first} were asked.")
    start = min(max(first, 0), n - (end - first))
    return start, start + end - first


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One slice or a part of it, each array (rows, cols).

    ``clot`` is the place of the clot in the chest + 1, specks left out; ``vessel`` ARTERY or VEIN;
    ``chamber`` the Chamber of the heart whose blood it is, from half a voxel up; ``lung`` a mask.
    """

    hu: NDArray[np.int16]
    clot: NDArray[np.uint8]
    vessel: NDArray[np.uint8]
    chamber: NDArray[np.uint8]
    lung: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A region of a study; arrays ``[slice, row, col]`` as those of Plane."""

    hu: NDArray[np.int16]
    clot: NDArray[np.uint8]
    vessel: NDArray[np.uint8]
    chamber: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PhantomSampler:
    """One phantom that has been planned and can be painted slice by slice, box by box."""

    seed: int
    acquisition: Acquisition
    chest: Chest

    @classmethod
    def plan(cls, seed: int, spec: PhantomSpec) -> Self:
        """Grows the chest of ``seed``; paints nothing yet. Raises PhantomError as make_phantom."""
        if seed < 0:
            raise PhantomError(f"A phantom's seed must be 0 or more; {seed} was asked for.")
        mimics = draw_mimics(seed, spec.mimics)
        habitus = Habitus.draw(seed, arms_are_down=Mimic.ARMS_DOWN in mimics)
        acquisition = Acquisition.plan(seed, spec, habitus)
        return cls(seed, acquisition, build_chest(seed, spec, habitus, acquisition, mimics))

    @property
    def geometry(self) -> Geometry:
        """Of the whole study."""
        return self.acquisition.geometry

    def clot_centres(self) -> NDArray[np.float64]:
        """Where the clots lie: voxels (clot, 3: slice, row, col), fractional."""
        bodies = [clot.body for clot in self.chest.clots]
        middles = [0.5 * (b.start + b.end).mean(axis=0) for b in bodies]
        return self.voxels(np.asarray(middles).reshape(-1, 3))

    def artery_points(self) -> NDArray[np.float64]:
        """Points along all arteries, as voxels (point, 3: slice, row, col): where to look."""
        return self.voxels(self.chest.scene.circulation.vessels.arteries.start)

    def lookalikes(self) -> tuple[Lookalike, ...]:
        """What may be taken for emboli, where its middle lies within the study."""
        found = []
        for kind, centre in lookalikes(self.chest.scene):
            voxel = self.voxels(np.asarray([centre]))[0]
            if ((voxel >= 0) & (voxel <= np.asarray(self.geometry.shape) - 1)).all():
                (k, i, j), (x, y, z) = voxel.tolist(), self.geometry.to_patient_mm(voxel).tolist()
                found.append(Lookalike(kind, (k, i, j), (x, y, z)))
        return tuple(found)

    def voxels(self, points: Field) -> NDArray[np.float64]:
        """Points of the reference chest (point, 3: x, y, z) as voxels (slice, row, col)."""
        scaled = points * np.asarray(self.chest.scene.habitus.scale)
        from_origin = (scaled - np.asarray(self.geometry.origin_mm))[:, ::-1]
        voxels: NDArray[np.float64] = from_origin / np.asarray(self.geometry.spacing_mm)
        return voxels

    def block(self, region: Region) -> Block:
        """The voxels of ``region``, which must lie in the study (see Region.within)."""
        inside = region.within(self.geometry.shape)
        place = slice(*inside.rows), slice(*inside.cols)
        planes = [self.plane(index, place) for index in range(*inside.slices)]
        return Block(
            np.stack([p.hu for p in planes]),
            np.stack([p.clot for p in planes]),
            np.stack([p.vessel for p in planes]),
            np.stack([p.chamber for p in planes]),
        )

    def plane(self, index: int, place: Place | None = None) -> Plane:
        """Slice ``index``, or the rows and columns ``place`` of it."""
        _, rows, cols = self.geometry.shape
        box = place or (slice(0, rows), slice(0, cols))
        around = self.acquisition.around(box)
        painted, layers = self._painted(index, around)
        hu = self.acquisition.stored(painted, self.seed, index, box, self.chest.scene.habitus)
        inner = _part(layers, around, box)
        seen = ~self.acquisition.padding(box)
        clots = {place + 1: cover for place, cover in inner.clots.items()}
        pixel_mm2 = float(np.prod(self.geometry.spacing_mm[1:]))
        clot = without_specks(_numbered(clots, seen), pixel_mm2)
        return Plane(hu, clot, _vessel_mask(inner) * seen,
                     _numbered(inner.chambers, seen), (inner.lungs > 0.5) & seen)  # fmt: skip

    def _painted(self, index: int, place: Place) -> tuple[Field, Layers]:
        """The mean over the slice's thickness and the time that it took, without noise."""
        scene = self.chest.scene
        canvases = self.acquisition.canvases(index, place, scene.habitus, self.chest.motion)
        layers = [scene.paint(canvas) for canvas in canvases]
        return _mean([c.hu for c in canvases]), _mean_layers(layers)


def _part(layers: Layers, around: Place, box: Place) -> Layers:
    """The rows and columns ``box`` of layers that hold ``around``, both of the slice."""
    if around == box:
        return layers
    rows, cols = (slice(inner.start - outer.start, inner.stop - outer.start)
                  for inner, outer in zip(box, around, strict=True))  # fmt: skip
    return layers.part((rows, cols))


def _mean(fields: list[Field]) -> Field:
    total = fields[0]
    for field in fields[1:]:
        total = total + field
    mean: Field = total * np.float32(1.0 / len(fields)) if len(fields) > 1 else total
    return mean


def _mean_layers(layers: list[Layers]) -> Layers:
    if len(layers) == 1:
        return layers[0]
    return Layers(
        arteries=_mean([layer.arteries for layer in layers]),
        veins=_mean([layer.veins for layer in layers]),
        lungs=_mean([layer.lungs for layer in layers]),
        clots=_mean_covers([layer.clots for layer in layers]),
        chambers=_mean_covers([layer.chambers for layer in layers]),
    )


def _mean_covers(each: list[Covers]) -> Covers:
    """The mean of coverages; what a layer does not meet covers nothing of it."""
    share = np.float32(1.0 / len(each))
    total: Covers = {}
    for covers in each:
        for number, cover in covers.items():
            total[number] = total[number] + cover if number in total else cover
    return {number: share * cover for number, cover in total.items()}


def _vessel_mask(layers: Layers) -> NDArray[np.uint8]:
    mask = (layers.veins >= 0.5).astype(np.uint8) * np.uint8(VEIN)
    mask[layers.arteries >= 0.5] = ARTERY
    return mask


def _numbered(covers: Covers, seen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The number of what covers at least half of each pixel (rows, cols) that is ``seen``."""
    mask = np.zeros(seen.shape, dtype=np.uint8)
    for number, cover in sorted(covers.items()):
        mask[(cover >= 0.5) & seen] = number
    return mask
