"""What a dense slice net takes the vessels of the sites for: arteries, which they are, or veins.

    python -m benchmarks.transfer.vessels_seen --data DIR --bundle pe-phantom
    python -m benchmarks.transfer.vessels_seen --into-phantoms 4 --run runs/ship

A dark stretch of a vein is no embolus, so that an artery taken for a vein hides its clots. Each
figure is the highest cell of a map within two cells of the site, on the unchanged CT.
"""

import argparse
from pathlib import Path
from typing import Final

import cv2
import torch

from benchmarks.transfer.places import add_places, places_of
from benchmarks.transfer.scorers import SliceNetScorer
from pe_models.bundle import load_bundle
from pe_models.nets.tissues import Tissue

_SHOWN: Final = (Tissue.ARTERY, Tissue.VEIN, Tissue.CLOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_places(parser)
    net = parser.add_mutually_exclusive_group(required=True)
    net.add_argument("--bundle")
    net.add_argument("--run", type=Path, help="a run whose slice stage is done")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    scorer = (
        SliceNetScorer.of_run(args.run)
        if args.run
        else SliceNetScorer.of_bundle(load_bundle(args.bundle))
    )
    listed, data = places_of(args)
    for source in listed.sources:
        volume = source.read(data)
        for site in listed.of(source):
            seen = scorer.tissues_at(volume, site.place.index_in(volume))
            maps = "  ".join(f"{tissue.name.lower()} {seen[tissue]:.2f}" for tissue in _SHOWN)
            print(f"{site.name:28} {site.level.value:13} {maps}")


if __name__ == "__main__":
    main()
