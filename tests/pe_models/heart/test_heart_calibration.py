import numpy as np
import pytest

from pe_models.errors import DatasetError
from pe_models.heart.calibration import HeartCalibration, RatioPair, fit_heart_calibration

N = 400


def pairs(seed: int, *, n: int = N, sd: float = 0.03, gain: float = 1.0) -> list[RatioPair]:
    """Widths measured 2 mm and 1 mm short, and a log ratio that errs by ``sd`` and ``gain``."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        lv, ratio, spread = rng.uniform(38, 50), rng.uniform(0.7, 1.3), rng.uniform(0.01, 0.08)
        error = rng.normal(0.0, np.hypot(sd, gain * spread))
        rv = lv * ratio
        found.append(RatioPair(rv * np.exp(error) - 2.0, lv - 1.0, rv, lv, spread))
    return found


@pytest.fixture(scope="module")
def fitted() -> HeartCalibration:
    return fit_heart_calibration(pairs(1), fitted_on="tests")


def test_margins_take_away_the_bias(fitted: HeartCalibration) -> None:
    assert fitted.rv_margin_mm == pytest.approx(2.0, abs=0.5)
    assert fitted.lv_margin_mm == pytest.approx(1.0, abs=1e-6)
    assert fitted.n_studies == N


def test_95_percent_of_new_ratios_lie_in_their_intervals(fitted: HeartCalibration) -> None:
    held, widths = [], []
    for pair in pairs(2, n=2000):
        ratio = (pair.rv_mm + fitted.rv_margin_mm) / (pair.lv_mm + fitted.lv_margin_mm)
        found = fitted.range_of(ratio, pair.spread)
        held.append(found.low <= pair.true_rv_mm / pair.true_lv_mm <= found.high)
        widths.append(np.log(found.high / found.low))
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)
    spreads = [pair.spread for pair in pairs(2, n=2000)]
    assert np.corrcoef(spreads, widths)[0, 1] > 0.9  # a study that is less sure says so


def test_residuals_with_long_tails_make_intervals_wider() -> None:
    """Every tenth study is far off: the normal law that fits the others holds too few."""
    rng = np.random.default_rng(5)
    lv, ratio = rng.uniform(38, 50, 600), rng.uniform(0.7, 1.3, 600)
    error = rng.normal(0.0, np.where(np.arange(600) % 10 == 0, 0.2, 0.03))
    tailed = [
        RatioPair(one * r * np.exp(e), one, one * r, one, 0.02)
        for one, r, e in zip(lv, ratio, error, strict=True)
    ]
    fitted = fit_heart_calibration(tailed[:300], fitted_on="tests")
    held = [
        found.low <= pair.true_rv_mm / pair.true_lv_mm <= found.high
        for pair in tailed[300:]
        for found in [fitted.range_of(pair.rv_mm / pair.lv_mm, pair.spread)]
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_probabilities_are_as_often_right_as_they_say(fitted: HeartCalibration) -> None:
    said, true = [], []
    for pair in pairs(3, n=4000):
        ratio = (pair.rv_mm + fitted.rv_margin_mm) / (pair.lv_mm + fitted.lv_margin_mm)
        found = fitted.range_of(ratio, pair.spread)
        assert found.p_gte_1 <= found.p_gte_0_9
        said.append(found.p_gte_1)
        true.append(pair.true_rv_mm >= pair.true_lv_mm)
    sure = np.array(said) > 0.8
    assert np.mean(np.array(true)[sure]) == pytest.approx(np.mean(np.array(said)[sure]), abs=0.03)


def test_a_ratio_at_a_mark_reaches_it_as_likely_as_not() -> None:
    found = HeartCalibration(0.0, 0.0, 0.05, 1.0, 40, "tests").range_of(1.0, 0.02)
    assert found.p_gte_1 == pytest.approx(0.5)


def test_too_few_studies_are_no_calibration() -> None:
    with pytest.raises(DatasetError, match="needs 20 studies"):
        fit_heart_calibration(pairs(1, n=19), fitted_on="tests")


def test_json_round_trip(fitted: HeartCalibration) -> None:
    assert HeartCalibration.from_dict(fitted.to_dict()) == fitted


@pytest.mark.parametrize("wrong", [{"sd": 0.0}, {"gain": -1.0}, {"rv_margin_mm": float("nan")}])
def test_what_is_no_calibration_is_refused(wrong: dict[str, float]) -> None:
    values = {"rv_margin_mm": 0.0, "lv_margin_mm": 0.0, "sd": 0.05, "gain": 1.0, **wrong}
    with pytest.raises(ValueError, match="out of range"):
        HeartCalibration(**values, n_studies=40, fitted_on="tests")
