"""``pe-models describe``: what a table of labels holds, before anyone trains on it."""

import argparse
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pe_models.cli import output
from pe_models.errors import DatasetError

if TYPE_CHECKING:
    from pe_models.tables.label_table import LabelTable


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "describe", help="counts, prevalence, sites, baselines and contradictions of labels"
    )
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="CSV", help="in the format of train.csv"
    )
    parser.add_argument(
        "--dicom", type=Path, metavar="DIR",
        help="the images, for sample pictures; left out, they may lie beside the labels",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write JSON, tables and figures (PNG, SVG) there"
    )
    parser.add_argument("--json", action="store_true", help="write the whole answer as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Describes and prints. Raises DatasetError for what is no such table."""
    from pe_models.description.describe import describe
    from pe_models.description.words import lines
    from pe_models.tables.label_table import read_label_table

    dicom = _images(args)
    table = read_label_table(args.labels)
    for note in table.notes:
        output.warn(note)
    record = describe(table, args.labels)
    if args.out is not None:
        _write(args.out, table, record)
        if dicom is not None:
            _write_samples(args.out, table, dicom)
    if args.json:
        output.say_json(record)
    else:
        output.say("\n".join(lines(record)))
    output.finish(args.progress, n_exams=record["n_exams"], n_images=record["n_images"])
    return 0


def _images(args: argparse.Namespace) -> Path | None:
    """The folder of the images; None where there is none. Raises DatasetError for a wrong one."""
    if args.dicom is None:
        beside: Path = args.labels.parent
        return beside if (beside / "train").is_dir() else None
    if args.out is None:
        raise DatasetError("Sample pictures need a folder to go to: give --out with --dicom.")
    if not args.dicom.is_dir():
        raise DatasetError(f"There is no folder {args.dicom}.")
    return Path(args.dicom)


def _write(folder: Path, table: "LabelTable", record: dict[str, Any]) -> None:
    from pe_models.description.describe import joint_rows, label_rows
    from pe_models.description.figures import write_figures
    from pe_models.training.files import write_json, write_whole

    write_json(folder / "description.json", record)
    write_whole(folder / "labels.csv", _as_csv(label_rows(record)))
    write_whole(folder / "joint.csv", _as_csv(joint_rows(record)))
    write_figures(folder, table, record)


def _as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _write_samples(folder: Path, table: "LabelTable", dicom: Path) -> None:
    from pe_models.description.pictures import KINDS, exams_with, find_samples, write_samples

    samples = find_samples(table, dicom)
    found = {sample.label for sample in samples}
    missing = [kind for kind in KINDS if kind not in found and exams_with(table, kind).size]
    if missing:
        output.warn(f"No images were found, or none that can be read, of: {', '.join(missing)}.")
    if samples:
        write_samples(folder, samples)
