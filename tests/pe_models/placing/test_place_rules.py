"""Rules for places come back from their JSON, and refuse what means nothing."""

import json
from dataclasses import asdict

import pytest

from pe_models.placing.exam_sides import ExamSideRule
from pe_models.placing.levels import LevelRule
from pe_models.placing.rules import PlaceRules


def back(rules: PlaceRules) -> PlaceRules:
    return PlaceRules.from_dict(json.loads(json.dumps(asdict(rules))))


def test_rules_come_back_from_their_json(
    wide_is_central: LevelRule, side_rule: ExamSideRule
) -> None:
    rules = PlaceRules(0.6, 0.95, wide_is_central, side_rule, "20 phantoms")
    assert back(rules) == rules
    assert back(PlaceRules()) == PlaceRules()


@pytest.mark.parametrize("scores", [(0.0, 0.5), (0.5, 1.0), (float("nan"), 0.5)])
def test_a_least_score_is_between_none_and_all(scores: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="least score"):
        PlaceRules(*scores)
