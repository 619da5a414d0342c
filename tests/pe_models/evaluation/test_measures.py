"""The object of metrics.json on four studies counted by hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pe_models.evaluation.kept import Judged
from pe_models.evaluation.measures import measure
from pe_models.evaluation.plots import write_plots
from pe_models.labels import EXAM_LABELS


def test_the_contract_is_kept(four_judged: tuple[Judged, ...]) -> None:
    figures = measure(four_judged)
    json.dumps(figures, allow_nan=False)
    assert figures["n_studies"] == 4
    assert figures["n_positive"] == 2
    assert (figures["n_images"], figures["n_positive_images"]) == (24, 5)
    assert figures["n_emboli"] == 3
    assert set(figures["exam"]) == set(EXAM_LABELS)
    assert set(figures["exam"]["central_pe"]) == {"auc", "auc_within_positive", "ece"}
    assert set(figures["froc"]["by_level"]) == {"central", "lobar", "segmental", "subsegmental"}
    low, high = figures["intervals"]["image_auc"]
    assert low <= figures["image_auc"] <= high


def test_emboli_are_found_by_place_and_by_slice(four_judged: tuple[Judged, ...]) -> None:
    """By place: marks .8 x .9 and .6 x .8 lie in two of three emboli, none in the one of 40 mm3.

    By slice: the run of study r is cut at its .2, so that its second flag peaks at .4 in the third;
    until then two marks are false in four studies.
    """
    figures = measure(four_judged)
    for name, found in (("froc", 2 / 3), ("froc_by_slice", 1.0)):
        assert figures[name]["sensitivity_at_1fp"] == pytest.approx(found), name
        assert figures[name]["by_level"]["lobar"] == 1.0
        assert figures[name]["by_level"]["central"] is None
        assert figures[name]["by_size"]["50 to 200 mm3"] == 1.0
    assert figures["froc"]["by_level"]["segmental"] == 0.5
    assert figures["froc"]["by_size"]["under 50 mm3"] == 0.0
    assert (figures["froc"]["marks_by"], figures["froc_by_slice"]["marks_by"]) == ("place", "slice")


def counts(decided: dict[str, Any]) -> tuple[int, ...]:
    """Hits, misses, false alarms, and what was rightly left alone."""
    names = ("true_positive", "false_negative", "false_positive", "true_negative")
    return tuple(decided["confusion"][name] for name in names)


def test_decisions_are_counted_at_the_thresholds(four_judged: tuple[Judged, ...]) -> None:
    decided = measure(four_judged)["decisions"]
    # slices at 0.5 and above: .7, .9 with PE, .6 without, .8 with; 5 have PE of 24
    assert counts(decided["image"]) == (3, 2, 1, 18)
    assert decided["image"]["sensitivity"]["value"] == pytest.approx(3 / 5)
    assert counts(decided["exam"]) == (2, 0, 0, 2)
    assert counts(decided["labels"]["rightsided_pe"]) == (1, 0, 1, 2)
    assert decided["verdicts"]["with_pe"] == {"positive": 2, "negative": 0, "indeterminate": 0}
    assert decided["flags"] == {"per_study": 0.75, "false_per_study": 0.25}


def test_a_cohort_is_split_by_its_traits(four_judged: tuple[Judged, ...]) -> None:
    kernel = measure(four_judged)["strata"]["kernel"]
    assert kernel["soft"]["n_positive"] == kernel["soft"]["n_studies"] == 2
    assert kernel["sharp"]["image_auc"] is None
    assert kernel["sharp"]["false_flags_per_study"] == 0.5
    assert kernel["soft"]["false_flags_per_study"] == 0.0


def test_studies_whose_emboli_are_unknown_have_no_froc(make_judged) -> None:  # type: ignore[no-untyped-def]
    figures = measure([make_judged((0, 1), (0.1, 0.9), emboli=None), make_judged((0,), (0.2,))])
    assert figures["froc"] is None
    assert figures["n_emboli"] is None
    assert figures["image_auc"] == 1.0


def test_plots_are_written_for_all_that_is_known(
    four_judged: tuple[Judged, ...], tmp_path: Path
) -> None:
    names = {path.name for path in write_plots(four_judged, tmp_path) if path.stat().st_size}
    stems = {
        "roc",
        "roc_exams",
        "reliability",
        "confusion",
        "verdicts",
        "froc",
        "froc_levels",
        "froc_sizes",
    }
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("png", "svg")}


def test_a_bundle_that_marks_nothing_has_a_flat_curve(
    four_judged: tuple[Judged, ...], tmp_path: Path
) -> None:
    blind = [replace(j, scores=replace(j.scores, marks=())) for j in four_judged]
    names = {path.stem for path in write_plots(blind, tmp_path)}
    assert {"froc", "froc_levels", "froc_sizes"} <= names
    figures = measure(blind)
    assert figures["froc"]["sensitivity_at_1fp"] == 0.0
    assert figures["froc"]["by_level"]["lobar"] == 0.0
