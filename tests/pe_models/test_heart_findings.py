import json

import pytest

from pe_models.heart_findings import HeartRefusal, RatioRange, RightHeart, Trunk, Width

RV = Width(93, (120.0, 101.5), (140.25, 130.0), 44.0)
LV = Width(97, (150.0, 140.0), (160.0, 171.0), 40.0)
MEASURED = RightHeart(RV, LV, spread=0.03, range=RatioRange(0.98, 1.24, 0.99, 0.91))
REFUSED = RightHeart(refusal=HeartRefusal.DEVICE, message="Metal crosses the ventricles.")


@pytest.mark.parametrize("heart", [MEASURED, REFUSED, RightHeart(RV, LV)])
def test_a_heart_survives_json(heart: RightHeart) -> None:
    assert RightHeart.from_dict(json.loads(json.dumps(heart.to_dict()))) == heart


def test_json_says_the_ratio_and_that_it_forecasts_nothing() -> None:
    record = MEASURED.to_dict()
    assert record["rv_mm"] == 44.0
    assert record["lv_mm"] == 40.0
    assert record["ratio"] == pytest.approx(1.1)
    assert record["note"] == "Right-heart strain on CT is no forecast of outcome."


def test_a_heart_has_both_widths_or_a_reason() -> None:
    for wrong in ({}, {"rv": RV}, {"rv": RV, "lv": LV, "refusal": HeartRefusal.NOT_FOUND}):
        with pytest.raises(ValueError, match="both widths"):
            RightHeart(**wrong)


@pytest.mark.parametrize(
    "wrong", [(1.2, 1.0, 0.5, 0.4), (0.9, 1.1, 0.4, 0.5), (0.0, 1.0, 0.5, 0.4)]
)
def test_a_range_out_of_order_is_refused(wrong: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="out of order"):
        RatioRange(*wrong)


def test_lines_move_with_their_pixels() -> None:
    moved = MEASURED.moved(lambda point: (point[1], 511 - point[0]))
    assert moved.rv == Width(93, (101.5, 391.0), (130.0, 370.75), 44.0)
    assert moved.ratio == MEASURED.ratio
    trunk = Trunk(LV, 400.0, 20.0)
    assert trunk.moved(lambda point: (point[0] + 1, point[1])).diameter.start == (151.0, 140.0)
    assert Trunk.from_dict(json.loads(json.dumps(trunk.to_dict()))) == trunk
