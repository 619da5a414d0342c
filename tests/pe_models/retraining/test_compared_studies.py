"""Which studies are compared on: chosen once; a study that goes moves no other across."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.retraining.gathering import compared_keys


@dataclass(frozen=True)
class Study:
    """What the choice goes by; of one slice, whose label is known."""

    key: str
    group: str
    is_positive: bool

    @property
    def has_pe(self) -> bool:
        return self.is_positive

    def image_labels(self) -> NDArray[np.float32]:
        return np.array([self.is_positive], dtype=np.float32)


STUDIES = [Study(f"s{i}{k}", f"patient {i}", i % 2 == 0) for i in range(16) for k in "ab"]


def test_patients_are_compared_on_with_all_their_studies() -> None:
    chosen = compared_keys(STUDIES)  # type: ignore[arg-type]
    assert len(chosen) == 8
    assert {key[:-1] + other for key in chosen for other in "ab"} == chosen


def test_the_choice_stands_where_studies_have_gone_and_come() -> None:
    chosen = compared_keys(STUDIES)  # type: ignore[arg-type]
    gone = min(chosen)
    left = [study for study in STUDIES if study.key != gone]
    assert compared_keys(left, chosen) == chosen - {gone}  # type: ignore[arg-type]
    more = Study("new", next(s.group for s in STUDIES if s.key == gone), is_positive=True)
    assert "new" in compared_keys([*left, more], chosen)  # type: ignore[arg-type]


def test_none_left_to_compare_on_is_told() -> None:
    with pytest.raises(DatasetError, match="begin another training"):
        compared_keys(STUDIES, {"gone"})  # type: ignore[arg-type]
