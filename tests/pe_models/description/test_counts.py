"""Counts and baselines against the published figures, and on tables counted by hand."""

from pathlib import Path

import numpy as np
import pytest

from pe_models.description import baselines, counts
from pe_models.labels import EXAM_LABELS, RULES


def test_the_published_counts_come_out(published_table) -> None:
    assert counts.exams(published_table) == {
        "positive": 2211,
        "negative": 4911,
        "indeterminate": 157,
        "other": 0,
    }
    found = counts.labels(published_table)
    assert found["central_pe"]["n"] == found["central_pe"]["n_in_positive"] == 401
    assert found["negative_exam_for_pe"]["share"] == pytest.approx(4911 / 7279)
    assert found["negative_exam_for_pe"]["n_in_positive"] == 0
    low, high = found["central_pe"]["interval"]
    assert low < 401 / 7279 < high


def test_sites_strain_and_age_of_positive_exams_come_out(published_table) -> None:
    sites = {
        tuple(one["labels"]): one["n"] for one in counts.combinations(published_table, counts.SITES)
    }
    central, left, right = "central_pe", "leftsided_pe", "rightsided_pe"
    assert sites == {
        (right,): 627,
        (left,): 317,
        (left, right): 866,
        (central, left, right): 346,
        (central, right): 36,
        (central, left): 15,
        (central,): 4,
    }
    strain = counts.combinations(published_table, counts.STRAIN)
    assert strain == [
        {"labels": ["rv_lv_ratio_lt_1"], "n": 1271},
        {"labels": ["rv_lv_ratio_gte_1"], "n": 940},
    ]
    ages = counts.combinations(published_table, counts.CHRONICITY)
    assert [one["n"] for one in ages] == [1774, 292, 145]


def test_no_more_than_the_44_valid_states_occur(published_table) -> None:
    states = counts.states(published_table)
    assert len(states) <= 44
    assert states[0] == {"labels": ["negative_exam_for_pe"], "n": 4911}
    assert sum(one["n"] for one in states) == 7279


def test_the_joint_table_is_symmetric_with_the_counts_on_its_diagonal(published_table) -> None:
    joint = counts.joint(published_table)
    assert joint["leftsided_pe"]["rightsided_pe"] == 866 + 346
    assert all(joint[a][b] == joint[b][a] for a in joint for b in joint)
    assert joint["chronic_pe"]["chronic_pe"] == 292
    assert joint["negative_exam_for_pe"]["central_pe"] == 0


def test_lengths_and_positive_shares(make_table) -> None:
    table = make_table(
        [
            ({"negative_exam_for_pe"}, [0] * 10),
            ({"rightsided_pe"}, [0, 1, 1, 0]),
            ({"leftsided_pe"}, [1, 0, 0, 0, 0, np.nan]),
        ]
    )
    lengths = counts.images_per_exam(table)
    assert (lengths["min"], lengths["median"], lengths["max"]) == (4, 6, 10)
    assert lengths["mean"] == pytest.approx(20 / 3)
    assert counts.positive_shares(table).tolist() == [0.5, 0.2]
    shares = counts.positive_share(table)
    assert shares is not None
    assert shares["median"] == pytest.approx(0.35)
    image = counts.images(table)
    assert (image["n"], image["n_unknown"]) == (3, 1)
    assert image["share"] == pytest.approx(3 / 19)


def test_without_a_positive_exam_there_is_no_share(make_table) -> None:
    table = make_table([({"negative_exam_for_pe"}, [0, 0])])
    assert counts.positive_share(table) is None
    assert counts.combinations(table, counts.SITES) == []


def test_label_frequencies_alone_get_the_known_exam_loss(published_table) -> None:
    found = baselines.label_frequencies(published_table)
    assert found is not None
    assert found["exam_loss"] == pytest.approx(0.3183, abs=5e-5)
    # every positive exam has 7 positive images of 50: that share as a constant costs its entropy
    p = 7 / 50
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert found["image_score"] == pytest.approx(p)
    assert found["image_loss"] == pytest.approx(entropy)


def test_calling_everything_negative_is_right_for_all_that_is(published_table) -> None:
    found = baselines.always_negative(published_table)
    assert found["exam_accuracy"] == pytest.approx(1 - 2211 / 7279)
    assert found["image_accuracy"] == pytest.approx(1 - 2211 * 7 / (7279 * 50))


def test_with_an_unknown_label_there_is_no_baseline(make_table) -> None:
    table = make_table([({"negative_exam_for_pe"}, [0, np.nan])])
    assert baselines.label_frequencies(table) is None


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A file with a header and 20 rows, for their line numbers."""
    path = tmp_path / "train.csv"
    path.write_text("header\n" + "row\n" * 20)
    return path


def test_labels_that_break_a_rule_are_counted_and_named(make_table, lines) -> None:
    right = {"rightsided_pe", "rv_lv_ratio_lt_1"}
    table = make_table(
        [
            (right, [0, 1]),
            (right | {"rv_lv_ratio_gte_1"}, [0, 1]),
            ({"rv_lv_ratio_lt_1"}, [1, 0]),
            (right | {"chronic_pe", "acute_and_chronic_pe"}, [1, 0]),
            (right | {"negative_exam_for_pe"}, [1, 0]),
            (set(), [0, 0]),
            ({"indeterminate", "leftsided_pe"}, [0, 0]),
        ]
    )
    found = baselines.violations(table, lines)
    assert found == {
        "exams": 6,
        "not_judged": 0,
        "rules": dict.fromkeys(RULES, 1),
        "first_lines": {"1a": [4], "1b": [6], "1c": [8], "1d": [10], "2a": [12], "2b": [14]},
    }


def test_an_exam_with_unknown_labels_is_not_judged(make_table, lines) -> None:
    table = make_table([(set(), [0, 0]), (set(), [0, 0]), (set(), [np.nan, 0])])
    table.exam[1, EXAM_LABELS.index("indeterminate")] = np.nan
    found = baselines.violations(table, lines)
    assert (found["exams"], found["not_judged"]) == (1, 2)
    assert found["first_lines"] == {"2a": [2]}
