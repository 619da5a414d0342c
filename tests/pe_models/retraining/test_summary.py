"""Before anything starts: what there is, and what is missing, in words."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.labels import EXAM_LABELS, NEGATIVE, RIGHT, RV_LV_LT_1
from pe_models.retraining.order import PhantomData, RetrainOrder, RsnaData
from pe_models.retraining.planning import plan
from pe_models.retraining.summary import summarise
from pe_models.training.store.classes import has_pe

NAN = float("nan")


@dataclass(frozen=True)
class Labelled:
    """A study of two slices, labelled as its image and exam labels say."""

    group: str
    image: tuple[float, ...]
    on: tuple[str, ...] | None

    @property
    def is_positive(self) -> bool:
        return 1.0 in self.image

    @property
    def has_pe(self) -> bool | None:
        exam = (
            dict.fromkeys(EXAM_LABELS)
            if self.on is None
            else {label: int(label in self.on) for label in EXAM_LABELS}
        )
        return has_pe([None if np.isnan(v) else int(v) for v in self.image], exam)

    def image_labels(self) -> NDArray[np.float32]:
        return np.array(self.image, dtype=np.float32)

    def exam_labels(self) -> NDArray[np.float32]:
        on = self.on
        values = [NAN if on is None else float(label in on) for label in EXAM_LABELS]
        return np.array(values, dtype=np.float32)


def positive(group: str) -> Labelled:
    return Labelled(group, (0.0, 1.0), (RIGHT, RV_LV_LT_1))


def negative(group: str) -> Labelled:
    return Labelled(group, (0.0, 0.0), (NEGATIVE,))


ENOUGH = [positive(f"p{i}") for i in range(3)] + [negative(f"n{i}") for i in range(3)]


def test_three_patients_of_each_class_are_enough() -> None:
    summary = summarise(ENOUGH, {"folder": 6})
    assert summary.is_ready
    assert (summary.n_patients_with_pe, summary.n_patients_without_pe) == (3, 3)
    assert (summary.n_slices, summary.n_slices_with_pe, summary.n_slices_unknown) == (12, 3, 0)
    assert "So few patients" in summary.notes[0]


@pytest.mark.parametrize(
    ("studies", "words"),
    [
        ([positive(f"p{i}") for i in range(9)], "there are 9 and 0"),
        ([negative(f"n{i}") for i in range(9)], "there are 0 and 9"),
        ([positive("one") for _ in range(9)], "there are 1 and 0"),
    ],
)
def test_one_class_or_one_patient_is_refused(studies: list[Labelled], words: str) -> None:
    summary = summarise(studies, {})
    assert not summary.is_ready
    assert words in summary.problems[0]


def test_a_patient_with_and_without_pe_counts_as_one_with() -> None:
    summary = summarise([*ENOUGH, negative("p0")], {})
    assert (summary.n_patients, summary.n_patients_with_pe, summary.n_patients_without_pe) == (
        6, 3, 3,
    )  # fmt: skip


def test_unknown_slices_are_counted_and_are_not_negative() -> None:
    unknown = Labelled("u", (NAN, NAN), None)
    summary = summarise([*ENOUGH, unknown], {})
    assert summary.n_slices_unknown == 2
    assert summary.n_patients_without_pe == 3
    assert any("14% of the slices have no label" in note for note in summary.notes)


def test_patients_whose_slices_do_not_tell_are_of_neither_class() -> None:
    by_exam = Labelled("e", (0.0, NAN), (RIGHT, RV_LV_LT_1))
    summary = summarise([*ENOUGH, by_exam, Labelled("u", (0.0, NAN), None)], {})
    assert (summary.n_patients_with_pe, summary.n_patients_without_pe) == (3, 3)
    assert any("2 patients count neither" in note for note in summary.notes)


def test_labels_that_contradict_a_rule_are_named() -> None:
    two_ratios = Labelled("x", (0.0, 1.0), (RIGHT, RV_LV_LT_1, "rv_lv_ratio_gte_1"))
    summary = summarise([*ENOUGH, two_ratios], {})
    assert "1 studies contradict rule 1a" in summary.problems[0]


def test_a_positive_slice_in_an_exam_called_negative_is_a_contradiction() -> None:
    unknown_but_negative = Labelled("x", (NAN, 1.0), (NEGATIVE,))
    summary = summarise([*ENOUGH, unknown_but_negative], {})
    assert "rule 1d" in summary.problems[0]


def test_phantoms_are_planned_without_being_made() -> None:
    order = RetrainOrder(phantoms=PhantomData(12, seed=30_000))
    summary = plan(order)
    assert (summary.n_patients_with_pe, summary.n_patients_without_pe) == (6, 6)
    assert summary.n_slices == 0
    assert summary.is_ready


def test_a_folder_without_labels_is_said(tmp_path: Path) -> None:
    order = RetrainOrder(rsna=RsnaData(tmp_path, tmp_path / "train.csv"))
    with pytest.raises(DatasetError, match=r"train\.csv"):
        plan(order)
