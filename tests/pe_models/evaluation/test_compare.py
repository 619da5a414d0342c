"""Two bundles: paired figures, where they disagree, and what cannot be compared."""

import json
from dataclasses import replace

import pytest

from pe_models.bundle import ModelBundle
from pe_models.errors import BundleError, DatasetError
from pe_models.evaluation.compare import (
    Comparison,
    compare,
    disagreements,
    favours,
    in_common,
    require_comparable,
)
from pe_models.evaluation.comparison_table import comparison_page
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.spread import Difference, Estimate
from pe_models.labels import NEGATIVE


def better(judged: Judged) -> Judged:
    """The same study, scored without an error."""
    image = tuple(0.9 if label else 0.1 for label in judged.truth.image)
    return replace(judged, scores=replace(judged.scores, image=image, image_raw=image))


@pytest.fixture(scope="module")
def found(four_judged: tuple[Judged, ...]) -> Comparison:
    """The four studies, and the same without an error in their slices."""
    return compare(four_judged, tuple(map(better, four_judged)))


def test_the_difference_is_that_of_the_figures(found: Comparison) -> None:
    image = found.figures["image_auc"]
    assert image.b.value == 1.0
    assert image.a.value < 1.0
    assert image.b_minus_a.value == pytest.approx(image.b.value - image.a.value)
    assert found.n_studies == 4
    json.dumps(found.to_dict(), allow_nan=False)


def test_figures_that_nothing_was_changed_in_differ_in_nothing(found: Comparison) -> None:
    exams = {name: d for name, d in found.figures.items() if name.startswith(("exam", "sides"))}
    assert len(exams) > 10
    assert {d.b_minus_a for d in exams.values()} == {Estimate(0.0, 0.0, 0.0)}
    assert not [name for name, d in exams.items() if favours(name, d)]


@pytest.mark.parametrize(
    ("name", "gain", "winner"),
    [("image_auc", 0.1, "b"), ("image_auc", -0.1, "a"), ("image_ece", 0.1, "a"),
     ("exam.central_pe.ece", -0.1, "b"), ("competition_score", -0.1, "b")],
)  # fmt: skip
def test_less_is_better_for_errors_and_more_for_the_rest(
    name: str, gain: float, winner: str
) -> None:
    clear = Estimate(gain, gain - 0.01, gain + 0.01)
    unclear = Estimate(gain, gain - 0.2, gain + 0.2)
    one = Estimate(0.5, 0.4, 0.6)
    assert favours(name, Difference(one, one, clear)) == winner
    assert favours(name, Difference(one, one, unclear)) == ""


@pytest.mark.parametrize(
    ("a", "b", "winner"),
    [
        ((0.02, 0.01, 0.03), (0.10, 0.08, 0.12), "a"),
        ((-0.10, -0.12, -0.08), (0.02, 0.01, 0.03), "b"),
        ((-0.10, -0.12, -0.08), (0.01, -0.02, 0.04), "b"),
        ((-0.10, -0.12, -0.08), (0.10, 0.08, 0.12), ""),
        ((0.05, 0.02, 0.08), (0.09, 0.06, 0.12), ""),
    ],
)
def test_a_bias_is_better_the_nearer_it_lies_to_zero(
    a: tuple[float, float, float], b: tuple[float, float, float], winner: str
) -> None:
    gain = b[0] - a[0]
    clear = Estimate(gain, gain - 0.01, gain + 0.01)
    assert favours("heart.bias", Difference(Estimate(*a), Estimate(*b), clear)) == winner


def test_studies_stand_in_the_order_of_their_disagreement(
    four_judged: tuple[Judged, ...],
) -> None:
    def doubting(judged: Judged, score: float) -> Judged:
        exam = {**judged.scores.exam}
        exam[NEGATIVE] = replace(exam[NEGATIVE], calibrated=score)
        return replace(judged, scores=replace(judged.scores, exam=exam))

    changed = (doubting(four_judged[0], 0.9), *four_judged[1:3], doubting(four_judged[3], 0.35))
    found = disagreements(four_judged, changed)
    assert [d.name for d in found[:2]] == ["r", "n2"]  # 0.2 to 0.9, and 0.25 to 0.35
    assert found[0].exam_pe_a == pytest.approx(0.8)
    assert found[0].exam_pe_b == pytest.approx(0.1)


def test_only_studies_that_both_judged_are_compared(four_judged: tuple[Judged, ...]) -> None:
    a, b = in_common(four_judged[:3], four_judged[:0:-1])
    assert [j.truth.name for j in a] == [j.truth.name for j in b] == ["n1", "l"]
    with pytest.raises(DatasetError, match="no study"):
        in_common(four_judged[:1], four_judged[1:])


def test_the_page_names_every_figure_and_study(
    found: Comparison, four_judged: tuple[Judged, ...]
) -> None:
    page = comparison_page(found, a="old 1", b="new 2", cohort="eval")
    assert "| figure | A: old 1 | B: new 2 |" in page
    assert all(f"| {name} |" in page for name in found.figures)
    assert all(f"| {judged.truth.name} |" in page for judged in four_judged)


def test_bundles_of_different_tasks_or_the_same_bundle_are_refused(
    tiny_bundle: ModelBundle,
) -> None:
    other = replace(tiny_bundle, spec=replace(tiny_bundle.spec, task="hemorrhage"), sha256="f" * 64)
    with pytest.raises(BundleError, match=r"'pe'.*'hemorrhage'"):
        require_comparable(tiny_bundle, other)
    with pytest.raises(BundleError, match="the same bundle"):
        require_comparable(tiny_bundle, tiny_bundle)
