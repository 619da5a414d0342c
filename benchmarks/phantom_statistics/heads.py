"""Phantom heads by what they show: a montage of evaluation seeds, never chosen by hand.

    python -m benchmarks.phantom_statistics.heads --out docs/tasks

A row a kind of bleed, one of the mimics, each by itself, and one without either. Every tile is of
the next seed from 900,000 up: the slice with most of that blood, or that the mimic changes most.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.phantom_statistics.montage import Frame, Grey, montage
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.head.spec import BleedKind, HeadMimic, HeadSpec
from pe_models.phantom.head.study import HeadPhantom, make_head
from pe_models.tasks.hemorrhage import BRAIN

NAME: Final = "hemorrhage-phantoms"
TILE_PX: Final = 176
COLUMNS: Final = len(HeadMimic)
USUAL: Final = HeadSpec(matrix=256, n_slices=16, is_positive=False, mimics=())
_FIELD_MM: Final = 230.0
_BAR_MM: Final = 50.0
_QUALITY: Final = 88


def write_montage(folder: Path, spec: HeadSpec = USUAL) -> Path:
    """Writes the montage into ``folder``; it takes about a minute."""
    frame = Frame(_FIELD_MM / TILE_PX, (TILE_PX, TILE_PX), BRAIN)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.jpg"
    drawn = montage(rows_of(frame, spec), frame, bar_mm=_BAR_MM)
    cv2.imwrite(str(path), drawn, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return path


def rows_of(frame: Frame, spec: HeadSpec) -> list[list[Grey]]:
    """Rows of COLUMNS tiles: each BleedKind, the HeadMimics one by one, then plain heads."""
    seeds = range(FIRST_RESERVED_SEED, FIRST_RESERVED_SEED + COLUMNS)
    bleeds = [[_bleeding(frame, spec, seed, kind) for seed in seeds] for kind in BleedKind]
    mimics = [_mimicking(frame, spec, seeds[0], mimic) for mimic in HeadMimic]
    plain = [_plain(frame, spec, seed, place) for place, seed in enumerate(seeds)]
    return [*bleeds, mimics, plain]


def _bleeding(frame: Frame, spec: HeadSpec, seed: int, kind: BleedKind) -> Grey:
    head = make_head(seed, replace(spec, is_positive=None, bleeds=(kind,)))
    return _tile(frame, head, int((head.blood > 0).sum(axis=(1, 2)).argmax()))


def _mimicking(frame: Frame, spec: HeadSpec, seed: int, mimic: HeadMimic) -> Grey:
    head, without = make_head(seed, replace(spec, mimics=(mimic,))), make_head(seed, spec)
    change = np.abs(head.hu.astype(np.int32) - without.hu).sum(axis=(1, 2))
    return _tile(frame, head, int(change.argmax()))


def _plain(frame: Frame, spec: HeadSpec, seed: int, place: int) -> Grey:
    """From the base up, the farther to the right the higher."""
    head = make_head(seed, spec)
    return _tile(frame, head, 2 + place * (head.geometry.n_slices - 4) // COLUMNS)


def _tile(frame: Frame, head: HeadPhantom, index: int) -> Grey:
    _, rows, cols = head.geometry.shape
    centre = (0.5 * (rows - 1), 0.5 * (cols - 1))
    return frame.tile(head.hu[index], head.geometry.spacing_mm[1:], centre)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    print(write_montage(parser.parse_args().out))


if __name__ == "__main__":
    main()
