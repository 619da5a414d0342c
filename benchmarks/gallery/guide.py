"""The pictures of ``docs/guide``: the window in each of its states, on two phantoms.

    python -m benchmarks.gallery.guide [--out DIR] [--only NAME ...]

Scores, flags and maps are drawn from the phantoms' truth, so that they fit the pixels: they show
how the window tells what a model says, not what a model found. No patient is in them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image
from PySide6.QtGui import QImage

from benchmarks.gallery.drawing import SHEETS, sheet_picture, window_picture
from benchmarks.gallery.states import Subject, negative_states, states, subject_of
from benchmarks.shared.subject import ROOT
from pe_viewer.app import make_application

COHORT: Final = ROOT / "cohorts" / "guide"
SEED: Final = 900_034
"""Of two phantoms, the first with emboli on both sides, the second without; never trained on."""

SIZE_PX: Final = (1440, 900)
POSITIVE: Final = (
    "nothing-open", "scanning", "loading", "not-analysed", "no-gpu", "no-model", "coarse",
    "positive", "overlay", "reviewed", "threshold", "measured", "zoomed", "turned", "planes",
    "failed", "report", "second-reader", "second-reader-locked", "assumed", "gap", "missing-slices",
    "several-series", "skipped-files", "recent",
)  # fmt: skip
_JPEG_QUALITY: Final = 86


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "guide")
    parser.add_argument("--only", action="append", help="a state's or a sheet's name")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    args.out.mkdir(parents=True, exist_ok=True)
    make_application()
    for name, picture in pictures(args.only):
        save(picture, args.out / f"{name}.jpg")


def pictures(only: list[str] | None) -> Iterator[tuple[str, QImage]]:
    with_emboli, without = subjects()
    positive = states(with_emboli)
    known = {name: positive[name] for name in POSITIVE} | negative_states(without)
    for name, snapshot in known.items():
        if only is None or name in only:
            yield name, window_picture(snapshot, *SIZE_PX)
    for name, (state_name, _) in SHEETS.items():
        if only is None or name in only:
            yield name, sheet_picture(positive[state_name], name)


def subjects() -> tuple[Subject, Subject]:
    """The phantom with emboli and the one without, made where they are not there yet."""
    if not (COHORT / "train.csv").exists():
        command = ["phantom", "--studies", "2", "--seed", str(SEED), "--reserved", "--slices"]
        command += ["200", "--positive-fraction", "0.5", "--out", str(COHORT)]
        subprocess.run([sys.executable, "-m", "pe_models", *command], check=True)
    folders = sorted((COHORT / "train").iterdir())
    with_emboli, without = sorted(
        (subject_of(folder, COHORT / "truth") for folder in folders),
        key=lambda s: not s.saying.maps,
    )
    return with_emboli, without


def save(picture: QImage, path: Path) -> None:
    """As JPEG without subsampled colours: letters stay sharp."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.png"
        picture.save(str(whole))
        with Image.open(whole) as image:
            image.convert("RGB").save(path, quality=_JPEG_QUALITY, subsampling=0, optimize=True)


if __name__ == "__main__":
    main()
