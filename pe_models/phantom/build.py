"""Build: one chest from its seed, with the emboli that its slices can show."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pe_models.phantom.acquisition import Acquisition
from pe_models.phantom.airways import Airways
from pe_models.phantom.branches import tubes_of
from pe_models.phantom.chance import stream
from pe_models.phantom.chest_wall import ChestWall
from pe_models.phantom.circulation import Circulation, clot_distance
from pe_models.phantom.clot import Clot
from pe_models.phantom.contrast import UNOPACIFIED_BLOOD_HU, Contrast
from pe_models.phantom.defects import FillingDefect
from pe_models.phantom.emboli import place_emboli
from pe_models.phantom.flow import Flow
from pe_models.phantom.great import Great, GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.hilum import Hilum
from pe_models.phantom.lobes import Fissures, Lobe
from pe_models.phantom.lung_shape import LungShape
from pe_models.phantom.lung_vessels import LungVessels, grow_lung_vessels
from pe_models.phantom.mimics import draw_mimics
from pe_models.phantom.motion import Motion
from pe_models.phantom.opacities import Opacities
from pe_models.phantom.parenchyma import Parenchyma
from pe_models.phantom.pericardium import Pericardium
from pe_models.phantom.pleura import Pleura
from pe_models.phantom.scene import Scene
from pe_models.phantom.shapes import coverage
from pe_models.phantom.spec import Level, Mimic, PhantomError, PhantomSpec
from pe_models.phantom.surgery import Surgery
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import blurred_distance_on
from pe_models.phantom.warp import Warp

POSITIVE_FRACTION: Final = 0.4
_INDETERMINATE_SHARE: Final = 157 / 5068
"""Of the exams without PE in the RSNA-STR table."""
_SPOILT_BY_MOTION: Final = 0.5
_LEAST_CLOT_MM3: Final = 3.0
"""Less than this no reader would call: a cube of 1.4 mm."""
_ATTEMPTS: Final = 30


@dataclass(frozen=True, slots=True, eq=False)
class Chest:
    """One phantom before it is scanned: its scene, its mimics, and whether it can be read."""

    scene: Scene
    mimics: frozenset[Mimic]
    motion: Motion
    is_indeterminate: bool
    has_poor_bolus: bool

    @property
    def clots(self) -> tuple[Clot, ...]:
        return self.scene.circulation.clots


def build_chest(seed: int, spec: PhantomSpec, habitus: Habitus, acquisition: Acquisition) -> Chest:
    """The chest of ``seed``. Raises PhantomError where no slice shows the emboli asked for."""
    rng = stream(seed, "exam")
    drawn_positive = bool(rng.random() < POSITIVE_FRACTION)
    is_positive = drawn_positive if spec.is_positive is None else spec.is_positive
    is_poor = bool(rng.random() < _INDETERMINATE_SHARE) and not is_positive
    is_poor = is_poor and spec.artery_hu is None
    ratio = rng.normal(0.98, 0.18) if is_positive else rng.normal(0.86, 0.09)
    mimics = draw_mimics(seed, spec.mimics)
    is_spoilt = Mimic.MOTION in mimics and not is_positive and rng.random() < _SPOILT_BY_MOTION
    contrast = Contrast.draw(seed, artery_hu=spec.artery_hu, is_poor=is_poor,
                             has_dark_veins=Mimic.UNOPACIFIED_VEINS in mimics)  # fmt: skip
    heart = Heart.draw(seed, rv_lv_ratio=float(np.clip(ratio, 0.62, 1.6)))
    scene = _scene(seed, habitus, heart, contrast, mimics)
    motion = Motion.draw(seed, mimics)
    if is_positive:
        circulation = _with_clots(scene.circulation, seed, spec.levels, acquisition, habitus)
        scene = replace(scene, circulation=circulation)
    return Chest(scene, mimics, motion, is_poor or bool(is_spoilt), is_poor)


def _scene(
    seed: int, habitus: Habitus, heart: Heart, contrast: Contrast, mimics: frozenset[Mimic]
) -> Scene:
    """The chest without emboli."""
    missing = None
    if Mimic.LOBECTOMY in mimics:
        missing = list(Lobe)[int(stream(seed, "lobectomy").integers(len(Lobe)))]
    fissures = Fissures.draw(seed, missing=missing)
    warp = Warp.draw(seed)
    great = GreatVessels.draw(seed, warp)
    textures = Textures.make(seed)
    vessels = grow_lung_vessels(seed, habitus, heart, great, fissures, warp)
    arteries = vessels.artery_tree
    opacities = Opacities.draw(seed, arteries, fissures, mimics)
    flow = Flow.draw(seed, arteries, is_artifact=Mimic.FLOW_ARTIFACT in mimics)
    defect = None
    if Mimic.FILLING_DEFECT in mimics:
        defect = FillingDefect.draw(seed, heart, great, vessels.vein_tree, vessels.veins)
    n_plugs = int(stream(seed, "mucus").integers(1, 7)) if Mimic.MUCUS in mimics else 0
    return Scene(
        habitus=habitus,
        contrast=contrast,
        wall=ChestWall(habitus, contrast, textures),
        lung_shape=LungShape(habitus, heart, great.envelope(), vessels.hilar),
        parenchyma=Parenchyma.draw(seed, fissures, has_emphysema=Mimic.EMPHYSEMA in mimics),
        opacities=opacities,
        pleura=Pleura.draw(seed, mimics),
        heart=heart,
        pericardium=Pericardium.draw(seed, warp, unopacified_hu=UNOPACIFIED_BLOOD_HU,
                                     opacified_hu=contrast.left_heart),
        great=great,
        hilum=Hilum.draw(seed, arteries, vessels.vein_tree, warp),
        airways=Airways.draw(seed, arteries, great.tubes[Great.AIRWAY], heart, n_plugs=n_plugs),
        circulation=Circulation(vessels, (), flow, contrast, opacities, textures),
        defect=defect,
        surgery=Surgery.draw(seed, missing),
        textures=textures,
    )  # fmt: skip


def _with_clots(
    plain: Circulation, seed: int, levels: tuple[Level, ...], acquisition: Acquisition,
    habitus: Habitus,
) -> Circulation:  # fmt: skip
    """With emboli that the slices show: every level asked for, or at least one clot."""
    for attempt in range(_ATTEMPTS):
        emboli = place_emboli(seed, attempt, plain.vessels.artery_tree, levels)
        vessels = LungVessels.of(emboli.arteries, plain.vessels.vein_tree)
        flow = plain.flow
        if emboli.starved:
            starved = tubes_of(tuple(emboli.arteries[place] for place in emboli.starved))
            flow = flow.beyond_clots(seed, starved)
        whole = replace(plain, vessels=vessels, clots=emboli.clots, flow=flow)
        visible = tuple(c for c in emboli.clots if _is_visible(c, whole, acquisition, habitus))
        if visible and (not levels or len(visible) == len(emboli.clots)):
            return replace(whole, clots=visible)
    raise PhantomError(
        f"Phantom {seed} has no place for the clots asked for at this spacing and matrix; "
        "use thinner slices, a larger matrix, or another seed."
    )


def _is_visible(
    clot: Clot, circulation: Circulation, acquisition: Acquisition, habitus: Habitus
) -> bool:
    """Whether enough voxels are clot for the most part, were the chest still."""
    geometry = acquisition.geometry
    seen_mm3, voxel_mm3 = 0.0, float(np.prod(geometry.spacing_mm))
    ends = np.concatenate([clot.body.start[:, 2], clot.body.end[:, 2]]) * habitus.scale[2]
    first, last = (
        np.array([ends.min(), ends.max()]) - geometry.origin_mm[2]
    ) / geometry.spacing_mm[0]
    whole = slice(0, geometry.shape[1]), slice(0, geometry.shape[2])
    for index in range(max(0, int(first)), min(geometry.n_slices, int(last) + 2)):
        covers = []
        for canvas in acquisition.canvases(index, whole, habitus, Motion()):
            part = canvas.part(clot.body.place_on(canvas, canvas.edge_mm))
            arteries = blurred_distance_on(part, circulation.vessels.arteries)
            distance = clot_distance(part, clot, arteries, circulation.textures)
            covers.append(coverage(distance, canvas.edge_mm))
        seen_mm3 += voxel_mm3 * float((np.mean(covers, axis=0) >= 0.5).sum())
        if seen_mm3 >= _LEAST_CLOT_MM3:
            return True
    return False
