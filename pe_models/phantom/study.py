"""make_phantom: one synthetic study in memory, its HU, masks and truth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.acquisition import Acquisition
from pe_models.phantom.chance import stream
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.emboli import Clot, place_clots
from pe_models.phantom.great import GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart, measure_ventricles
from pe_models.phantom.hilum import HilarNodes
from pe_models.phantom.lung_vessels import grow_lung_vessels
from pe_models.phantom.scene import Layers, Scene, Textures
from pe_models.phantom.shapes import Field, coverage
from pe_models.phantom.spec import Level, PhantomError, PhantomSpec
from pe_models.phantom.truth import Box, Embolus, PhantomTruth
from pe_models.phantom.tubes import distance_on

POSITIVE_FRACTION: Final = 0.4
ARTERY, VEIN = 1, 2
_INDETERMINATE_SHARE: Final = 157 / 5068
"""Of the exams without PE in the RSNA-STR table."""
_ATTEMPTS: Final = 30
_MIN_LUNG_PX: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """One synthetic study; arrays are ``[slice, row, col]``, slice 0 most inferior.

    ``clot`` holds the place of the embolus in ``truth.emboli`` + 1, 0 elsewhere; ``vessel`` is 1
    in pulmonary arteries (clots included) and 2 in pulmonary veins, from half a voxel up.
    """

    seed: int
    hu: NDArray[np.int16]
    geometry: Geometry
    clot: NDArray[np.uint8]
    vessel: NDArray[np.uint8]
    slice_thickness_mm: float
    truth: PhantomTruth


def make_phantom(
    seed: int, spec: PhantomSpec, *, on_slice: Callable[[int, int], None] | None = None
) -> Phantom:
    """Makes one phantom; equal arguments give equal arrays.

    ``on_slice(done, total)`` is called after each slice and may raise to stop. Raises PhantomError
    where the slices asked for hold no lung, or none of the emboli asked for.
    """
    if seed < 0:
        raise PhantomError(f"A phantom's seed must be 0 or more; {seed} was asked for.")
    habitus = Habitus.draw(seed)
    acquisition = Acquisition.plan(seed, spec, habitus)
    scene, is_poor = _build_scene(seed, spec, habitus, acquisition)
    geometry = acquisition.geometry
    hu = np.empty(geometry.shape, dtype=np.int16)
    clot = np.zeros(geometry.shape, dtype=np.uint8)
    vessel = np.zeros(geometry.shape, dtype=np.uint8)
    boxes: list[Box | None] = []
    for index in range(geometry.n_slices):
        painted, layers = _paint_slice(scene, acquisition, index)
        hu[index] = acquisition.add_noise(painted, seed, index)
        vessel[index] = _vessel_mask(layers)
        clot[index] = _clot_mask(layers)
        boxes.append(_box_of(layers.lungs > 0.5))
        if on_slice is not None:
            on_slice(index + 1, geometry.n_slices)
    emboli = _measured_emboli(clot, geometry, scene.clots)
    if scene.clots and not emboli:
        raise PhantomError(f"No clot of phantom {seed} is visible at this spacing and matrix.")
    truth = PhantomTruth(
        generator_version=GENERATOR_VERSION,
        seed=seed,
        kernel=acquisition.kernel.value,
        bolus_hu=_bolus(scene.contrast),
        emboli=emboli,
        ventricles=measure_ventricles(scene.heart, habitus.scale),
        lung_box=_union(boxes),
        lung_boxes=tuple(boxes),
        positive_slices=tuple(int(i) for i in np.flatnonzero(clot.any(axis=(1, 2)))),
        is_indeterminate=is_poor,
    )
    return Phantom(seed, hu, geometry, clot, vessel, acquisition.thickness_mm, truth)


def _build_scene(
    seed: int, spec: PhantomSpec, habitus: Habitus, acquisition: Acquisition
) -> tuple[Scene, bool]:
    """The scene, and whether its bolus missed the arteries."""
    rng = stream(seed, "exam")
    drawn_positive = bool(rng.random() < POSITIVE_FRACTION)
    is_positive = drawn_positive if spec.is_positive is None else spec.is_positive
    is_poor = bool(rng.random() < _INDETERMINATE_SHARE) and not is_positive
    is_poor = is_poor and spec.artery_hu is None
    ratio = rng.normal(0.98, 0.18) if is_positive else rng.normal(0.86, 0.09)
    heart = Heart.draw(seed, rv_lv_ratio=float(np.clip(ratio, 0.62, 1.6)))
    great = GreatVessels.draw(seed)
    scene = Scene(
        habitus=habitus,
        contrast=Contrast.draw(seed, artery_hu=spec.artery_hu, is_poor=is_poor),
        heart=heart,
        great=great,
        vessels=grow_lung_vessels(seed, habitus, heart, great),
        nodes=HilarNodes.draw(seed),
        clots=(),
        textures=Textures.make(seed),
    )
    if not is_positive:
        return scene, is_poor
    return _with_clots(scene, seed, spec.levels, acquisition), False


def _with_clots(
    scene: Scene, seed: int, levels: tuple[Level, ...], acquisition: Acquisition
) -> Scene:
    """The scene with emboli that the slices show: every level asked for, or at least one clot."""
    for attempt in range(_ATTEMPTS):
        clots = place_clots(seed, attempt, scene.vessels.artery_tree, levels)
        visible = tuple(c for c in clots if _is_visible(c, scene, acquisition))
        if visible and (not levels or len(visible) == len(clots)):
            return Scene(
                scene.habitus, scene.contrast, scene.heart, scene.great, scene.vessels,
                scene.nodes, visible, scene.textures,
            )  # fmt: skip
    raise PhantomError(
        f"Phantom {seed} has no place for the clots asked for at this spacing and matrix; "
        "use thinner slices, a larger matrix, or another seed."
    )


def _is_visible(clot: Clot, scene: Scene, acquisition: Acquisition) -> bool:
    geometry = acquisition.geometry
    scale_z = scene.habitus.scale[2]
    ends = np.concatenate([clot.tubes.start[:, 2], clot.tubes.end[:, 2]]) * scale_z
    first, last = (
        np.array([ends.min(), ends.max()]) - geometry.origin_mm[2]
    ) / geometry.spacing_mm[0]
    for index in range(max(0, int(first)), min(geometry.n_slices, int(last) + 2)):
        covers = []
        for canvas in acquisition.canvases(index, scene.habitus):
            distance = distance_on(canvas, clot.tubes, margin_mm=2.0)
            arteries = distance_on(canvas, scene.vessels.arteries, margin_mm=2.0)
            covers.append(coverage(np.maximum(distance, arteries), canvas.edge_mm))
        if (np.mean(covers, axis=0) >= 0.5).any():
            return True
    return False


def _paint_slice(scene: Scene, acquisition: Acquisition, index: int) -> tuple[Field, Layers]:
    """The mean over the slice's thickness, without noise."""
    canvases = acquisition.canvases(index, scene.habitus)
    layers = [scene.paint(canvas) for canvas in canvases]
    if len(canvases) == 1:
        return canvases[0].hu, layers[0]
    share = np.float32(1.0 / len(canvases))
    places = {place for layer in layers for place in layer.clots}
    zero = np.zeros_like(canvases[0].hu)
    mean = Layers(
        arteries=share * sum((layer.arteries for layer in layers), zero),
        veins=share * sum((layer.veins for layer in layers), zero),
        lungs=share * sum((layer.lungs for layer in layers), zero),
        clots={
            p: share * sum((layer.clots.get(p, zero) for layer in layers), zero) for p in places
        },
    )
    return share * sum((canvas.hu for canvas in canvases), zero), mean


def _vessel_mask(layers: Layers) -> NDArray[np.uint8]:
    mask = np.where(layers.veins >= 0.5, VEIN, 0)
    return np.where(layers.arteries >= 0.5, ARTERY, mask).astype(np.uint8)


def _clot_mask(layers: Layers) -> NDArray[np.uint8]:
    mask = np.zeros(layers.arteries.shape, dtype=np.uint8)
    for place, cover in sorted(layers.clots.items()):
        mask[cover >= 0.5] = place + 1
    return mask


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
                complete=planned.is_complete,
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


def _union(boxes: list[Box | None]) -> Box:
    known = [box for box in boxes if box is not None]
    if not known:
        raise PhantomError("These slices hold no lung; ask for more slices or a wider spacing.")
    return Box(
        min(b.row_min for b in known),
        max(b.row_max for b in known),
        min(b.col_min for b in known),
        max(b.col_max for b in known),
    )
