"""The object of metrics.json on four studies counted by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from pe_models.evaluation.kept import Judged
from pe_models.evaluation.measures import measure
from pe_models.evaluation.plots import draw_froc, write_plots
from pe_models.froc import EmbolusSlices, MarkedStudy, froc
from pe_models.labels import EXAM_LABELS


@pytest.fixture(scope="module")
def figures(four_judged: tuple[Judged, ...]) -> dict[str, Any]:
    return measure(four_judged)


def test_the_contract_is_kept(figures: dict[str, Any]) -> None:
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


def test_emboli_are_found_by_place_and_by_slice(figures: dict[str, Any]) -> None:
    """By place: marks .8 x .9 and .6 x .8 lie in two of three emboli, none in the one of 40 mm3.

    By slice: the run of study r is cut at its .2, so that its second flag peaks at .4 in the third;
    until then two marks are false in four studies.
    """
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


def test_decisions_are_counted_at_the_thresholds(figures: dict[str, Any]) -> None:
    decided = figures["decisions"]
    # slices at 0.5 and above: .7, .9 with PE, .6 without, .8 with; 5 have PE of 24
    assert counts(decided["image"]) == (3, 2, 1, 18)
    assert decided["image"]["sensitivity"]["value"] == pytest.approx(3 / 5)
    assert counts(decided["exam"]) == (2, 0, 0, 2)
    assert counts(decided["labels"]["rightsided_pe"]) == (1, 0, 1, 2)
    assert decided["verdicts"]["with_pe"] == {"positive": 2, "negative": 0, "indeterminate": 0}
    assert decided["flags"] == {"per_study": 0.75, "false_per_study": 0.25}


def test_a_cohort_is_split_by_its_traits(figures: dict[str, Any]) -> None:
    kernel = figures["strata"]["kernel"]
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


def test_a_bundle_that_marks_nothing_has_a_flat_curve() -> None:
    curve = froc([MarkedStudy((), (EmbolusSlices(1, 2),))])
    axes = Figure().add_subplot()
    draw_froc(axes, {"all emboli": curve, "none of these": None})
    flat, _one_a_study = axes.get_lines()
    assert set(np.asarray(flat.get_ydata()).tolist()) == {0.0}
    assert flat.get_label() == "all emboli (1)"
