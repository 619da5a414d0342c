"""``pe-models consistent``: projects a submission onto the valid exam states."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.cli import output
from pe_models.progress import OnProgress, Progress

if TYPE_CHECKING:
    import pandas as pd


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
    from pe_models.submission import read_predictions, read_series_map
    from pe_models.training.files import write_whole

    predictions = read_predictions(args.predictions)
    series_map = read_series_map(args.series)
    projected, n_changed = project_all(
        predictions,
        series_map,
        names=(args.predictions.name, args.series.name),
        on_progress=output.progress_printer(args.progress),
    )
    # without rounding: 0.500001 written as 0.5 would break the rules again
    write_whole(args.out, projected.to_csv(header=["label"], index_label="id").encode())
    n_studies = int(series_map["StudyInstanceUID"].nunique())
    if args.progress != output.ProgressMode.JSON:
        output.say(f"{n_changed} of {n_studies} exams broke a rule and were changed: {args.out}")
    output.finish(args.progress, out=str(args.out), n_exams=n_studies, n_changed=n_changed)
    return 0


def project_all(
    predictions: "pd.Series[float]",
    series_map: "pd.DataFrame",
    *,
    names: tuple[str, str],
    on_progress: OnProgress,
) -> "tuple[pd.Series[float], int]":
    """Consistent scores by id, in the order of ``predictions``, and how many exams changed."""
    import pandas as pd

    from pe_models.consistency import project
    from pe_models.submission import IMAGE, STUDY, exam_ids, require_same_ids

    images = series_map.groupby(STUDY, sort=False)[IMAGE].apply(list)
    wanted = [name for uid in images.index for name in exam_ids(uid)]
    require_same_ids(predictions, pd.Index([*wanted, *series_map[IMAGE]]), names=names)
    scores = predictions.to_numpy().copy()
    place = pd.Series(range(len(predictions)), index=predictions.index)
    n_changed = 0
    for done, (uid, image_uids) in enumerate(images.items(), start=1):
        exam_at, image_at = place.loc[exam_ids(uid)], place.loc[image_uids]
        projection = project(scores[exam_at], scores[image_at])
        scores[exam_at], scores[image_at] = projection.exam, projection.image
        n_changed += bool(projection.violations_before)
        on_progress(Progress("consistent", done, len(images)))
    return pd.Series(scores, index=predictions.index), n_changed
