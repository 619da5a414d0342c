"""Phantom radiographs by what they show: a montage of evaluation seeds, never chosen by hand.

    python -m benchmarks.phantom_statistics.radiographs --out docs/tasks

Three rows of pneumonia (lobar, patchy, hazy) with the boxes of the truth, one of the mimics, each
by itself, and one of normal pictures. Every tile is the first that the seeds from 900,000 up give.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Final

import cv2

from benchmarks.phantom_statistics.montage import Frame, Grey, montage
from pe_models.imaging.window import Window
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.radiograph import PICTURES_A_CHEST
from pe_models.phantom.radiograph.chest import Chest
from pe_models.phantom.radiograph.mimics import Lookalike
from pe_models.phantom.radiograph.picture import Radiograph, make_radiograph
from pe_models.phantom.radiograph.pneumonia import Form

NAME: Final = "pneumonia-phantoms"
TILE_PX: Final = 208
COLUMNS: Final = len(Lookalike)
_USUAL_FIELD_MM: Final = 380.0
_BAR_MM: Final = 100.0
_WHITE: Final = 255
NORMAL: Final = "normal"


def write_montage(folder: Path) -> Path:
    """Writes the montage into ``folder``; it takes about a minute."""
    rows = filled_rows(each_radiograph())
    frame = Frame(_USUAL_FIELD_MM / TILE_PX, (TILE_PX, TILE_PX), Window(256.0, 128.0))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.png"
    cv2.imwrite(str(path), montage(rows, frame, bar_mm=_BAR_MM))
    return path


def filled_rows(radiographs: Iterator[Radiograph]) -> list[list[Grey]]:
    """Rows of COLUMNS tiles: each Form, the Lookalikes one by one, then normal pictures."""
    wanted: Mapping[str, int] = {
        **dict.fromkeys(Form, COLUMNS), **dict.fromkeys(Lookalike, 1), NORMAL: COLUMNS,
    }  # fmt: skip
    tiles: dict[str, list[Grey]] = defaultdict(list)
    while any(len(tiles[kind]) < n for kind, n in wanted.items()):
        radiograph = next(radiographs)
        kind = _kind(radiograph)
        if kind is not None and len(tiles[kind]) < wanted[kind]:
            tiles[kind].append(_tile(radiograph))
    mimics = [tiles[kind][0] for kind in Lookalike]
    return [*(tiles[form] for form in Form), mimics, tiles[NORMAL]]


def each_radiograph() -> Iterator[Radiograph]:
    """Of each chest half with pneumonia, half without."""
    for seed in count(FIRST_RESERVED_SEED):
        chest = Chest.project(seed, paint_every=2)
        for place in range(PICTURES_A_CHEST):
            yield make_radiograph(chest, place, px=TILE_PX, is_pneumonia=place % 2 == 0)


def _kind(radiograph: Radiograph) -> str | None:
    """What a picture shows, where that is one thing."""
    truth = radiograph.truth
    if truth.is_pneumonia:
        return truth.forms[0]
    if len(truth.lookalikes) > 1:
        return None
    return truth.lookalikes[0] if truth.lookalikes else NORMAL


def _tile(radiograph: Radiograph) -> Grey:
    grey = radiograph.grey.copy()
    for box in radiograph.truth.boxes:
        corner = (box.x + box.width - 1, box.y + box.height - 1)
        cv2.rectangle(grey, (box.x, box.y), corner, _WHITE, 1)
    return grey


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    print(write_montage(parser.parse_args().out))


if __name__ == "__main__":
    main()
