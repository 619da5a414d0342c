from dataclasses import replace

from pe_models.findings import Findings
from pe_models.heart_findings import RightHeart, Width
from pe_models.imaging.geometry import Geometry
from pe_viewer.draft.known import completed
from pe_viewer.draft.model_lines import model_line
from pe_viewer.form.answers import Source
from pe_viewer.review import Review, Structure

GEOMETRY = Geometry.axial((20, 60, 80), (2.5, 1.0, 1.0))
HEART = RightHeart(
    Width(5, (10.0, 10.0), (10.0, 54.0), 44.0), Width(7, (20.0, 10.0), (20.0, 50.0), 40.0)
)


def test_a_line_that_was_taken_over_is_the_models_until_it_is_moved(findings: Findings) -> None:
    said = replace(findings, heart=HEART)
    lines = [model_line(said, structure) for structure in (Structure.RV, Structure.LV)]
    review = Review()
    for line in lines:
        assert line is not None
        review = review.with_measure(line)
    taken = completed(review, GEOMETRY, said)
    assert (taken.rv.mm if taken.rv else None) == 44.0
    assert taken.sources["rv"] is taken.sources["lv"] is Source.MODEL_LINE

    assert lines[0] is not None
    moved = completed(review.with_measure(replace(lines[0], end=(10.0, 50.0))), GEOMETRY, said)
    assert moved.sources["rv"] is Source.MEASUREMENT
    assert moved.sources["lv"] is Source.MODEL_LINE
    assert moved.rv_lv_ratio == 1.0


def test_the_models_lines_answer_nothing_by_themselves(findings: Findings) -> None:
    form = completed(Review(), GEOMETRY, replace(findings, heart=HEART))
    assert form.rv is form.lv is None
