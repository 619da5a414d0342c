"""Pictures of the window in every state it is drawn in, from one CT and hand-made Findings.

    python -m benchmarks.gallery [FOLDER] [--out DIR] [--size 1600x1000 ...] [--only NAME ...]

Nothing runs: each picture is one snapshot of the state, so that states that are hard to reach (a
failed job, a coarse pass) can be looked at as easily as the others. ``QT_SCALE_FACTOR`` 1.5 or 2
draws them as a finer screen would. The guide's pictures are made by ``guide.py``.
"""

import argparse
import os
from pathlib import Path

from benchmarks.gallery.drawing import SHEETS, sheet_picture, window_picture
from benchmarks.gallery.states import states, subject_of
from benchmarks.shared.subject import ROOT, add_folder, folder_or_phantom
from pe_viewer.app import make_application


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.gallery", description=__doc__)
    add_folder(parser)
    parser.add_argument("--truth", type=Path, help="the folder of a phantom cohort's truth")
    parser.add_argument("--out", type=Path, default=ROOT / "cohorts" / "gallery")
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT in px")
    parser.add_argument("--only", action="append", help="a state's or a sheet's name")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    args.out.mkdir(parents=True, exist_ok=True)
    make_application()
    known = states(subject_of(folder_or_phantom(args.folder), args.truth))
    wanted = set(args.only or (*known, *SHEETS))
    for name in wanted & set(known):
        for size in args.size or ["1600x1000"]:
            width, height = (int(part) for part in size.split("x"))
            window_picture(known[name], width, height).save(str(args.out / f"{name}-{size}.png"))
    for name in wanted & set(SHEETS):
        state_name, _ = SHEETS[name]
        if state_name not in known:
            continue
        sheet_picture(known[state_name], name).save(str(args.out / f"sheet-{name}.png"))


if __name__ == "__main__":
    main()
