"""make_phantom: one synthetic study in memory, its HU, masks and truth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.clot import Clot, Form
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import PhantomError, PhantomSpec
from pe_models.phantom.truth import Box, Embolus, PhantomTruth
from pe_models.phantom.ventricles import measure_ventricles

_MIN_LUNG_PX: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """One synthetic study; arrays are ``[slice, row, col]``, slice 0 most inferior.

    ``clot`` holds the place of the embolus in ``truth.emboli`` + 1, 0 elsewhere; ``vessel`` is 1
    in pulmonary arteries (clots included) and 2 in pulmonary veins, from half a voxel up.
    ``chamber`` holds the Chamber of the heart whose blood a voxel is, 0 elsewhere.
    ``padding`` (rows, cols) is what no slice holds, outside the field of view; it reads -1024 HU.
    """

    seed: int
    hu: NDArray[np.int16]
    geometry: Geometry
    clot: NDArray[np.uint8]
    vessel: NDArray[np.uint8]
    chamber: NDArray[np.uint8]
    padding: NDArray[np.bool_]
    slice_thickness_mm: float
    truth: PhantomTruth


def make_phantom(
    seed: int, spec: PhantomSpec, *, on_slice: Callable[[int, int], None] | None = None
) -> Phantom:
    """Makes one phantom; equal arguments give equal arrays.

    ``on_slice(done, total)`` is called after each slice and may raise to stop. Raises PhantomError
    where the slices asked for hold no lung, or none of the emboli asked for.
    """
    sampler = PhantomSampler.plan(seed, spec)
    geometry = sampler.geometry
    hu = np.empty(geometry.shape, dtype=np.int16)
    clot = np.zeros(geometry.shape, dtype=np.uint8)
    vessel = np.zeros(geometry.shape, dtype=np.uint8)
    chamber = np.zeros(geometry.shape, dtype=np.uint8)
    boxes: list[Box | None] = []
    for index in range(geometry.n_slices):
        plane = sampler.plane(index)
        hu[index], clot[index], vessel[index] = plane.hu, plane.clot, plane.vessel
        chamber[index] = plane.chamber
        boxes.append(_box_of(plane.lung))
        if on_slice is not None:
            on_slice(index + 1, geometry.n_slices)
    truth = _truth(sampler, clot, tuple(boxes))
    acquisition = sampler.acquisition
    rows, cols = geometry.shape[1:]
    padding = acquisition.padding((slice(0, rows), slice(0, cols)))
    return Phantom(seed, hu, geometry, clot, vessel, chamber, padding,
                   acquisition.thickness_mm, truth)  # fmt: skip


def _truth(
    sampler: PhantomSampler, clot: NDArray[np.uint8], boxes: tuple[Box | None, ...]
) -> PhantomTruth:
    """The truth of the voxels; ``clot`` is renumbered in place to match its emboli."""
    chest, acquisition = sampler.chest, sampler.acquisition
    emboli = _measured_emboli(clot, acquisition.geometry, chest.clots)
    if chest.clots and not emboli:
        raise PhantomError(
            f"No clot of phantom {sampler.seed} is visible at this spacing and matrix."
        )
    return PhantomTruth(
        generator_version=GENERATOR_VERSION,
        seed=sampler.seed,
        kernel=acquisition.response.kernel.value,
        noise_hu=acquisition.dose.noise_hu,
        is_padded=acquisition.is_padded,
        bolus_hu=_bolus(chest.scene.contrast),
        emboli=emboli,
        mimics=tuple(sorted(chest.mimics)),
        lookalikes=sampler.lookalikes(),
        ventricles=measure_ventricles(chest.scene.heart, chest.scene.habitus.scale),
        lung_box=_union(boxes),
        lung_boxes=boxes,
        positive_slices=tuple(int(i) for i in np.flatnonzero(clot.any(axis=(1, 2)))),
        is_indeterminate=chest.is_indeterminate,
        has_poor_bolus=chest.has_poor_bolus,
    )


def _measured_emboli(
    clot: NDArray[np.uint8], geometry: Geometry, clots: tuple[Clot, ...]
) -> tuple[Embolus, ...]:
    """The emboli that have voxels; ``clot`` is renumbered in place to match."""
    voxel_mm3 = float(np.prod(geometry.spacing_mm))
    emboli: list[Embolus] = []
    for place, planned in enumerate(clots):
        where = np.argwhere(clot == place + 1)
        if len(where) == 0:
            continue
        clot[tuple(where.T)] = len(emboli) + 1
        centre = where.mean(axis=0)
        x, y, z = geometry.to_patient_mm(centre)
        emboli.append(
            Embolus(
                center_slice_row_col=(float(centre[0]), float(centre[1]), float(centre[2])),
                center_mm=(float(x), float(y), float(z)),
                volume_mm3=len(where) * voxel_mm3,
                level=planned.level.value,
                side=planned.side,
                acute=planned.is_acute,
                complete=planned.form is Form.COMPLETE,
                form=planned.form.value,
                hu=planned.hu,
                slices=(int(where[:, 0].min()), int(where[:, 0].max())),
            )
        )
    return tuple(emboli)


def _bolus(contrast: Contrast) -> dict[str, float]:
    return {
        "pulmonary_artery": contrast.pulmonary_artery,
        "pulmonary_vein": contrast.pulmonary_vein,
        "right_ventricle": contrast.right_heart,
        "left_ventricle": contrast.left_heart,
        "aorta": contrast.aorta,
        "superior_vena_cava": contrast.superior_cava,
    }


def _box_of(mask: NDArray[np.bool_]) -> Box | None:
    rows = np.flatnonzero(mask.any(axis=1))
    cols = np.flatnonzero(mask.any(axis=0))
    if len(rows) < _MIN_LUNG_PX or len(cols) < _MIN_LUNG_PX:
        return None
    return Box(int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1)


def _union(boxes: tuple[Box | None, ...]) -> Box:
    known = [box for box in boxes if box is not None]
    if not known:
        raise PhantomError("These slices hold no lung; ask for more slices or a wider spacing.")
    return Box(
        min(b.row_min for b in known),
        max(b.row_max for b in known),
        min(b.col_min for b in known),
        max(b.col_max for b in known),
    )
