"""What a planned retraining has to do, in units of its stages."""

from dataclasses import replace

from pe_models.retraining.order import PhantomData, RetrainOrder
from pe_models.retraining.summary import DataSummary
from pe_models.retraining.work import work_of
from pe_models.training.config import preset

SUMMARY = DataSummary(14, 14, 7, 7, 0, 0, 0, sources={"phantoms": 12, "reviews": 2})
ORDER = RetrainOrder(phantoms=PhantomData(12, 30_000), preset="wide")


def test_mistakes_are_looked_for_where_the_preset_and_the_stages_ask_for_it() -> None:
    units = work_of(ORDER, SUMMARY).units
    assert units["mistakes"] == units["crops"] == 14 - 4  # a quarter is compared on
    assert "mistakes" not in work_of(replace(ORDER, stages=("sequence",)), SUMMARY).units
    assert "mistakes" not in work_of(replace(ORDER, preset="laptop"), SUMMARY).units


def test_mistakes_are_looked_for_in_phantoms() -> None:
    few = replace(SUMMARY, sources={"phantoms": 5, "reviews": 9})
    assert work_of(ORDER, few).units["mistakes"] == 5
    none = replace(SUMMARY, sources={"reviews": 14})
    assert "mistakes" not in work_of(ORDER, none).units


def test_a_refiner_is_work_where_the_preset_has_one_and_its_slice_net_is_trained() -> None:
    deep = replace(ORDER, preset="deep")
    units = work_of(deep, SUMMARY).units
    assert units["refiner"] == preset("deep").refiner.steps
    assert units["refined"] == units["features"]
    assert work_of(deep, SUMMARY).refines
    assert "refiner" not in work_of(replace(deep, stages=("sequence",)), SUMMARY).units
    assert {"refiner", "refined"}.isdisjoint(work_of(ORDER, SUMMARY).units)
