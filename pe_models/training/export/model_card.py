"""The model card of a bundle: Markdown, from what the bundle says of itself and what was measured.

After Mitchell et al., Model Cards for Model Reporting (FAT* 2019, arXiv 1810.03993).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pe_models import NOTICE
from pe_models.bundle import BundleSpec
from pe_models.training.store.cohort import Cohort

_OF_IMAGES: Final = (
    ("images with PE against those without, AUC", "image_auc"),
    ("the same within positive exams", "image_auc_within_positive"),
    ("calibration error of image scores (ECE)", "image_ece"),
)
_OF_EMBOLI: Final = (("emboli found at one false mark a study", "froc.sensitivity_at_1fp"),)
_OF_EXAMS: Final = (
    ("right side told from left, AUC", "sides.auc"),
    ("competition metric (consistent scores)", "competition_score"),
)
_OF_MAPS: Final = (
    ("slices with clot", "n_slices"),
    ("score lost when the hottest cells are blurred (deletion)", "deletion"),
    ("the same cells elsewhere", "deletion_elsewhere"),
    ("score that they bring back (insertion)", "insertion"),
    ("the same cells elsewhere", "insertion_elsewhere"),
    ("highest cell within 5 mm of a clot (pointing)", "pointing"),
    ("rank correlation with the map of a net of random weights", "randomised"),
    ("rank correlation with the map under noise of 10 HU", "repeated"),
)
_OF_PLACES: Final = (
    ("flags that hold an embolus and are marked with a place", "places.marked"),
    ("their surest place lies in an embolus (pointing)", "places.pointing"),
    ("its side is right", "places.side_right"),
    ("no other side is named", "places.all_sides_right"),
    ("its level is right", "places.level_right"),
)
_OF_HEART: Final = (
    ("hearts measured", "heart.n_measured"),
    ("bias of RV/LV", "heart.bias"),
    ("RV/LV within 0.12 of the truth", "heart.near"),
    ("intervals that hold the truth", "heart.interval_holds"),
    ("strain (1.0 and more) told from none by the ratio, AUC", "heart.strain_auc"),
    ("RV/LV labels of exams with PE told apart, AUC", "heart.label_auc"),
    ("the same by the sequence net alone", "heart.label_auc_of_net"),
)
_NONE: Final = "-"


def model_card(spec: BundleSpec, cohort: Cohort, notes: str = "") -> str:
    """``notes``, Markdown, stands at the end: what was measured elsewhere, and known failures."""
    lines = [
        f"# {spec.name} {spec.version}",
        "",
        f"**{NOTICE}** {spec.card.limits}",
        "",
        *_facts(spec, cohort),
        "",
        "## Figures",
        "",
        *_figures(spec.card.metrics),
        *([notes.strip(), ""] if notes.strip() else []),
    ]
    return "\n".join(lines)


def _facts(spec: BundleSpec, cohort: Cohort) -> Iterator[str]:
    card, nets = spec.card, spec.architecture
    calibrated = (
        f"{spec.calibration.calibrated_on}: {cohort.n_held_out} held-out studies, "
        f"{cohort.n_held_out_positive} of them positive"
    )
    built = (
        f"Localizer {nets.localizer_backbone}; slice net {nets.slice_classifier.backbone}, "
        f"{nets.slice_classifier.head}, {_scale(spec)}; {_refiner(spec)}SequenceNet, bidirectional "
        f"GRU of {nets.sequence.hidden}"
    )
    yield f"- **Intended use:** {card.intended_use}"
    yield f"- **Trained on:** {card.trained_on}"
    yield f"- **Calibrated on:** {calibrated}"
    yield f"- **Nets:** {built}"
    yield from _parts(spec)
    yield f"- **Flags:** from a calibrated slice score of {spec.flag_threshold:.3f}"
    yield f"- **Licence:** {card.licence}"


def _parts(spec: BundleSpec) -> Iterator[str]:
    """What it has beyond its three nets."""
    heart, places = spec.heart, spec.places
    if heart is not None:
        fitted = heart.calibration
        calibrated = "" if fitted is None else f"; calibrated on {fitted.fitted_on}"
        yield f"- **Right heart:** a net trained on {heart.trained_on}{calibrated}"
        if heart.strain is not None:
            fitted_on = heart.strain.fitted_on
            yield f"- **RV/LV of the exam:** the ratio is weighed, fitted on {fitted_on}"
    if places is not None:
        yield f"- **Places:** rules fitted on {places.fitted_on}"


def _refiner(spec: BundleSpec) -> str:
    refiner = spec.architecture.refiner
    if refiner is None:
        return ""
    widths = "-".join(str(width) for width in refiner.widths)
    window = refiner.window
    return (
        f"Refiner over its maps and the CT at W/L {window.width_hu:g}/{window.centre_hu:g}, "
        f"a U-net of {widths}; "
    )


def _scale(spec: BundleSpec) -> str:
    params = spec.preprocessing
    scale = (
        f"{params.input_px} px" if params.pixel_mm is None else f"{params.pixel_mm:g} mm a pixel"
    )
    windows = " and ".join(f"{w.width_hu:g}/{w.centre_hu:g}" for w in params.windows)
    return f"at {scale}, {params.n_slices} slices at once, W/L {windows}"


def _figures(metrics: Mapping[str, Any]) -> list[str]:
    held_out, evaluation = metrics.get("held_out", {}), metrics.get("evaluation", {})
    lines: list[str] = []
    if held_out:
        lines += [
            "Held out of training, used to calibrate:",
            "",
            "| measure | value |",
            "|---|---|",
        ]
        lines += [f"| {name} | {_number(value)} |" for name, value in held_out.items()] + [""]
    if evaluation:
        lines += [*_evaluation(evaluation), ""]
    return lines or ["None were measured.", ""]


def _evaluation(figures: Mapping[str, Any]) -> Iterator[str]:
    """A ``metrics.json``: values with 95 % intervals, by label, by level and size, of the maps."""
    yield f"Evaluation on {_cohort(figures)}; 95 % intervals over studies:"
    yield from ("", "| measure | value |", "|---|---|")
    yield from _rows(figures, _OF_IMAGES)
    yield from _rows(figures, _OF_EMBOLI)
    yield from _rows(figures, _found(figures))
    yield from _rows(figures, _OF_EXAMS)
    yield from _labels(figures)
    yield from _table("Where the clot is:", figures, _OF_PLACES)
    yield from _table("The right heart:", figures, _OF_HEART)
    faithful = figures.get("faithfulness")
    if faithful:
        yield from ("", "Whether the maps show what raised the score:")
        yield from ("", "| test | value |", "|---|---|")
        yield from (f"| {words} | {_number(faithful[name])} |" for words, name in _OF_MAPS)


def _table(
    title: str, figures: Mapping[str, Any], measures: Iterable[tuple[str, str]]
) -> Iterator[str]:
    """Nothing where none of ``measures`` was defined."""
    rows = list(_rows(figures, measures))
    if rows:
        yield from ("", title, "", "| measure | value |", "|---|---|", *rows)


def _rows(figures: Mapping[str, Any], measures: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Of ``measures``, each its words and its dotted name, those that were defined."""
    for words, name in measures:
        if _at(figures, name) is not None:
            yield f"| {words} | {_with_interval(figures, name)} |"


def _found(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The emboli that were found, by level and by size."""
    for part in ("by_level", "by_size"):
        for name in _at(figures, f"froc.{part}") or {}:
            yield f"- {name.replace('_', ' ')}", f"froc.{part}.{name}"


def _labels(figures: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "| exam label | AUC | AUC within positive exams | ECE |", "|---|---|---|---|")
    for label in figures.get("exam", {}):
        cells = [
            _with_interval(figures, f"exam.{label}.{key}")
            for key in ("auc", "auc_within_positive", "ece")
        ]
        yield f"| {label} | {' | '.join(cells)} |"


def _cohort(figures: Mapping[str, Any]) -> str:
    studies = f"{figures.get('n_studies', 0)} studies, {figures.get('n_positive', 0)} with PE"
    return f"{figures.get('cohort', 'a cohort')} ({figures.get('version', '')}): {studies}"


def _with_interval(figures: Mapping[str, Any], name: str) -> str:
    value, interval = _at(figures, name), figures.get("intervals", {}).get(name)
    if value is None:
        return _NONE
    return _number(value) + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")


def _at(figures: Mapping[str, Any], name: str) -> Any:
    """The value at a dotted name, or None."""
    value: Any = figures
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _number(value: float | None) -> str:
    if value is None:
        return _NONE
    return str(value) if isinstance(value, int) else f"{value:.3f}"
