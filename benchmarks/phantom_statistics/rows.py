"""Rows: each line of the table, phantom beside real CT or beside what was published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.phantom_statistics.clots import SeenClot, SeenStudy
from benchmarks.phantom_statistics.exams import FREQUENCIES, N_POSITIVE, DrawnExam
from benchmarks.phantom_statistics.figures import Share, Spread, number, share
from benchmarks.phantom_statistics.measures import Figures
from benchmarks.phantom_statistics.vessels import COUNTED_MM, counted_name
from pe_models.phantom.clot import Form
from pe_models.phantom.spec import EMBOLUS_LEVELS

_DIGITS: Final = {"(HU)": 0, "lung)": 2, "(mm)": 1, "(HU/cm)": 1, "(/cm)": 1}
"""Decimal places by how a name ends; whole numbers otherwise."""

_HUANG: Final = "Huang 1996"
_RSNA: Final = "RSNA-STR"
_VOXELS_PUBLISHED: Final = {
    "mean": "37",
    "median": "47",
    "sd": "92",
    "P0.5": "-195",
    "P99.5": "305",
}
"""HU of clot voxels in 430 CTPAs."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line; each cell as it is printed."""

    name: str
    phantom: str
    real: str


def image_rows(phantoms: Sequence[Figures], real: Sequence[Figures]) -> Iterator[Row]:
    """What both kinds of CT were measured for: median and range over studies."""
    for name in _names(phantoms, real):
        digits = _digits(name)
        ours, theirs = (
            Spread.range_of(figures.get(name, np.nan) for figures in group)
            for group in (phantoms, real)
        )
        yield Row(name, ours.text(digits), theirs.text(digits))


def vessel_rows(phantoms: Sequence[Figures]) -> Iterator[Row]:
    """Arteries by the truth: median and range over studies."""
    published = {counted_name(mm): f"{count:.0f} ({_HUANG})" for mm, count in COUNTED_MM.items()}
    for name in _names(phantoms):
        spread = Spread.range_of(figures[name] for figures in phantoms)
        yield Row(name, spread.text(_digits(name)), published.get(name, "-"))


def clot_rows(studies: Sequence[SeenStudy]) -> Iterator[Row]:
    """Emboli by their voxels: median, 5th and 95th percentile, or shares."""
    clots = [clot for study in studies for clot in study.clots]
    yield Row("emboli a study", _middle([len(s.clots) for s in studies]), "-")
    yield from _study_rows(studies)
    for level in EMBOLUS_LEVELS:
        of_level = [clot for clot in clots if clot.level is level]
        yield Row(f"emboli, {level}", Share(len(of_level), len(clots)).text(), "-")
        yield Row(f"emboli, {level}: volume (mm3)", _middle([c.volume_mm3 for c in of_level]), "-")
    for form in Form:
        yield Row(
            f"form, {form}", Share(sum(c.form is form for c in clots), len(clots)).text(), "-"
        )
    yield from _voxel_rows(clots)


def frequency_rows(drawn: Sequence[DrawnExam]) -> Iterator[Row]:
    """Labels as they are drawn, with their 95 % interval."""
    for label in FREQUENCIES:
        yield Row(label.name, label.found(drawn).text(), share(label.count / label.n))


def _study_rows(studies: Sequence[SeenStudy]) -> Iterator[Row]:
    shares = Spread.middle_of(100.0 * study.positive_share for study in studies)
    yield Row("positive slices of a positive study (%)", shares.text(1), f"14 (1.7 to 44, {_RSNA})")
    slices = _middle([study.n_slices for study in studies])
    yield Row("slices of a study", slices, f"mean 246 (173 to 389, {_RSNA})")
    for name, count, found in (
        ("right", 1875, sum("right" in s.sides for s in studies)),
        ("left", 1544, sum("left" in s.sides for s in studies)),
        ("chronic alone", 292, sum(s.ages == {False} for s in studies)),
        ("acute and chronic", 145, sum(s.ages == {True, False} for s in studies)),
        ("RV/LV >= 1", 940, sum(s.rv_lv_ratio >= 1.0 for s in studies)),
    ):
        theirs = f"{share(count / N_POSITIVE)} ({_RSNA})"
        yield Row(f"positive studies as seen: {name}", Share(found, len(studies)).text(), theirs)


def _voxel_rows(clots: Sequence[SeenClot]) -> Iterator[Row]:
    hu = np.concatenate([clot.hu for clot in clots]).astype(np.float64)
    low, high = np.percentile(hu, (0.5, 99.5))
    found = {"mean": hu.mean(), "median": np.median(hu), "sd": hu.std(), "P0.5": low, "P99.5": high}
    for name, published in _VOXELS_PUBLISHED.items():
        yield Row(f"clot voxels, {name} (HU)", number(float(found[name]), 0), published)


def _middle(values: Sequence[float]) -> str:
    return Spread.middle_of(values).text(0)


def _names(*groups: Sequence[Figures]) -> list[str]:
    """Every name, in the order in which it first came."""
    return list(dict.fromkeys(name for group in groups for figures in group for name in figures))


def _digits(name: str) -> int:
    return next((digits for end, digits in _DIGITS.items() if name.endswith(end)), 0)
