"""How many vessels of which width a lung shows, by height: phantoms beside real CT.

    python -m benchmarks.phantom_statistics.vessels_by_height --data ../shared/data [--studies 12]

Pieces above -300 HU in the lung field, by the width of the disc of their area, on 100 cm2 of it.
Phantoms by their distance from the hila; real series, which show a part of a chest, in thirds.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.phantom_statistics.lungs import spot_widths_mm
from benchmarks.phantom_statistics.subjects import REAL_SERIES, CtSlice, RealSeries
from benchmarks.phantom_statistics.tissues import find_tissues
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import Kernel, PhantomSpec

WIDTHS_MM: Final = (2.0, 3.0, 4.5, 7.0, 12.0)
_VESSEL_HU: Final = -300.0
_SPEC: Final = PhantomSpec(
    n_slices=20,
    slice_spacing_mm=10.0,
    slice_thickness_mm=1.25,
    kernel=Kernel.SOFT,
    is_positive=False,
    mimics=(),
)
_HEIGHT_MM: Final = 25.0
_APART_MM: Final = 5.0

Counts = tuple[float, NDArray[np.int64]]
"""The lung field in cm2, and its pieces by width (width,)."""


def counts_of(ct: CtSlice) -> Counts:
    tissues = find_tissues(ct)
    widths = spot_widths_mm(ct, tissues, _VESSEL_HU)
    area_cm2 = float(tissues.lung_field.sum()) * ct.pixel_mm**2 / 100.0
    return area_cm2, np.histogram(widths, WIDTHS_MM)[0]


def per_100_cm2(counts: Iterable[Counts]) -> tuple[float, NDArray[np.float64]]:
    """The mean lung field of a slice in cm2, and pieces by width on 100 cm2; NaN of no lung."""
    areas, numbers = zip(*counts, strict=True)
    whole = float(sum(areas))
    per = np.sum(numbers, axis=0) * (100.0 / whole if whole else np.nan)
    return whole / len(areas), per


def phantoms_by_height(seeds: Iterable[int]) -> dict[float, list[Counts]]:
    """By the lower end of each height, mm above the hila."""
    found: dict[float, list[Counts]] = defaultdict(list)
    for seed in seeds:
        planned = PhantomSampler.plan(seed, _SPEC)
        n_slices, (step_mm, pixel_mm, _) = planned.geometry.n_slices, planned.geometry.spacing_mm
        for index in range(n_slices):
            z_mm = (index - 0.5 * (n_slices - 1)) * step_mm
            ct = CtSlice(planned.plane(index).hu.astype(np.float32), pixel_mm)
            found[float(np.floor(z_mm / _HEIGHT_MM) * _HEIGHT_MM)].append(counts_of(ct))
    return found


def real_thirds(series: RealSeries, data: Path) -> Iterator[list[Counts]]:
    """From the lowest third up. Raises InputError where the series is missing."""
    volume = series.read(data)
    step_mm, pixel_mm, _ = volume.geometry.spacing_mm
    slices = range(0, volume.n_slices, max(1, round(_APART_MM / step_mm)))
    for third in np.array_split(np.asarray(slices), 3):
        yield [counts_of(CtSlice(volume.hu[k].astype(np.float32), pixel_mm)) for k in third]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the real CTs")
    parser.add_argument("--studies", type=int, default=12)
    args = parser.parse_args()
    widths = "  ".join(f"{a:g}-{b:g} mm" for a, b in pairwise(WIDTHS_MM))
    print(f"{'':36} lung cm2   on 100 cm2: {widths}")
    for low, counts in sorted(phantoms_by_height(range(args.studies)).items()):
        _show(f"phantoms, {low:+.0f} to {low + _HEIGHT_MM:+.0f} mm", counts)
    for series in REAL_SERIES:
        for name, counts in zip(("lowest", "middle", "highest"), real_thirds(series, args.data),
                                strict=True):  # fmt: skip
            _show(f"{series.name}, {name} third", counts)


def _show(name: str, counts: list[Counts]) -> None:
    area, numbers = per_100_cm2(counts)
    print(f"{name:36} {area:7.0f}              " + "  ".join(f"{n:8.1f}" for n in numbers))


if __name__ == "__main__":
    main()
