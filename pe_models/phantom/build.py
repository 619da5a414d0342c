"""Build: one chest from its seed, with the emboli that its slices can show."""

from dataclasses import dataclass

from pe_models.phantom.acquisition import Acquisition
from pe_models.phantom.airways import Airways
from pe_models.phantom.bullae import draw_bullae
from pe_models.phantom.chance import stream
from pe_models.phantom.chest_wall import ChestWall
from pe_models.phantom.circulation import Circulation
from pe_models.phantom.clot import Clot
from pe_models.phantom.contrast import UNOPACIFIED_BLOOD_HU, Contrast
from pe_models.phantom.crotches import Crotches
from pe_models.phantom.defects import FillingDefect
from pe_models.phantom.domes import draw_bumps
from pe_models.phantom.exam import Exam
from pe_models.phantom.flow import Flow
from pe_models.phantom.great import Great, GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.hardware import Hardware
from pe_models.phantom.heart import Heart
from pe_models.phantom.hilum import Hilum
from pe_models.phantom.lobes import Fissures, Lobe
from pe_models.phantom.lumps import Lumps
from pe_models.phantom.lung_shape import LungShape
from pe_models.phantom.lung_vessels import grow_lung_vessels
from pe_models.phantom.motion import Motion
from pe_models.phantom.nodules import draw_nodules
from pe_models.phantom.opacities import Opacities
from pe_models.phantom.parenchyma import Parenchyma
from pe_models.phantom.pericardium import Pericardium
from pe_models.phantom.planting import with_emboli
from pe_models.phantom.pleura import Pleura
from pe_models.phantom.scars import draw_scars
from pe_models.phantom.scene import Scene
from pe_models.phantom.shadows import CavaStreaks
from pe_models.phantom.spec import Mimic, PhantomSpec
from pe_models.phantom.surgery import Surgery
from pe_models.phantom.texture import Textures
from pe_models.phantom.ventricles import heart_with_ratio
from pe_models.phantom.vessel_gaps import VesselGaps
from pe_models.phantom.warp import Warp


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


def build_chest(
    seed: int,
    spec: PhantomSpec,
    habitus: Habitus,
    acquisition: Acquisition,
    mimics: frozenset[Mimic],
) -> Chest:
    """The chest of ``seed``. Raises PhantomError where no slice shows the emboli asked for."""
    exam = Exam.draw(seed, spec, mimics)
    contrast = Contrast.draw(seed, artery_hu=spec.artery_hu, is_poor=exam.has_poor_bolus,
                             has_dark_veins=Mimic.UNOPACIFIED_VEINS in mimics)  # fmt: skip
    heart = heart_with_ratio(seed, exam.rv_lv_ratio)
    scene = build_scene(seed, habitus, heart, contrast, mimics)
    motion = Motion.draw(seed, mimics)
    if exam.is_positive:
        scene = with_emboli(scene, seed, exam.plan, acquisition, motion)
    return Chest(scene, mimics, motion, exam.is_indeterminate, exam.has_poor_bolus)


def build_scene(
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
    wide = vessels.wide()
    opacities = Opacities.draw(seed, arteries, fissures, mimics)
    gaps = VesselGaps.of(vessels, habitus, heart)
    nodules = draw_nodules(seed, gaps) if Mimic.NODULES in mimics else ()
    flow = Flow.draw(seed, arteries, is_artifact=Mimic.FLOW_ARTIFACT in mimics)
    if Mimic.MIXED_VEINS in mimics:
        flow = flow.with_mixed_veins(seed, vessels.vein_tree)
    defect = None
    if Mimic.FILLING_DEFECT in mimics:
        defect = FillingDefect.draw(seed, heart, great, vessels.vein_tree, vessels.veins)
    bullae = draw_bullae(seed, habitus) if Mimic.EMPHYSEMA in mimics else ()
    scars = draw_scars(seed, arteries) if Mimic.HILAR_SCAR in mimics else None
    n_plugs = int(stream(seed, "mucus").integers(1, 7)) if Mimic.MUCUS in mimics else 0
    airways = Airways.draw(seed, arteries, great.tubes[Great.AIRWAY], heart, n_plugs=n_plugs)
    return Scene(
        habitus=habitus,
        contrast=contrast,
        wall=ChestWall(habitus, contrast, textures),
        lung_shape=LungShape(habitus, heart, great.envelope(), vessels.hilar),
        parenchyma=Parenchyma.draw(seed, fissures, has_emphysema=Mimic.EMPHYSEMA in mimics),
        opacities=opacities,
        scars=scars,
        nodules=Lumps(nodules, wide),
        bumps=Lumps(draw_bumps(seed, habitus, contrast), wide),
        bullae=Lumps(bullae, wide),
        pleura=Pleura.draw(seed, mimics),
        heart=heart,
        pericardium=Pericardium.draw(seed, warp, unopacified_hu=UNOPACIFIED_BLOOD_HU,
                                     opacified_hu=contrast.left_heart),
        great=great,
        hilum=Hilum.draw(seed, arteries, vessels.vein_tree, warp,
                         has_adenopathy=Mimic.ADENOPATHY in mimics),
        crotches=Crotches.draw(seed, arteries, vessels.veins, airways.outer),
        airways=airways,
        circulation=Circulation(vessels, (), flow, contrast, opacities, textures),
        defect=defect,
        surgery=Surgery.draw(seed, missing),
        hardware=Hardware.draw(seed, mimics, habitus, heart, warp),
        cava_streaks=CavaStreaks.draw(seed, great, contrast.superior_cava),
        textures=textures,
    )  # fmt: skip
