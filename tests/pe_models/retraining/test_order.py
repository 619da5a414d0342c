"""An order is checked as it is made, and comes back from its file as it was."""

import json
from pathlib import Path

import pytest

from pe_models.errors import DatasetError, TrainingError
from pe_models.retraining.order import (
    PhantomData,
    RetrainOrder,
    ReviewData,
    RsnaData,
    Start,
)

PHANTOMS = PhantomData(12, seed=30_000, matrix=256)


def test_an_order_survives_json() -> None:
    order = RetrainOrder(
        phantoms=PHANTOMS,
        rsna=RsnaData(Path("rsna"), Path("rsna/train.csv")),
        reviews=ReviewData(Path("m.csv"), Path("l.csv")),
        stages=("slice", "sequence"),
        preset="tiny",
        settings=("slice.steps=5",),
        device="cpu",
    )
    assert RetrainOrder.from_dict(json.loads(json.dumps(order.to_dict()))) == order


def test_no_data_is_refused() -> None:
    with pytest.raises(DatasetError, match="No data were chosen"):
        RetrainOrder()


def test_reserved_seeds_never_train() -> None:
    with pytest.raises(DatasetError, match="kept for evaluation"):
        PhantomData(12, seed=899_995)


def test_from_scratch_no_net_can_be_left_out() -> None:
    with pytest.raises(TrainingError, match="From scratch all stages"):
        RetrainOrder(phantoms=PHANTOMS, stages=("slice",), start=Start.SCRATCH)


@pytest.mark.parametrize("change", [{"schema_version": 2}, {"start": "moon"}, {"phantoms": 3}])
def test_another_record_is_refused(change: dict[str, object]) -> None:
    record = RetrainOrder(phantoms=PHANTOMS).to_dict() | change
    with pytest.raises(TrainingError, match="not readable"):
        RetrainOrder.from_dict(record)
