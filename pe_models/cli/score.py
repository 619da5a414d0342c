"""``pe-models score``: the competition's metric and more, of a submission against labels."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pe_models.cli import output
from pe_models.labels import RULES

if TYPE_CHECKING:
    from pe_models.metrics import CohortScores, LabelMeasures
    from pe_models.tables.label_table import LabelTable
    from pe_models.tables.submission import Submission

_HEADER: Final = (
    f"{'label':<22}{'loss':>8}{'AUC':>21}{'within positive':>21}{'ECE':>7}"
    f"{'sensitivity':>21}{'specificity':>21}"
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "score", help="the competition's metric, losses, AUCs and broken rules of a submission"
    )
    parser.add_argument(
        "--predictions", type=Path, required=True, metavar="CSV", help="a submission: id,label"
    )
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="CSV", help="in the format of train.csv"
    )
    parser.add_argument("--json", action="store_true", help="write the whole answer as JSON")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write the JSON and plots (PNG, SVG) there too"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Scores and prints. Raises DatasetError where the two files do not fit each other."""
    from pe_models.figures import write_measures
    from pe_models.metrics import label_measures
    from pe_models.tables.label_table import read_label_table
    from pe_models.tables.submission import read_submission
    from pe_models.training.files import write_json

    submission = read_submission(args.predictions)
    labels = read_label_table(args.labels)
    cohort = cohort_of(submission, labels, labels_name=args.labels.name)
    measures = label_measures(cohort)
    answer = as_json(cohort, measures)
    if args.out is not None:
        write_json(args.out / "score.json", answer)
        write_measures(args.out, cohort, measures)
    if args.json:
        output.say_json(answer)
    else:
        output.say("\n".join(table_lines(answer)))
    output.finish(args.progress, score=answer["score"])
    return 0


def cohort_of(
    submission: "Submission", labels: "LabelTable", *, labels_name: str
) -> "CohortScores":
    """Scores and truth side by side; what is left out is warned of.

    Raises DatasetError for missing ids.
    """
    from pe_models.metrics import CohortScores
    from pe_models.tables.submission import find_rows

    rows = find_rows(submission, labels.exams, exams_name=labels_name)
    for note in labels.notes:
        output.warn(note)
    if rows.n_others:
        output.warn(
            f"{rows.n_others} rows of {submission.name} are of no exam or image in {labels_name} "
            "and were left out."
        )
    if labels.n_unknown:
        output.warn(
            f"{labels_name} leaves {labels.n_unknown} labels empty; the competition's metric needs "
            "them all, so there is no score. The other measures leave them out."
        )
    return CohortScores(
        exam_truth=labels.exam,
        exam_scores=submission.scores[rows.exam],
        image_truth=labels.image,
        image_scores=submission.scores[rows.image],
        exam_of_image=labels.exams.exam_of_image,
    )


def as_json(cohort: "CohortScores", measures: "Mapping[str, LabelMeasures]") -> dict[str, Any]:
    """The contract's JSON; the score and its parts are None where labels are unknown."""
    return {
        **_competition(cohort),
        "n_exams": cohort.n_exams,
        "n_positive_exams": int(cohort.is_positive.sum()),
        "n_images": len(cohort.image_truth),
        "per_label": {label: found.to_dict() for label, found in measures.items()},
        "violations": _violations(cohort),
    }


def table_lines(answer: dict[str, Any]) -> list[str]:
    """The same for people."""
    total, exam_loss, image_loss = (
        _number(answer[part], 6) for part in ("score", "exam_loss", "image_loss")
    )
    n_exams, n_positive = answer["n_exams"], answer["n_positive_exams"]
    lines = [
        f"{n_exams} exams ({n_positive} positive), {answer['n_images']} images",
        f"Score {total}; exam loss {exam_loss}, image loss {image_loss}",
        "",
        "AUC overall and within positive exams, with 95 % intervals; the others at 0.5",
        _HEADER,
    ]
    lines += [_row(label, measures) for label, measures in answer["per_label"].items()]
    broken = answer["violations"]
    lines += ["", f"Exams that break a rule: {broken['exams']}"]
    lines += [f"  {rule}: {n}  ({RULES[rule]})" for rule, n in broken["rules"].items() if n]
    return lines


def _competition(cohort: "CohortScores") -> dict[str, float | None]:
    import numpy as np

    from pe_models.metrics import competition_score

    if np.isnan(cohort.exam_truth).any() or np.isnan(cohort.image_truth).any():
        return dict.fromkeys(("score", "exam_loss", "image_loss"))
    return asdict(competition_score(cohort))


def _violations(cohort: "CohortScores") -> dict[str, Any]:
    from pe_models.consistency import broken_rules

    broken = broken_rules(cohort.exam_scores, cohort.highest_image_scores)  # (exam, rule)
    return {
        "exams": int(broken.any(axis=1).sum()),
        "rules": {rule: int(n) for rule, n in zip(RULES, broken.sum(axis=0), strict=True)},
    }


def _row(label: str, measures: dict[str, Any]) -> str:
    at_half = measures["at_half"]
    cells = (
        _number(measures["auc"], 3, measures["auc_interval"]),
        _number(measures["auc_within_positive"], 3, measures["auc_within_positive_interval"]),
    )
    called = [at_half["sensitivity"], at_half["specificity"]]
    shares = [_number(one["value"], 3, one["interval"]) for one in called]
    return (
        f"{label:<22}{_number(measures['loss'], 4):>8}{cells[0]:>21}{cells[1]:>21}"
        f"{_number(measures['ece'], 3):>7}{shares[0]:>21}{shares[1]:>21}"
    )


def _number(value: float | None, digits: int, interval: tuple[float, float] | None = None) -> str:
    if value is None:
        return "-"
    ends = "" if interval is None else f" [{interval[0]:.{digits}f}, {interval[1]:.{digits}f}]"
    return f"{value:.{digits}f}{ends}"
