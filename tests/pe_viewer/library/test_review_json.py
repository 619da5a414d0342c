"""A reading as JSON: all of it comes back."""

import json

import pytest

from pe_viewer.library.review_json import Reading, reading_from_json, reading_to_json
from tests.pe_viewer.library.conftest import READING


def test_everything_comes_back_as_it_was() -> None:
    assert reading_from_json(reading_to_json(READING)) == READING
    assert reading_from_json(reading_to_json(Reading())) == Reading()


def test_viewed_slices_are_written_as_runs() -> None:
    assert json.loads(reading_to_json(READING))["viewed"] == [[0, 2], [7, 7], [11, 11]]


def test_a_reading_of_an_earlier_version_knew_of_no_model_and_nothing_begun() -> None:
    record = json.loads(reading_to_json(READING))
    del record["model_was_seen"], record["begun_addendum"], record["begun_reasons"]
    reading = reading_from_json(json.dumps(record))
    assert not reading.model_was_seen
    assert reading.review.begun_addendum == ""
    assert reading.review.begun_reasons == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema_version": 2}', '{"schema_version": 1}', "\x00", '"x"']
)
def test_what_is_no_reading_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        reading_from_json(text)


def test_slices_that_a_series_does_not_have_empty_the_reading() -> None:
    assert READING.fitting(12) == READING
    assert READING.fitting(11) == Reading()


@pytest.mark.parametrize("spoilt", [["words"], "words", None])
def test_half_typed_reasons_that_are_none_refuse_the_reading(spoilt: object) -> None:
    record = json.loads(reading_to_json(READING)) | {"begun_reasons": spoilt}
    with pytest.raises(ValueError):
        reading_from_json(json.dumps(record))
