"""``pe-models consistent``: projects a submission onto the valid exam states."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.cli import output
from pe_models.errors import DatasetError
from pe_models.progress import OnProgress, Progress

if TYPE_CHECKING:
    from pe_models.metrics.samples import Floats
    from pe_models.tables.exams import Exams
    from pe_models.tables.submission import Submission, SubmissionRows


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "consistent", help="projects a submission onto the valid exam states"
    )
    parser.add_argument(
        "--predictions", type=Path, required=True, metavar="CSV", help="a submission: id,label"
    )
    parser.add_argument(
        "--series", type=Path, required=True, metavar="CSV", help="in the format of test.csv"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="CSV", help="where it goes")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Projects and writes. Raises DatasetError where the two files do not fit each other."""
    from pe_models.tables.exams import read_exams
    from pe_models.tables.submission import as_csv, find_rows, read_submission
    from pe_models.training.files import write_whole

    submission = read_submission(args.predictions)
    exams = read_exams(args.series)
    rows = find_rows(submission, exams, exams_name=args.series.name)
    _refuse_others(submission, rows, args.series.name)
    on_progress = output.progress_printer(args.progress)
    scores, n_changed = project_all(submission, exams, rows, on_progress=on_progress)
    write_whole(args.out, as_csv(submission, scores))
    if args.progress != output.ProgressMode.JSON:
        output.say(
            f"{n_changed} of {exams.n_exams} exams broke a rule and were changed: {args.out}"
        )
    output.finish(args.progress, out=str(args.out), n_exams=exams.n_exams, n_changed=n_changed)
    return 0


def project_all(
    submission: "Submission", exams: "Exams", rows: "SubmissionRows", *, on_progress: OnProgress
) -> "tuple[Floats, int]":
    """Consistent scores (row,) of the submission, and how many exams changed."""
    import numpy as np

    from pe_models.consistency import broken_rules, project

    scores = submission.scores.copy()
    image_rows = [rows.image[images] for images in exams.images_by_exam()]
    highest = np.array([scores[of_exam].max() for of_exam in image_rows])
    broken = np.flatnonzero(broken_rules(scores[rows.exam], highest).any(axis=1))
    for done, exam in enumerate(broken, start=1):
        exam_rows = rows.exam[exam]
        projection = project(scores[exam_rows], scores[image_rows[exam]])
        scores[exam_rows], scores[image_rows[exam]] = projection.exam, projection.image
        on_progress(Progress("consistent", done, len(broken)))
    return scores, len(broken)


def _refuse_others(submission: "Submission", rows: "SubmissionRows", exams_name: str) -> None:
    """Rows of no exam would stay as they are, perhaps inconsistent, in a file called consistent."""
    if rows.n_others:
        raise DatasetError(
            f"{submission.name} does not fit {exams_name}: {rows.n_others} of its "
            f"{len(submission.ids)} rows are of no exam or image there."
        )
