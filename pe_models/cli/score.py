"""``pe-models score``: the competition's metric and more, of a submission against labels."""

import argparse
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pe_models.cli import output
from pe_models.errors import DatasetError
from pe_models.labels import EXAM_LABELS, RULES

if TYPE_CHECKING:
    import pandas as pd

    from pe_models.metrics import CohortScores
    from pe_models.training.tables import StudyLabels


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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Scores and prints. Raises DatasetError where the two files do not fit each other."""
    from pe_models.submission import read_predictions
    from pe_models.training.tables import read_labels

    predictions = read_predictions(args.predictions)
    studies = read_labels(args.labels)
    names = (args.predictions.name, args.labels.name)
    answer = as_json(cohort_of(predictions, studies, names=names))
    if args.json:
        output.say_json(answer)
    else:
        output.say("\n".join(table_lines(answer)))
    output.finish(args.progress, score=answer["score"])
    return 0


def cohort_of(
    predictions: "pd.Series[float]", studies: "tuple[StudyLabels, ...]", *, names: tuple[str, str]
) -> "CohortScores":
    """Scores and truth side by side. Raises DatasetError for missing ids and unknown labels."""
    import numpy as np
    import pandas as pd

    from pe_models.metrics import CohortScores
    from pe_models.submission import exam_ids, require_same_ids

    exam = [name for study in studies for name in exam_ids(study.study_uid)]
    image = [uid for study in studies for uid in study.image]
    require_same_ids(predictions, pd.Index(exam + image), names=names)
    exam_truth = [[study.exam[label] for label in EXAM_LABELS] for study in studies]
    image_truth = [label for study in studies for label in study.image.values()]
    n_unknown = sum(row.count(None) for row in exam_truth) + image_truth.count(None)
    if n_unknown:
        raise DatasetError(
            f"{names[1]} leaves {n_unknown} labels empty; the competition's metric needs them all."
        )
    return CohortScores(
        exam_truth=np.array(exam_truth, dtype=np.float64),
        exam_scores=predictions.loc[exam].to_numpy().reshape(len(studies), -1),
        image_truth=np.array(image_truth, dtype=np.float64),
        image_scores=predictions.loc[image].to_numpy(),
        exam_of_image=np.repeat(np.arange(len(studies)), [len(s.image) for s in studies]),
    )


def as_json(cohort: "CohortScores") -> dict[str, Any]:
    """The contract's JSON."""
    from pe_models.metrics import competition_score, label_measures

    per_label = {label: asdict(measures) for label, measures in label_measures(cohort).items()}
    return {
        **asdict(competition_score(cohort)),
        "n_exams": cohort.n_exams,
        "n_images": len(cohort.image_truth),
        "per_label": per_label,
        "violations": _violations(cohort),
    }


def table_lines(answer: dict[str, Any]) -> list[str]:
    """The same for people."""
    losses = (answer["exam_loss"], answer["image_loss"])
    exam_loss, image_loss = (_number(loss, 6) for loss in losses)
    lines = [
        f"{answer['n_exams']} exams, {answer['n_images']} images",
        f"Score {answer['score']:.6f}; exam loss {exam_loss}, image loss {image_loss}",
        "",
        f"{'label':<24}{'loss':>9}{'AUC':>8}{'AUC within positive':>22}",
    ]
    for label, measures in answer["per_label"].items():
        within = _number(measures["auc_within_positive"], 3)
        auc, loss = _number(measures["auc"], 3), _number(measures["loss"], 4)
        lines.append(f"{label:<24}{loss:>9}{auc:>8}{within:>22}")
    broken = answer["violations"]
    lines += ["", f"Exams that break a rule: {broken['exams']}"]
    lines += [f"  {rule}: {n}  ({RULES[rule]})" for rule, n in broken["rules"].items() if n]
    return lines


def _violations(cohort: "CohortScores") -> dict[str, Any]:
    import numpy as np

    from pe_models.consistency import violations

    order = np.argsort(cohort.exam_of_image, kind="stable")
    ends = np.cumsum(np.bincount(cohort.exam_of_image, minlength=cohort.n_exams))
    images = np.split(cohort.image_scores[order], ends[:-1])
    broken = [violations(*pair) for pair in zip(cohort.exam_scores, images, strict=True)]
    counts = Counter(rule for rules in broken for rule in rules)
    return {
        "exams": sum(1 for rules in broken if rules),
        "rules": {rule: counts[rule] for rule in RULES},
    }


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
