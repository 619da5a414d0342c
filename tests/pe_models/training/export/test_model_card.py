"""The model card: what the bundle says of itself, every figure with its interval, notes last."""

from dataclasses import replace
from typing import Any

import pytest

from pe_models import NOTICE
from pe_models.bundle import (
    Architecture,
    BundleCard,
    BundleSpec,
    HeartSpec,
    Preprocessing,
    SequenceArchitecture,
    SliceArchitecture,
)
from pe_models.calibration import Calibration
from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.strain import StrainRule
from pe_models.labels import EXAM_LABELS
from pe_models.placing.rules import PlaceRules
from pe_models.training.export.model_card import model_card
from pe_models.training.store.cohort import Cohort

COHORT = Cohort(True, 240, 144, 26_374, 60, 36, ("Generator 2.3.0",))

EVALUATION = {
    "cohort": "eval 2",
    "version": "generator-2.3.0",
    "n_studies": 200,
    "n_positive": 100,
    "image_auc": 0.9712,
    "sides": {"auc": None},
    "competition_score": 0.41,
    "froc": {
        "sensitivity_at_1fp": 0.81,
        "by_level": {"central": 0.99, "subsegmental": None},
        "by_size": {"below_50_mm3": 0.3},
    },
    "exam": {"central_pe": {"auc": 0.95, "auc_within_positive": 0.9, "ece": 0.02}},
    "intervals": {"image_auc": [0.96, 0.98], "exam.central_pe.auc": [0.91, 0.97]},
    "faithfulness": {
        "n_slices": 31, "deletion": 0.8, "deletion_elsewhere": 0.1, "insertion": 0.7,
        "insertion_elsewhere": 0.2, "pointing": 0.9, "randomised": 0.01, "repeated": 0.97,
    },
}  # fmt: skip


def spec_with(metrics: dict[str, Any]) -> BundleSpec:
    return BundleSpec(
        name="tiny",
        version="2",
        task="pe",
        created="2026-11-21",
        preprocessing=Preprocessing(pixel_mm=0.75),
        architecture=Architecture(
            "test_efficientnet",
            SliceArchitecture("test_efficientnet", 256),
            SequenceArchitecture(256, 16, 8),
        ),
        labels=EXAM_LABELS,
        flag_threshold=0.4,
        calibration=Calibration("phantoms", {}),
        zones=None,
        card=BundleCard(COHORT.trained_on, "research", "Not for patients.", "Apache-2.0", metrics),
    )


@pytest.fixture
def card() -> str:
    metrics = {"held_out": {"image_auc": 0.951}, "evaluation": EVALUATION}
    return model_card(spec_with(metrics), COHORT, "\n## On real CT\n\nNine flags.\n")


def test_heart_and_places_stand_with_what_they_were_fitted_on_and_reach() -> None:
    rule = StrainRule(0.0, 0.3, 1.2, "66 exams with PE of fresh")
    calibration = HeartCalibration(1.0, 0.5, 0.05, 0.5, 40, "118 phantoms")
    heart = HeartSpec(8, Preprocessing(pixel_mm=2.0), "240 phantoms", calibration, rule)
    figures = {
        "heart": {"n_measured": 130, "bias": 0.012, "label_auc": 0.97, "label_auc_of_net": 0.69},
        "places": {"side_right": 0.96},
        "intervals": {"heart.bias": [0.001, 0.02]},
    }
    spec = replace(
        spec_with({"evaluation": figures}), heart=heart, places=PlaceRules(fitted_on="160 studies")
    )
    card = model_card(spec, COHORT)
    assert "a net trained on 240 phantoms; calibrated on 118 phantoms" in card
    assert "the ratio is weighed, fitted on 66 exams with PE of fresh" in card
    assert "rules fitted on 160 studies" in card
    assert "| bias of RV/LV | 0.012 (0.001 to 0.020) |" in card
    assert "| hearts measured | 130 |" in card
    assert "| the same by the sequence net alone | 0.690 |" in card
    assert "| its side is right | 0.960 |" in card


def test_a_bundle_of_three_nets_says_nothing_of_the_others(card: str) -> None:
    assert "Right heart" not in card
    assert "Where the clot is" not in card


def test_the_notice_and_the_phantoms_with_their_version_stand_first(card: str) -> None:
    assert card.startswith(f"# tiny 2\n\n**{NOTICE}** Not for patients.")
    assert "240 phantoms (synthetic CTPA, Generator 2.3.0), 144 of them positive" in card
    assert "60 held-out studies, 36 of them positive" in card


def test_figures_stand_with_their_cohort_and_interval(card: str) -> None:
    assert "Evaluation on eval 2 (generator-2.3.0): 200 studies, 100 with PE" in card
    assert "AUC | 0.971 (0.960 to 0.980) |" in card
    assert "| central_pe | 0.950 (0.910 to 0.970) | 0.900 | 0.020 |" in card
    assert "| - central | 0.990 |" in card
    assert "| - below 50 mm3 | 0.300 |" in card


def test_levels_and_sizes_stand_below_the_emboli_that_they_divide(card: str) -> None:
    lines = [line for line in card.splitlines() if line.startswith("| ")]
    names = [line.split(" | ")[0].removeprefix("| ") for line in lines]
    place = names.index("emboli found at one false mark a study")
    assert names[place + 1 : place + 3] == ["- central", "- below 50 mm3"]
    assert names[place + 3] == "competition metric (consistent scores)"


def test_what_was_not_defined_is_left_out(card: str) -> None:
    assert "right side told from left" not in card
    assert "subsegmental" not in card
    assert "None" not in card


def test_faithfulness_stands_test_by_test(card: str) -> None:
    assert "| highest cell within 5 mm of a clot (pointing) | 0.900 |" in card
    assert "| slices with clot | 31 |" in card


def test_notes_stand_last(card: str) -> None:
    assert card.rstrip().endswith("## On real CT\n\nNine flags.")


def test_a_bundle_without_figures_says_so() -> None:
    card = model_card(spec_with({}), COHORT)
    assert card.rstrip().endswith("None were measured.")
