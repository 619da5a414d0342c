"""The gallery of the phantom: montages of evaluation seeds, never chosen by hand.

    python -m benchmarks.phantom_statistics.gallery --out docs/gallery [--only NAME ...]

Every tile is the first that the seeds from 900,000 up give of its kind.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import cv2

from benchmarks.phantom_statistics.montage import Frame, Grey, montage
from benchmarks.phantom_statistics.views import TRUNK_Z, at_clot, at_height, at_point, coronal
from pe_models.imaging.window import PE_WINDOW, Window
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.clot import Form
from pe_models.phantom.contrast import UNOPACIFIED_BLOOD_HU, Contrast
from pe_models.phantom.lookalikes import BUMP, CROTCH, NODE, NODULE
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import EMBOLUS_LEVELS, Kernel, Level, Mimic, PhantomError, PhantomSpec

LUNG_WINDOW: Final = Window(1500.0, -600.0)
MEDIASTINAL_WINDOW: Final = Window(400.0, 40.0)

_CHEST: Final = (1.35, (236, 292))
"""Pitch (mm) and shape of a tile that holds a chest."""
_SMALL_CHEST: Final = (1.8, (160, 208))
_CROP: Final = (0.4, (132, 132))
_HEIGHTS: Final = (42.0, 12.0, TRUNK_Z, -52.0, -84.0, -112.0)
"""Of the six chests, mm above the carina: apex, arch, trunk, left atrium, ventricles, dome."""
_FRONTS: Final = (-22.0, -6.0, 12.0, 30.0)
"""Of the four coronal planes, mm behind the carina."""
_CLOT_FRAME: Final = Frame(*_CROP, PE_WINDOW)
_CLOT_SEEDS: Final = 80
_CLOTS_A_LEVEL: Final = 2
_CLOT_SPEC: Final = PhantomSpec(
    is_positive=True, levels=EMBOLUS_LEVELS * 2, slice_thickness_mm=1.25, noise_hu=11.0, mimics=()
)
_CROPS_A_ROW: Final = 6
_CHESTS_A_ROW: Final = 4
_MOST_TRIES: Final = 40
ADDRESSED: Final[Mapping[str, tuple[Mimic, ...]]] = {
    NODE: (Mimic.ADENOPATHY,),
    CROTCH: (),
    NODULE: (Mimic.NODULES,),
    Mimic.TUMOUR: (Mimic.TUMOUR,),
    BUMP: (),
    Mimic.HILAR_SCAR: (Mimic.HILAR_SCAR,),
    Mimic.MIXED_VEINS: (Mimic.MIXED_VEINS,),
    Mimic.FLOW_ARTIFACT: (Mimic.FLOW_ARTIFACT,),
    Mimic.FILLING_DEFECT: (Mimic.FILLING_DEFECT,),
    Mimic.MUCUS: (Mimic.MUCUS,),
    Mimic.CONSOLIDATION: (Mimic.CONSOLIDATION,),
    Mimic.ATELECTASIS: (Mimic.ATELECTASIS,),
}
"""The kinds of lookalikes that have an address, and the mimics that bring them."""
UNADDRESSED: Final[Mapping[Mimic, tuple[float, Window]]] = {
    Mimic.UNOPACIFIED_VEINS: (-52.0, PE_WINDOW),
    Mimic.MOTION: (-60.0, LUNG_WINDOW),
    Mimic.EFFUSION: (-84.0, PE_WINDOW),
    Mimic.EMPHYSEMA: (20.0, LUNG_WINDOW),
    Mimic.LOBECTOMY: (TRUNK_Z, LUNG_WINDOW),
    Mimic.ARMS_DOWN: (-60.0, PE_WINDOW),
    Mimic.PACEMAKER: (36.0, PE_WINDOW),
    Mimic.STERNAL_WIRES: (-20.0, PE_WINDOW),
    Mimic.SPINAL_RODS: (-60.0, PE_WINDOW),
}
"""Mimics that change the whole picture, the height and the window at which they are shown."""
_DOSES_HU: Final = (5.0, 10.0, 20.0, 40.0)
_THICKNESSES_MM: Final = (0.6, 1.25, 2.5, 5.0)

Rows = list[list[Grey]]
Picture = Callable[[], tuple[Rows, Frame, float]]
"""Gives the tiles, what each shows, and the length of the scale bar in mm."""


def _chests(window: Window) -> Picture:
    def drawn() -> tuple[Rows, Frame, float]:
        frame = Frame(*_CHEST, window)
        tiles = [
            at_height(PhantomSampler.plan(seed, PhantomSpec()), z, frame)
            for seed, z in zip(_seeds(), _HEIGHTS, strict=False)
        ]
        return [tiles[:3], tiles[3:]], frame, 100.0

    return drawn


def _coronals() -> tuple[Rows, Frame, float]:
    rows: Rows = [[], []]
    frames = [Frame(1.6, (176, 240), window) for window in (PE_WINDOW, LUNG_WINDOW)]
    for seed, y in zip(_seeds(), _FRONTS, strict=False):
        sampler = PhantomSampler.plan(seed, PhantomSpec(matrix=384))
        for row, frame in zip(rows, frames, strict=True):
            row.append(coronal(sampler, y, frame))
    return rows, frames[0], 100.0


def _clots() -> tuple[Rows, Frame, float]:
    """A row a form, two columns a level."""
    found: dict[tuple[Form, Level], list[Grey]] = defaultdict(list)
    for seed in islice(_seeds(), _CLOT_SEEDS):
        sampler = PhantomSampler.plan(seed, _CLOT_SPEC)
        for number, clot in enumerate(sampler.chest.clots):
            tiles = found[clot.form, clot.level]
            if len(tiles) < _CLOTS_A_LEVEL:
                tiles.append(at_clot(sampler, number, _CLOT_FRAME))
    empty = [_CLOT_FRAME.empty()] * _CLOTS_A_LEVEL
    rows = [
        [tile for level in EMBOLUS_LEVELS
         for tile in (found[form, level] + empty)[:_CLOTS_A_LEVEL]]
        for form in Form
    ]  # fmt: skip
    return rows, _CLOT_FRAME, 20.0


def _lookalikes() -> tuple[Rows, Frame, float]:
    frame = Frame(0.55, (132, 132), PE_WINDOW)
    rows = [
        list(islice(_each_lookalike(kind, mimics, frame), _CROPS_A_ROW))
        for kind, mimics in ADDRESSED.items()
    ]
    return rows, frame, 20.0


def _each_lookalike(kind: str, mimics: tuple[Mimic, ...], frame: Frame) -> Iterator[Grey]:
    """The first of ``kind`` in each phantom that has one."""
    for seed in islice(_seeds(), _MOST_TRIES):
        sampler = PhantomSampler.plan(seed, _negative(mimics))
        found = [look for look in sampler.lookalikes() if look.kind == kind]
        if found:
            yield at_point(sampler, found[0].center_slice_row_col, frame)


def _whole_picture_mimics() -> tuple[Rows, Frame, float]:
    rows: Rows = []
    for mimic, (z, window) in UNADDRESSED.items():
        frame = Frame(*_SMALL_CHEST, window)
        seeds = islice(_seeds(len(rows)), _CHESTS_A_ROW)
        samplers = (PhantomSampler.plan(seed, _negative((mimic,))) for seed in seeds)
        rows.append([at_height(sampler, z, frame) for sampler in samplers])
    return rows, frame, 100.0


def _scanners() -> tuple[Rows, Frame, float]:
    """Kernels by dose, and slices by thickness, of one chest."""
    frame = Frame(0.75, (200, 200), PE_WINDOW)
    plain = PhantomSpec(kernel=Kernel.SOFT, noise_hu=10.0, artery_hu=300.0, mimics=())
    doses = [
        [replace(plain, kernel=kernel, noise_hu=dose) for dose in _DOSES_HU] for kernel in Kernel
    ]
    thick = [replace(plain, slice_thickness_mm=mm) for mm in _THICKNESSES_MM]
    return [[_one_chest(spec, frame) for spec in row] for row in (*doses, thick)], frame, 50.0


def _one_chest(spec: PhantomSpec, frame: Frame) -> Grey:
    return at_height(PhantomSampler.plan(FIRST_RESERVED_SEED, spec), TRUNK_Z, frame)


def _boluses() -> tuple[Rows, Frame, float]:
    """One of each timing, in order."""
    frame = Frame(1.25, (150, 190), Window(900.0, 150.0))
    tiles = [_first_bolus(is_so, frame) for is_so in _TIMINGS]
    return [tiles[:4], tiles[4:]], frame, 50.0


def _first_bolus(is_so: Callable[[Contrast], bool], frame: Frame) -> Grey:
    for seed in islice(_seeds(), _MOST_TRIES * 10):
        contrast = Contrast.draw(seed, artery_hu=None, is_poor=False, has_dark_veins=False)
        if is_so(contrast):
            spec = PhantomSpec(is_positive=False, mimics=(), artery_hu=contrast.pulmonary_artery)
            return at_height(PhantomSampler.plan(seed, spec), TRUNK_Z - 12.0, frame)
    raise PhantomError("No seed has that timing of the bolus.")


def _rise(hu: float, contrast: Contrast) -> float:
    """How strongly a pool is opacified: that of the pulmonary arteries is 1."""
    return (hu - UNOPACIFIED_BLOOD_HU) / (contrast.pulmonary_artery - UNOPACIFIED_BLOOD_HU)


_TIMINGS: Final[tuple[Callable[[Contrast], bool], ...]] = (
    lambda c: _rise(c.aorta, c) < 0.15,
    lambda c: 0.4 < _rise(c.aorta, c) < 0.55 and c.pulmonary_artery > 350,
    lambda c: c.aorta == c.pulmonary_artery,
    lambda c: _rise(c.aorta, c) > 1.03,
    lambda c: c.pulmonary_artery < 190,
    lambda c: 300 < c.pulmonary_artery < 330,
    lambda c: c.pulmonary_artery > 540,
    lambda c: c.superior_cava > 1000 and c.pulmonary_artery < 500,
)
"""Early, usual, all alike, late; poor, fair and dense arteries; a dense vena cava."""


def _negative(mimics: tuple[Mimic, ...]) -> PhantomSpec:
    return PhantomSpec(is_positive=False, mimics=mimics, slice_thickness_mm=1.25)


def _seeds(row: int = 0) -> Iterator[int]:
    """Reserved seeds, others for each row."""
    first = FIRST_RESERVED_SEED + 20 * row
    return iter(range(first, first + 1000))


PICTURES: Final[Mapping[str, Picture]] = {
    "chests-pe": _chests(PE_WINDOW),
    "chests-lung": _chests(LUNG_WINDOW),
    "chests-mediastinum": _chests(MEDIASTINAL_WINDOW),
    "coronal": _coronals,
    "clots": _clots,
    "lookalikes": _lookalikes,
    "mimics": _whole_picture_mimics,
    "scanner": _scanners,
    "bolus": _boluses,
}


def write_pictures(names: Iterable[str], out: Path) -> None:
    """Writes each of ``names`` as a PNG of 8-bit grey."""
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        rows, frame, bar_mm = PICTURES[name]()
        path = out / f"{name}.png"
        cv2.imwrite(
            str(path), montage(rows, frame, bar_mm=bar_mm), [cv2.IMWRITE_PNG_COMPRESSION, 9]
        )
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder of the pictures")
    parser.add_argument("--only", nargs="+", choices=list(PICTURES), default=list(PICTURES))
    args = parser.parse_args()
    cv2.setNumThreads(1)
    write_pictures(args.only, args.out)


if __name__ == "__main__":
    main()
