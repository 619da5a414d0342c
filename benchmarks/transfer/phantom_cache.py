"""Phantom arrays for training: made once by seed, kept in an ignored folder, resumable.

    python -m benchmarks.transfer.phantom_cache --out cohorts/transfer --first-seed 0 --studies 240

One file a phantom: ``hu`` (int16) and ``label`` (uint8), both ``[slice, row, col]``, of a slab of
the chest, at a clot for one half of the phantoms and anywhere for the others, and the places and
kinds of what may be taken for a clot. Slices lie 2.5 mm apart: an input's three channels are
neighbours.
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
from pe_models.phantom.sampler import Block, PhantomSampler, Region
from pe_models.phantom.spec import EMBOLUS_LEVELS, Kernel, Level, PhantomError, PhantomSpec

CHANNEL_MM: Final = 2.5
"""Distance of the neighbouring slices of an input."""

BLOOD, VEIN, CLOT = 1, 2, 3
"""Values of ``label``: artery without clot, vein, clot; 0 elsewhere."""

_EASY_EVERY: Final = 4
_NEGATIVE_EVERY: Final = 9
_AT_CLOT_SHARE: Final = 0.5
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
    lookalikes: NDArray[np.int64]
    """(place, 3: slice, row, col) of nodes, nodules, plugs and other mimics within the slab."""
    lookalike_kinds: NDArray[np.str_]


def training_spec(seed: int) -> PhantomSpec:
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
        sampler = PhantomSampler.plan(seed, training_spec(seed))
        slab = slab_of(sampler, n_slices)
    except PhantomError:
        return None
    block = sampler.block(slab)
    places, kinds = _lookalikes_in(slab, sampler)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez(
            file,
            hu=block.hu,
            label=label_of(block),
            lookalikes=places,
            lookalike_kinds=kinds,
            pixel_mm=sampler.geometry.spacing_mm[1],
            seed=seed,
        )
    unfinished.rename(path)
    return path


def slab_of(sampler: PhantomSampler, n_slices: int) -> Region:
    """Whole slices about a clot, or anywhere. Raises PhantomError for more than there are."""
    whole = sampler.geometry.shape
    rng = stream(sampler.seed, "transfer slab")
    middle = rng.uniform(0, whole[0] - 1)
    centres = sampler.clot_centres()
    if len(centres) and rng.random() < _AT_CLOT_SHARE:
        middle = centres[int(rng.integers(len(centres))), 0]
    size = (n_slices, whole[1], whole[2])
    return Region.about((float(middle), whole[1] / 2, whole[2] / 2), size).within(whole)


def label_of(block: Block) -> NDArray[np.uint8]:
    """``[slice, row, col]``: 0 elsewhere, 1 artery without clot, 2 vein, 3 clot.

    The first three are those of ``Block.vessel``.
    """
    label: NDArray[np.uint8] = block.vessel.copy()
    label[block.clot > 0] = CLOT
    return label


def _lookalikes_in(
    slab: Region, sampler: PhantomSampler
) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    first, end = slab.slices
    looks = sampler.lookalikes()
    places = [look.center_slice_row_col for look in looks]
    found = np.rint(np.asarray(places, dtype=np.float64).reshape(-1, 3)).astype(np.int64)
    found[:, 0] -= first
    inside = (found[:, 0] >= 0) & (found[:, 0] < end - first)
    return found[inside], np.asarray([look.kind for look in looks], dtype=np.str_)[inside]


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
            lookalikes=stored["lookalikes"],
            lookalike_kinds=stored["lookalike_kinds"],
        )


def cached(folder: Path) -> Iterator[Path]:
    """Files of this generator's version, by seed."""
    return iter(sorted(folder.glob(f"v{GENERATOR_VERSION}-*/*.npz"), key=lambda p: p.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="an ignored folder")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--studies", type=int, default=240)
    parser.add_argument("--slices", type=int, default=24)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    made = 0
    for seed in range(args.first_seed, args.first_seed + args.studies):
        made += make_cached(args.out, seed, n_slices=args.slices) is not None
        print(f"seed {seed}: {made} phantoms", flush=True)


if __name__ == "__main__":
    main()
