"""What values the maps of a bundle have, for the two ends of each colour scale.

    python -m benchmarks.heat_scales [COHORT] [--bundle B] [--studies N] [--slices N]

COHORT is a folder of phantoms (`pe-models phantom --out`); one of 300 slices is made if left out.
For each method the highest value of a slice's map, on slices with a clot and on those without: the
scale of ``pe_viewer/display/heat.py`` begins where few slices without a clot reach, and ends where
few with one go beyond.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.shared.subject import folder_or_phantom
from pe_models.bundle import DEFAULT_BUNDLE, load_bundle
from pe_models.cli import output
from pe_models.explain import methods
from pe_models.findings import Heatmap
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.pipeline import Pipeline

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path, nargs="?")
    parser.add_argument("--bundle", default=DEFAULT_BUNDLE)
    parser.add_argument("--studies", type=int, default=4)
    parser.add_argument(
        "--slices", type=int, default=24, help="of each study, for a method by need"
    )
    args = parser.parse_args()
    pipeline = Pipeline(load_bundle(args.bundle), "auto")
    cohort = args.cohort or folder_or_phantom(None).parent
    positive = positive_slices(cohort / "train.csv")
    peaks: dict[tuple[str, bool], list[float]] = {}
    for heatmap, uid in maps(pipeline, cohort / "train", args.studies, args.slices):
        peaks.setdefault((heatmap.method, uid in positive), []).append(float(heatmap.values.max()))
    output.say(f"{'method':18}{'slices':>16}{'n':>6}" + "".join(f"{q:>8.0%}" for q in QUANTILES))
    for (method, has_clot), values in sorted(peaks.items()):
        row = "".join(f"{value:8.1f}" for value in np.quantile(values, QUANTILES))
        words = "with a clot" if has_clot else "without"
        output.say(f"{method:18}{words:>16}{len(values):6}{row}")


def positive_slices(table: Path) -> set[str]:
    """SOP instance UIDs of the images with a clot."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return {r["SOPInstanceUID"] for r in rows if float(r["pe_present_on_image"]) > 0}


def maps(
    pipeline: Pipeline, folder: Path, n_studies: int, n_slices: int
) -> Iterator[tuple[Heatmap, str]]:
    """Maps with the UID of their slice: of every slice by the own method, of some by the others."""
    for study in scan_folder(folder)[:n_studies]:
        volume = read_volume(study.series[0])
        analysis = pipeline.analyze(volume)
        uids = [stamp.sop_instance_uid for stamp in volume.origin.slices]
        yield from ((heatmap, uids[heatmap.slice_index]) for heatmap in analysis.heatmaps)
        crop = analysis.findings.crop
        for index in np.linspace(0, volume.n_slices - 1, n_slices).round().astype(int).tolist():
            for method in methods(pipeline.slice_net)[1:]:
                yield pipeline.explain(volume, index, crop=crop, method=method), uids[index]


if __name__ == "__main__":
    main()
