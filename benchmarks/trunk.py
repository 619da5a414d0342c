"""How often the circle that sets the PE window by contrast lies in the pulmonary trunk.

    python -m benchmarks.trunk [--studies 40] [--seed 800100] [--matrix 256] [--slices 100]

Phantoms, made once and kept in ``cohorts/trunk``. A circle counts as inside where
at least 95 % of its pixels hold blood of the pulmonary arteries.
Prints each miss with its reason, then the share with its 95 % interval (Wilson 1927).
"""

import argparse
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.subject import ROOT
from pe_models.errors import InputError
from pe_models.imaging.geometry import Geometry
from pe_models.phantom.spec import PhantomSpec
from pe_models.phantom.study import make_phantom
from pe_viewer.display.trunk import find_trunk
from pe_viewer.review import Ellipse

KEPT: Final = ROOT / "cohorts" / "trunk"
INSIDE: Final = 0.95
ARTERY: Final = 1
Z: Final = 1.96


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--seed", type=int, default=800_100)
    parser.add_argument("--matrix", type=int, default=256)
    parser.add_argument("--slices", type=int, default=100)
    args = parser.parse_args()
    spec = PhantomSpec(matrix=args.matrix, n_slices=args.slices)
    n_inside = 0
    for seed in range(args.seed, args.seed + args.studies):
        share, words = share_inside(*phantom(seed, spec))
        n_inside += share >= INSIDE
        if share < INSIDE:
            print(f"phantom {seed}: {words}")
    low, high = wilson(n_inside, args.studies)
    print(f"inside in {n_inside} of {args.studies}: {100 * n_inside / args.studies:.0f} % "
          f"({100 * low:.0f} to {100 * high:.0f})")  # fmt: skip


def phantom(seed: int, spec: PhantomSpec) -> tuple[NDArray[np.int16], Geometry, NDArray[np.bool_]]:
    """HU and where the blood of the pulmonary arteries is, both [slice, row, col]."""
    file = KEPT / f"{seed}-{spec.matrix}-{spec.n_slices}.npz"
    if not file.exists():
        made = make_phantom(seed, spec)
        KEPT.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial.npz")
        spacing = np.asarray(made.geometry.spacing_mm)
        np.savez(partial, hu=made.hu, blood=made.vessel == ARTERY, spacing_mm=spacing)
        partial.replace(file)
    with np.load(file) as kept:
        hu, blood = kept["hu"], kept["blood"]
        across, down, right = (float(each) for each in kept["spacing_mm"])
    return hu, Geometry.axial(hu.shape, (across, down, right)), blood


def share_inside(
    hu: NDArray[np.int16], geometry: Geometry, blood: NDArray[np.bool_]
) -> tuple[float, str]:
    """The share of the circle's pixels that hold that blood, and where the circle is."""
    try:
        ellipse = find_trunk(hu, geometry).ellipse
    except InputError as error:
        return 0.0, str(error)
    inside = blood[ellipse.slice_index][pixels_of(ellipse, hu.shape[1:])]
    share = float(inside.mean()) if inside.size else 0.0
    row, col = (ellipse.start[0] + ellipse.end[0]) / 2, (ellipse.start[1] + ellipse.end[1]) / 2
    where = f"slice {ellipse.slice_index}, row {row:.0f}, col {col:.0f}"
    return share, f"{100 * share:.0f} % of the circle inside ({where})"


def pixels_of(ellipse: Ellipse, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    rows, cols = np.indices(shape)
    (top, left), (bottom, right) = ellipse.start, ellipse.end
    down, across = max((bottom - top) / 2, 0.5), max((right - left) / 2, 0.5)
    away = ((rows - (top + bottom) / 2) / down) ** 2 + ((cols - (left + right) / 2) / across) ** 2
    inside: NDArray[np.bool_] = away <= 1.0
    return inside


def wilson(n_met: int, n: int) -> tuple[float, float]:
    share, spread = n_met / n, Z * Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return float(middle - half), float(middle + half)


if __name__ == "__main__":
    main()
