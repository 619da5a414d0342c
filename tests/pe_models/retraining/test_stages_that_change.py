"""Which nets a retraining changes: those that its order names, and a refiner with its slice net."""

from dataclasses import replace

import pytest

from pe_models.retraining.circle import stages_that_change
from pe_models.retraining.order import PhantomData, RetrainOrder
from pe_models.training.config import preset
from pe_models.training.store import StudyRecord

ORDER = RetrainOrder(phantoms=PhantomData(12, 30_000), preset="tiny-deep")
POSITIVE = StudyRecord(
    key="a", study_uid="1", series_uid="1.1", group="g", sop_uids=("1.1.1", "1.1.2"),
    image=(0, 1), exam={}, boxes={}, box_source="", lung_slices=None, shape=(2, 40, 60),
    spacing_mm=(2.5, 0.7, 0.7), emboli=None, sha256="00", source="", labels_sha256="00",
)  # fmt: skip
NEGATIVE = replace(POSITIVE, key="b", image=(0, 0))
UNLABELLED = replace(POSITIVE, key="c", labels_sha256=None)


@pytest.mark.parametrize(
    ("studies", "is_trained"),
    [
        ((POSITIVE, UNLABELLED), True),
        ((UNLABELLED,), False),
        ((NEGATIVE, UNLABELLED), False),
    ],
)
def test_a_refiner_changes_with_its_slice_net_where_a_study_says_where_its_clots_are(
    studies: tuple[StudyRecord, ...], is_trained: bool
) -> None:
    order = replace(ORDER, stages=("slice", "sequence"))
    stages = stages_that_change(order, preset("tiny-deep"), studies)
    assert stages == ("slice", *(("refiner",) if is_trained else ()), "sequence")


def test_a_refiner_stays_with_its_slice_net() -> None:
    order = replace(ORDER, stages=("sequence",))
    assert stages_that_change(order, preset("tiny-deep"), (POSITIVE,)) == ("sequence",)


def test_nets_without_a_refiner_get_none() -> None:
    stages = stages_that_change(ORDER, preset("tiny"), (POSITIVE,))
    assert stages == ("localizer", "slice", "sequence")
