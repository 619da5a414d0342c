"""The whole description of a LabelTable as one record: the JSON of ``pe-models describe``."""

from pathlib import Path
from typing import Any

from pe_models.description import baselines, counts
from pe_models.labels import IMAGE_LABEL
from pe_models.tables.label_table import LabelTable

SCHEMA_VERSION = 1


def describe(table: LabelTable, path: Path) -> dict[str, Any]:
    """All that the labels say; ``path`` is where they were read, for the lines that break rules."""
    return {
        "schema_version": SCHEMA_VERSION,
        "labels_file": path.name,
        **counts.size(table),
        "exams": counts.exams(table),
        "prevalence": {IMAGE_LABEL: counts.images(table), **counts.labels(table)},
        "sites": counts.combinations(table, counts.SITES),
        "rv_lv": counts.combinations(table, counts.STRAIN),
        "chronicity": counts.combinations(table, counts.CHRONICITY),
        "states": counts.states(table),
        "joint": counts.joint(table),
        "images_per_exam": counts.images_per_exam(table),
        "positive_share_of_positive_exams": counts.positive_share(table),
        "always_negative": baselines.always_negative(table),
        "label_frequencies": baselines.label_frequencies(table),
        "violations": baselines.violations(table, path),
        "notes": list(table.notes),
    }


def label_rows(record: dict[str, Any]) -> list[list[str]]:
    """A table of the labels for people and spreadsheets, its header first."""
    rows = [["label", "n", "of", "share", "low", "high", "n_in_positive", "unknown"]]
    for label, found in record["prevalence"].items():
        share = "" if found["share"] is None else f"{found['share']:.4f}"
        of = record["n_images"] if label == IMAGE_LABEL else record["n_exams"]
        low, high = (f"{end:.4f}" for end in found["interval"])
        in_positive = str(found.get("n_in_positive", ""))
        unknown = str(found["n_unknown"])
        rows.append([label, str(found["n"]), str(of), share, low, high, in_positive, unknown])
    return rows


def joint_rows(record: dict[str, Any]) -> list[list[str]]:
    """How often labels occur together, as a table with its header first."""
    names = list(record["joint"])
    return [["label", *names]] + [
        [name, *(str(record["joint"][name][other]) for other in names)] for name in names
    ]
