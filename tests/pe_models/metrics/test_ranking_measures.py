"""Areas, curves and intervals against definitions written anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.metrics import auc, auc_with_interval, average_precision, roc_curve

ranked = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.3, 0.5, 0.9])), min_size=1)


def drawn(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    truth = (rng.random(n) < 0.4).astype(float)
    return truth, np.round(rng.normal(truth, 1.2), 1)  # with ties


@given(ranked)
def test_auc_is_the_share_of_pairs_in_order(pairs) -> None:
    truth, scores = [float(y) for y, _ in pairs], [s for _, s in pairs]
    positive = [s for y, s in pairs if y]
    negative = [s for y, s in pairs if not y]
    found = auc(truth, scores)
    if not positive or not negative:
        assert found is None
    else:
        wins = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
        assert found == pytest.approx(np.mean(wins))


def test_average_precision_is_the_sum_of_precision_over_gains_in_recall() -> None:
    # ranks: hit, miss, hit, miss: precision 1 and 2/3 at the hits
    assert average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]) == pytest.approx((1 + 2 / 3) / 2)
    # one tied group of all: precision is the prevalence
    assert average_precision([1, 0, 0, 1], [0.5] * 4) == pytest.approx(0.5)
    assert average_precision([0, 0], [0.1, 0.2]) is None


@pytest.mark.parametrize(
    ("truth", "scores"), [([2], [0.1]), ([1], [np.nan]), ([1, 0], [0.5]), ([[1]], [[0.5]])]
)
def test_what_is_no_truth_or_score_is_refused(truth, scores) -> None:
    with pytest.raises(ValueError, match="truth|scores"):  # noqa: RUF043
        auc(truth, scores)


def delong_by_pairs(truth, scores) -> tuple[float, float]:
    """Area and variance from the kernel of every pair (DeLong et al. 1988, equations 3 to 6)."""
    x, y = scores[truth == 1], scores[truth == 0]
    kernel = np.array([[(a > b) + 0.5 * (a == b) for b in y] for a in x])
    v10, v01 = kernel.mean(axis=1), kernel.mean(axis=0)
    return kernel.mean(), v10.var(ddof=1) / len(x) + v01.var(ddof=1) / len(y)


def on_logit_scale(area: float, variance: float) -> tuple[float, float]:
    half = 1.959963984540054 * np.sqrt(variance) / (area * (1 - area))
    low, high = (np.log(area / (1 - area)) + sign * half for sign in (-1, 1))
    return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_independent_samples_is_delongs(seed: int) -> None:
    truth, scores = drawn(np.random.default_rng(seed), 90)
    found = auc_with_interval(truth, scores)
    area, variance = delong_by_pairs(truth, scores)
    assert found is not None
    assert found.value == pytest.approx(area)
    assert found.interval == pytest.approx(on_logit_scale(area, variance))


def test_samples_repeated_within_a_cluster_tell_nothing_new() -> None:
    truth, scores = drawn(np.random.default_rng(8), 60)
    once = auc_with_interval(truth, scores)
    thrice = auc_with_interval(
        np.repeat(truth, 3), np.repeat(scores, 3), clusters=np.repeat(np.arange(60), 3)
    )
    taken_for_new = auc_with_interval(np.repeat(truth, 3), np.repeat(scores, 3))
    assert once is not None
    assert thrice is not None
    assert taken_for_new is not None
    assert thrice.interval == pytest.approx(once.interval)
    assert np.ptp(taken_for_new.interval) < 0.7 * np.ptp(once.interval)


def test_the_interval_of_clusters_is_as_wide_as_drawing_clusters_anew_makes_it() -> None:
    rng = np.random.default_rng(4)
    n_clusters, size = 150, 12
    cluster = np.repeat(np.arange(n_clusters), size)
    truth = (rng.random(cluster.size) < np.repeat(rng.beta(0.4, 0.8, n_clusters), size)) * 1.0
    scores = (
        truth + np.repeat(rng.normal(0, 0.9, n_clusters), size) + rng.normal(0, 0.9, truth.size)
    )
    found = auc_with_interval(truth, scores, clusters=cluster)
    by_cluster = np.arange(cluster.size).reshape(n_clusters, size)
    resampled = []
    for _ in range(400):
        chosen = by_cluster[rng.integers(0, n_clusters, n_clusters)].ravel()
        resampled.append(auc(truth[chosen], scores[chosen]))
    low, high = np.quantile(resampled, [0.025, 0.975])
    assert found is not None
    assert np.ptp(found.interval) == pytest.approx(high - low, rel=0.12)
    naive = auc_with_interval(truth, scores)
    assert naive is not None
    assert np.ptp(naive.interval) < 0.75 * np.ptp(found.interval)


def test_unknown_truth_has_no_part_in_an_interval() -> None:
    truth, scores = drawn(np.random.default_rng(2), 50)
    cluster = np.arange(50) // 2
    with_unknown = auc_with_interval(
        np.append(truth, [np.nan, np.nan]),
        np.append(scores, [0.3, np.nan]),
        clusters=np.append(cluster, [25, 3]),
    )
    assert with_unknown == auc_with_interval(truth, scores, clusters=cluster)


def test_where_no_variance_can_be_told_there_is_no_interval() -> None:
    perfect = auc_with_interval([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    assert perfect is not None
    assert (perfect.value, perfect.interval) == (1.0, None)
    one_positive = auc_with_interval([0, 0, 1], [0.1, 0.9, 0.8])
    assert one_positive is not None
    assert one_positive.interval is None
    assert auc_with_interval([1, 1], [0.1, 0.9]) is None


def test_the_roc_curve_passes_through_every_threshold_and_holds_the_area() -> None:
    truth, scores = drawn(np.random.default_rng(3), 80)
    curve = roc_curve(truth, scores)
    assert curve is not None
    called = [np.full(80, False)] + [scores >= t for t in sorted(set(scores), reverse=True)]
    assert curve.false_positive_rate == pytest.approx([c[truth == 0].mean() for c in called])
    assert curve.sensitivity == pytest.approx([c[truth == 1].mean() for c in called])
    area = np.trapezoid(curve.sensitivity, curve.false_positive_rate)
    assert area == pytest.approx(auc(truth, scores))


def test_a_long_roc_curve_is_thinned_and_keeps_its_ends() -> None:
    rng = np.random.default_rng(1)
    truth, scores = (rng.random(30_000) < 0.1) * 1.0, rng.random(30_000)
    curve = roc_curve(truth, scores)
    assert curve is not None
    assert curve.sensitivity.size <= 2000
    assert (curve.sensitivity[0], curve.sensitivity[-1]) == (0.0, 1.0)
    assert (curve.false_positive_rate[0], curve.false_positive_rate[-1]) == (0.0, 1.0)
    area = np.trapezoid(curve.sensitivity, curve.false_positive_rate)
    assert area == pytest.approx(auc(truth, scores), abs=1e-3)
    assert roc_curve([1, 1], [0.2, 0.3]) is None
