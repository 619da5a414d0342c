"""The pointing game of a bundle of radiographs, on phantoms of reserved seeds.

    python -m benchmarks.pointing [--out FOLDER] [--bundle B] [--studies N]

How often the hottest place of its map lies within a box of what the picture shows; beside it how
often a place drawn at random would.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.shared.subject import ROOT
from pe_models.bundle import load_picture_bundle
from pe_models.cli import output
from pe_models.errors import InputError
from pe_models.experiments.pointing import pointing_of
from pe_models.experiments.sources import data_of
from pe_models.nets.pictures.load import load_picture_net
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.pipeline import use_threads
from pe_models.pipeline.device import choose_device
from pe_models.training.pictures.arrays import shrink_pictures

KEPT: Final = ROOT / "cohorts" / "pointing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=KEPT, help="where the phantoms are made")
    parser.add_argument("--bundle", default="pneumonia-phantom")
    parser.add_argument("--studies", type=int, default=300)
    args = parser.parse_args()
    bundle = load_picture_bundle(args.bundle)
    use_threads(2)
    data, folder = data_of(bundle.task), args.out / "phantoms"
    data.write_phantoms(folder, n_studies=args.studies, seed=FIRST_RESERVED_SEED, reserved=True)
    if data.read_boxes is None:
        raise InputError(f"Nobody draws boxes for {bundle.task}.")
    params = bundle.spec.picture
    arrays = shrink_pictures(data.read(folder), args.out, params.px)
    found = pointing_of(
        load_picture_net(bundle, choose_device("cpu")),
        params,
        arrays,
        np.arange(len(arrays.table)),
        data.read_boxes(folder),
    )
    if found is None:
        raise InputError("None of these pictures shows anything that a box is drawn about.")
    low, high = found.hits.interval
    output.say(
        f"{found.hits.n_hits} of {found.hits.n}: {found.hits.value:.2f} ({low:.2f} to {high:.2f}), "
        f"at random {found.by_chance:.2f}"
    )


if __name__ == "__main__":
    main()
