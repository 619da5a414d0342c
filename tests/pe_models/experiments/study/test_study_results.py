"""What the study's tables say: both splits, baselines, and who is never chosen."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from pe_models import NOTICE
from pe_models.experiments.study.carrying_out import Outcomes, StudyRun
from pe_models.experiments.study.outcome import Outcome
from pe_models.experiments.study.presets import PartCounts
from pe_models.experiments.study.results import (
    RSNA_STR_PREVALENCE,
    StudyResult,
    always_negative,
    always_positive,
    measure,
)
from pe_models.experiments.study.tables import csv_text, markdown, record
from pe_models.training.pictures.split import SplitBy


@pytest.fixture(scope="session")
def result(carried_out: tuple[StudyRun, Outcomes]) -> StudyResult:
    return measure(*carried_out)


def _said(outcomes: Outcomes, name: str, say) -> Outcomes:
    """The outcomes with what ``say`` makes of the truth as that model's scores."""
    labels = outcomes.arrays.table.labels[:, 0]

    def scored(by: SplitBy, outcome: Outcome) -> Outcome:
        split = outcomes.splits[by]
        return replace(
            outcome, validation=say(labels[split.validation]), test=say(labels[split.test])
        )

    models = {
        (model, by): scored(by, outcome) if model.name == name else outcome
        for (model, by), outcome in outcomes.models.items()
    }
    return replace(outcomes, models=models)


def test_whoever_calls_everything_positive_is_not_chosen_for_it(
    carried_out: tuple[StudyRun, Outcomes],
) -> None:
    run, outcomes = carried_out
    everything = _said(outcomes, "adam", np.ones_like)
    misses_one = _said(everything, "final", lambda truth: truth * (np.cumsum(truth) > 1))
    found = measure(run, misses_one)
    adam, final = found.of(SplitBy.PATIENT)
    assert adam.validation.recall.value == 1.0 > final.validation.recall.value
    assert found.chosen == {SplitBy.PATIENT: "final", SplitBy.SLICE: "final"}


def test_where_no_model_tells_the_classes_apart_none_is_chosen(
    carried_out: tuple[StudyRun, Outcomes],
) -> None:
    run, outcomes = carried_out
    for name in ("adam", "final"):
        outcomes = _said(outcomes, name, np.zeros_like)
    found = measure(run, outcomes)
    assert set(found.chosen.values()) == {None}
    assert "none tells the classes apart" in markdown(found)
    assert record(found)["chosen"] == {"patient": None, "slice": None}


def test_the_baselines_are_those_of_the_prevalence() -> None:
    negative, positive = always_negative(RSNA_STR_PREVALENCE), always_positive(RSNA_STR_PREVALENCE)
    assert negative["accuracy"] == pytest.approx(0.946)
    assert positive["precision"] == pytest.approx(0.054)
    assert always_positive(0.5)["f1"] == pytest.approx(2 / 3)


def test_figures_elsewhere_are_at_the_stated_prevalence_and_at_the_datas_own(
    result: StudyResult,
) -> None:
    assert [found.whose for found in result.prevalences] == ["RSNA-STR", "these data"]
    assert result.prevalences[1].value == pytest.approx(36 / 144)
    for each in result.models:
        assert [at.prevalence for at in each.elsewhere] == [p.value for p in result.prevalences]
        assert each.elsewhere[0].recall == each.test.recall


def test_the_csv_has_a_row_a_model_and_split_and_one_a_baseline(result: StudyResult) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(result))))
    assert [(row["model"], row["split_by"]) for row in rows] == [
        ("adam", "patient"), ("adam", "slice"), ("final", "patient"), ("final", "slice"),
        ("always negative", ""), ("always positive", ""),
    ]  # fmt: skip
    of_adam, negative = rows[0], rows[4]
    adam = result.models[0]
    assert float(of_adam["f1"]) == pytest.approx(adam.test.f1.value, abs=1e-4)
    assert float(of_adam["recall_low"]) == pytest.approx(adam.test.recall.interval[0], abs=1e-4)
    assert float(negative["accuracy_at_0.0540"]) == pytest.approx(0.946)
    assert negative["precision"] == ""


def test_the_page_sets_both_splits_side_by_side_and_says_what_it_is(result: StudyResult) -> None:
    page = markdown(result)
    assert NOTICE in page
    assert "F1, by slice | F1, by patient" in page
    assert "| always negative | - | .946 |" in page
    assert "Skipped: resnet50-frozen" in page
    assert "Phantoms alone" in page
    assert "24 to train on, 12 to choose by and 12 to measure on" in page


def test_a_study_of_fewer_slices_than_wanted_says_so(result: StudyResult) -> None:
    page = markdown(replace(result, wanted=PartCounts(4200, 1800, 5000)))
    assert "The preset has 4200, 1800 and 5000; the data have not as many." in page
    assert "have not as many" not in markdown(replace(result, wanted=result.counts))


def test_the_record_is_json_with_every_model_and_what_was_skipped(result: StudyResult) -> None:
    said = json.loads(json.dumps(record(result), allow_nan=False))
    assert said["notice"] == NOTICE
    assert len(said["models"]) == 4
    assert said["models"][0]["test"]["accuracy"]["value"] == result.models[0].test.accuracy.value
    assert list(said["skipped"]) == ["resnet50-frozen"]
    assert said["patients"]["patient"][0] < 18
