"""A description in lines for people."""

from typing import Any, Final

from pe_models.labels import RULES

_COMBINATIONS: Final = (
    ("Sites", "sites", "none"),
    ("RV/LV", "rv_lv", "neither"),
    ("Chronicity", "chronicity", "acute alone"),
)
"""Title, field of the record, and what it is called when none of its labels is set."""


def lines(record: dict[str, Any]) -> list[str]:
    """The description for people."""
    return [
        *_size_lines(record),
        "",
        *_label_lines(record),
        "",
        *_combination_lines(record),
        "",
        *_baseline_lines(record),
        "",
        *_violation_lines(record["violations"]),
    ]


def _size_lines(record: dict[str, Any]) -> list[str]:
    exams, lengths = record["exams"], record["images_per_exam"]
    parts = ", ".join(f"{n} {kind}" for kind, n in exams.items() if n or kind != "other")
    n_exams, n_series, n_images = (record[f"n_{what}"] for what in ("exams", "series", "images"))
    found = [
        f"{n_exams} exams ({parts}), {n_series} series, {n_images} images",
        f"Images of an exam: {_spread(lengths, '.0f')}",
    ]
    if record["positive_share_of_positive_exams"] is not None:
        shares = _spread(record["positive_share_of_positive_exams"], ".1%")
        found.append(f"Positive images in positive exams: {shares}")
    if record["n_unknown_labels"]:
        found.append(f"Unknown scored labels: {record['n_unknown_labels']}")
    return found


def _label_lines(record: dict[str, Any]) -> list[str]:
    found = [f"{'label':<28}{'n':>9}{'share':>9}{'95 % interval':>20}{'in positive':>13}"]
    for label, one in record["prevalence"].items():
        if one["share"] is None:
            found.append(f"{label:<28}{'unknown':>9}")
            continue
        low, high = one["interval"]
        ends, in_positive = f"{low:.2%} to {high:.2%}", str(one.get("n_in_positive", ""))
        found.append(f"{label:<28}{one['n']:>9}{one['share']:>9.2%}{ends:>20}{in_positive:>13}")
    return found


def _combination_lines(record: dict[str, Any]) -> list[str]:
    """Of positive exams: where the emboli are, strain and age."""
    found = []
    for title, key, neither in _COMBINATIONS:
        parts = [f"{' + '.join(one['labels']) or neither} {one['n']}" for one in record[key]]
        found.append(f"{title} in positive exams: {', '.join(parts) or '-'}")
    return found


def _baseline_lines(record: dict[str, Any]) -> list[str]:
    always = record["always_negative"]
    image = "-" if always["image_accuracy"] is None else f"{always['image_accuracy']:.2%}"
    exam = f"{always['exam_accuracy']:.2%}"
    found = [f"Always negative: right for {image} of images, {exam} of exams, and finds nothing"]
    frequencies = record["label_frequencies"]
    if frequencies is None:
        return [*found, "Label frequencies as predictions: no score, for labels are unknown"]
    score, exam_loss = frequencies["score"], frequencies["exam_loss"]
    image_loss = frequencies["image_loss"]
    tail = "" if image_loss is None else f", image loss {image_loss:.4f}"
    scored = f"score {score:.4f}, exam loss {exam_loss:.4f}{tail}"
    return [*found, f"Label frequencies as predictions: {scored}"]


def _violation_lines(violations: dict[str, Any]) -> list[str]:
    found = [f"Exams whose labels break a rule: {violations['exams']}"]
    if violations["not_judged"]:
        found[0] += f" (not judged, for labels are unknown: {violations['not_judged']})"
    for rule, n in violations["rules"].items():
        if n:
            first = ", ".join(map(str, violations["first_lines"][rule]))
            found.append(f"  {rule}: {n}  ({RULES[rule]}); from line {first}")
    return found


def _spread(values: dict[str, float], form: str) -> str:
    named = (("P5", "p5"), ("median", "median"), ("P95", "p95"), ("most", "max"))
    return ", ".join(f"{name} {values[key]:{form}}" for name, key in named)
