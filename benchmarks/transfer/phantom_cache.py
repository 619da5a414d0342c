"""Phantom arrays for training: made once by seed, kept in an ignored folder, resumable.

    python -m benchmarks.transfer.phantom_cache --out cohorts/transfer --first-seed 0 --studies 240

One file a phantom: ``hu`` (int16) and ``label`` (uint8), both ``[slice, row, col]``, and what the
scanner did. Slices lie 2.5 mm apart, so that the three channels of an input are neighbours.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.phantom import FIRST_RESERVED_SEED, GENERATOR_VERSION
from pe_models.phantom.chance import stream
from pe_models.phantom.spec import EMBOLUS_LEVELS, Kernel, Level, PhantomError, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom

CHANNEL_MM: Final = 2.5
"""Distance of the neighbouring slices of an input."""

BLOOD, VEIN, CLOT = 1, 2, 3
"""Values of ``label``: artery without clot, vein, clot; 0 elsewhere."""

_EASY_EVERY: Final = 4
_NEGATIVE_EVERY: Final = 9
_LEVEL_SHARE: Final = (0.15, 0.25, 0.35, 0.25)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPhantom:
    """One phantom as training reads it; ``pixel_mm`` is the pitch of rows and columns."""

    seed: int
    is_easy: bool
    slice_mm: float
    pixel_mm: float
    hu: NDArray[np.int16]
    label: NDArray[np.uint8]


def training_spec(seed: int, *, n_slices: int) -> PhantomSpec:
    """What training asks of the phantom ``seed``: many clots, every slice thickness.

    Every fourth is easy: bright arteries, little noise, central and lobar clots alone.
    """
    rng = stream(seed, "transfer spec")
    is_easy = is_easy_seed(seed)
    levels = (Level.CENTRAL, Level.LOBAR) if is_easy else EMBOLUS_LEVELS
    share = np.asarray(_LEVEL_SHARE[: len(levels)])
    drawn = rng.choice(len(levels), size=int(rng.integers(3, 7)), p=share / share.sum())
    is_positive = seed % _NEGATIVE_EVERY != 0
    return PhantomSpec(
        matrix=512,
        n_slices=n_slices,
        slice_spacing_mm=CHANNEL_MM,
        slice_thickness_mm=float(rng.choice([1.25, 2.0, 2.5], p=[0.4, 0.3, 0.3])),
        is_positive=is_positive,
        artery_hu=float(rng.uniform(330, 520)) if is_easy else None,
        noise_hu=8.0 if is_easy else float(rng.uniform(4, 14)),
        kernel=Kernel.SOFT if is_easy else None,
        levels=tuple(levels[int(i)] for i in drawn) if is_positive else (),
    )


def is_easy_seed(seed: int) -> bool:
    return seed % _EASY_EVERY == 1


def make_cached(folder: Path, seed: int, *, n_slices: int) -> Path | None:
    """The file of phantom ``seed``, made where it is missing; None where it has no place for clots.

    Raises ValueError for a reserved seed.
    """
    if seed >= FIRST_RESERVED_SEED:
        raise ValueError(f"Seed {seed} is reserved for evaluation; train below 900,000.")
    path = folder / f"v{GENERATOR_VERSION}-{n_slices}" / f"{seed:06d}.npz"
    if path.exists():
        return path
    try:
        phantom = make_phantom(seed, training_spec(seed, n_slices=n_slices))
    except PhantomError:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez(
            file,
            hu=phantom.hu,
            label=label_of(phantom),
            pixel_mm=phantom.geometry.spacing_mm[1],
            seed=seed,
        )
    unfinished.rename(path)
    return path


def label_of(phantom: Phantom) -> NDArray[np.uint8]:
    """``[slice, row, col]``: 0 elsewhere, 1 artery without clot, 2 vein, 3 clot.

    The first three are those of ``Phantom.vessel``.
    """
    label: NDArray[np.uint8] = phantom.vessel.copy()
    label[phantom.clot > 0] = CLOT
    return label


def read_cached(path: Path) -> TrainingPhantom:
    with np.load(path) as stored:
        seed = int(stored["seed"])
        return TrainingPhantom(
            seed=seed,
            is_easy=is_easy_seed(seed),
            slice_mm=CHANNEL_MM,
            pixel_mm=float(stored["pixel_mm"]),
            hu=stored["hu"],
            label=stored["label"],
        )


def cached(folder: Path) -> Iterator[Path]:
    """Files of this generator's version, by seed."""
    return iter(sorted(folder.glob(f"v{GENERATOR_VERSION}-*/*.npz"), key=lambda p: p.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="an ignored folder")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--studies", type=int, default=240)
    parser.add_argument("--slices", type=int, default=40)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    made = 0
    for seed in range(args.first_seed, args.first_seed + args.studies):
        made += make_cached(args.out, seed, n_slices=args.slices) is not None
        print(f"seed {seed}: {made} phantoms", flush=True)


if __name__ == "__main__":
    main()
