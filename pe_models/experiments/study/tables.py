"""The study as tables: ``study.csv``, ``study.md`` and ``study-result.json``."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pe_models import NOTICE
from pe_models.experiments.figures import THRESHOLD, markdown_table, share_words
from pe_models.experiments.study.results import BASELINES, FIGURE_WORDS, ModelResult, StudyResult
from pe_models.metrics import FIGURES, Share
from pe_models.training.files import write_json, write_whole
from pe_models.training.pictures.split import SplitBy

_SCHEMA_VERSION: Final = 1
_ELSEWHERE: Final = ("accuracy", "precision", "f1")
"""What changes with the prevalence; recall does not."""


def write_tables(folder: Path, result: StudyResult) -> None:
    write_whole(folder / "study.csv", csv_text(result).encode())
    write_whole(folder / "study.md", markdown(result).encode())
    write_json(folder / "study-result.json", record(result))


def csv_text(result: StudyResult) -> str:
    """A row a model and split, and one a baseline; intervals as ``_low`` and ``_high``."""
    text = io.StringIO()
    rows = [*map(_row, result.models), *_baseline_rows(result)]
    writer = csv.DictWriter(text, list(rows[0]), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def markdown(result: StudyResult) -> str:
    parts = (
        "# Slice-classifier study",
        NOTICE,
        _what_it_is(result),
        "## By slice and by patient",
        "By slice, neighbours of a slice that is measured were learnt from; by patient, never.",
        _side_by_side(result).strip(),
        _choices(result),
        "## At other prevalences",
        "The same calls, by patient, where fewer slices show PE. Recall does not change.",
        _at_prevalences(result).strip(),
        *_notes(result),
    )
    return "\n\n".join(parts) + "\n"


def record(result: StudyResult) -> dict[str, Any]:
    return {
        "schema_version": _SCHEMA_VERSION,
        "notice": NOTICE,
        "preset": result.preset,
        "px": result.px,
        "threshold": THRESHOLD,
        "slices": result.described,
        "is_phantom": result.is_phantom,
        "counts": dict(zip(("train", "validation", "test"), result.counts.parts, strict=True)),
        "patients": {by: list(counts) for by, counts in result.n_patients.items()},
        "prevalences": {found.whose: found.value for found in result.prevalences},
        "chosen": dict(result.chosen),
        "models": [each.to_dict() for each in result.models],
        "baselines": {
            name: {found.whose: dict(figures(found.value)) for found in result.prevalences}
            for name, figures in BASELINES.items()
        },
        "skipped": dict(result.skipped),
        "slices_not_read": result.n_unread,
    }


def _what_it_is(result: StudyResult) -> str:
    train, validation, test = result.counts.parts
    text = (
        f"Preset {result.preset}, {result.px} px. {result.described}. Of these {train} to train "
        f"on, {validation} to choose by and {test} to measure on, as many with PE as without. "
        f"Threshold {THRESHOLD}; in brackets 95 % intervals, for which the slices of one patient "
        "are one cluster."
    )
    if result.counts != result.wanted:
        text += " The preset has {}, {} and {}; the data have not as many.".format(
            *result.wanted.parts
        )
    return text


def _side_by_side(result: StudyResult) -> str:
    head = (
        "model",
        "net",
        *(f"{FIGURE_WORDS[name]}, by {by}" for name in FIGURES for by in reversed(SplitBy)),
    )
    lines = []
    for name, found in _by_model(result).items():
        shares = (
            share_words(getattr(found[by].test, figure)) if by in found else "-"
            for figure in FIGURES
            for by in reversed(SplitBy)
        )
        lines.append((name, next(iter(found.values())).net, *shares))
    return markdown_table(head, lines)


def _at_prevalences(result: StudyResult) -> str:
    head = (
        "model",
        "precision, balanced",
        *(f"{FIGURE_WORDS[name]} at {found.value:.1%} ({found.whose})"
          for found in result.prevalences for name in _ELSEWHERE),
    )  # fmt: skip
    lines = [
        (
            each.model.name,
            share_words(each.test.precision),
            *(share_words(getattr(at, name)) for at in each.elsewhere for name in _ELSEWHERE),
        )
        for each in result.of(SplitBy.PATIENT)
    ]
    for name, figures in BASELINES.items():
        shares = [figures(found.value)[key] for found in result.prevalences for key in _ELSEWHERE]
        cells = (figures(0.5)["precision"], *shares)
        lines.append((name, *("-" if cell is None else f"{cell:.3f}"[1:] for cell in cells)))
    return markdown_table(head, lines)


def _choices(result: StudyResult) -> str:
    words = {
        by: "none, for none tells the classes apart better than chance"
        if name is None
        else f"`{name}`"
        for by, name in result.chosen.items()
    }
    chosen = "; ".join(f"by {by} {words[by]}" for by in reversed(SplitBy))
    return f"Chosen by recall on the slices to choose by: {chosen}."


def _notes(result: StudyResult) -> Iterator[str]:
    random = [each.model.name for each in result.of(SplitBy.PATIENT)
              if each.model.is_transfer and each.start == "random"]  # fmt: skip
    if random:
        yield f"Without published weights, from random ones: {', '.join(random)}."
    for name, why in result.skipped.items():
        yield f"Skipped: {name}. {why}"
    if result.n_unread:
        yield f"Slices that could not be read: {result.n_unread}."
    if result.is_phantom:
        yield "Phantoms alone: these figures say nothing of patients."


def _by_model(result: StudyResult) -> Mapping[str, Mapping[SplitBy, ModelResult]]:
    found: dict[str, dict[SplitBy, ModelResult]] = {}
    for each in result.models:
        found.setdefault(each.model.name, {})[each.by] = each
    return found


def _row(each: ModelResult) -> dict[str, str]:
    row = {
        "model": each.model.name,
        "net": each.net,
        "split_by": str(each.by),
        "start": each.start,
        "method": str(each.model.method),
        "batch_size": str(each.model.batch_size),
        "n_parameters": str(each.n_parameters),
        "training_seconds": f"{each.seconds:.1f}",
        "validation_recall": _plain(each.validation.recall.value),
    }
    for name in FIGURES:
        row |= _columns(name, getattr(each.test, name))
    for at in each.elsewhere:
        for name in _ELSEWHERE:
            row |= _columns(f"{name}_at_{at.prevalence:.4f}", getattr(at, name))
    return row


def _baseline_rows(result: StudyResult) -> Iterator[dict[str, str]]:
    for name, figures in BASELINES.items():
        row = {"model": name, **{key: _plain(value) for key, value in figures(0.5).items()}}
        for found in result.prevalences:
            elsewhere = figures(found.value)
            row |= {f"{key}_at_{found.value:.4f}": _plain(elsewhere[key]) for key in _ELSEWHERE}
        yield row


def _columns(name: str, share: Share) -> dict[str, str]:
    low, high = share.interval
    return {name: _plain(share.value), f"{name}_low": _plain(low), f"{name}_high": _plain(high)}


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
