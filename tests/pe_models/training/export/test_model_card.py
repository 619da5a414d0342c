"""The model card: what the bundle says of itself, every figure with its interval, notes last."""

from typing import Any

import pytest

from pe_models import NOTICE
from pe_models.bundle import (
    Architecture,
    BundleCard,
    BundleSpec,
    Preprocessing,
    SequenceArchitecture,
    SliceArchitecture,
)
from pe_models.calibration import Calibration
from pe_models.labels import EXAM_LABELS
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
