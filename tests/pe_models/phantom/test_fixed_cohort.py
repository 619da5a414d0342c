"""Cohorts fixed in a file: the round trip, and what bad files end in."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models.phantom.fixed_cohort import (
    FixedCohort,
    FixedStudy,
    cohort_text,
    read_fixed_cohort,
)
from pe_models.phantom.spec import Kernel, Level, Mimic, PhantomError, PhantomSpec

SPEC = PhantomSpec(
    matrix=128,
    slice_spacing_mm=2.5,
    slice_thickness_mm=0.6,
    is_positive=True,
    artery_hu=310.0,
    kernel=Kernel.SHARP,
    levels=(Level.LOBAR, Level.SEGMENTAL),
    mimics=(Mimic.NODULES,),
)
COHORT = FixedCohort(
    "two", "2", (FixedStudy(900_001, SPEC), FixedStudy(900_002, PhantomSpec(is_positive=False)))
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cohort.json"
    path.write_text(cohort_text(COHORT), encoding="utf-8")
    return path


def test_a_cohort_comes_back_from_its_file_as_it_was(file: Path) -> None:
    assert read_fixed_cohort(file) == COHORT


def test_each_study_stands_on_a_line_of_its_own(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert [sum(str(study.seed) in line for line in lines) for study in COHORT.studies] == [1, 1]


def test_what_is_asked_of_a_phantom_is_part_of_its_name() -> None:
    study = COHORT.studies[0]
    assert study.name.startswith("900001-")
    assert replace(study, spec=replace(SPEC, artery_hu=311.0)).name != study.name
    assert replace(study, spec=replace(SPEC)).name == study.name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "schema version 1"),
        ({"studies": []}, "no studies"),
        ({"studies": None}, "not a whole cohort"),
        ({"name": ...}, "not a whole cohort: 'name'"),
        ({"studies": [{"seed": 5, "is_positive": True}]}, "Seed 5 .* begin at 900000"),
        ({"studies": [{"seed": 900_001}]}, "900001 does not say whether it is_positive"),
        ({"studies": [{"seed": 900_001, "is_positive": True}] * 2}, "900001 stands twice"),
        ({"studies": [{"seed": "x", "is_positive": True}]}, "'x' is no seed"),
        ({"studies": [{"seed": 900_001, "is_positive": True, "colour": 1}]}, "no 'colour'"),
        ({"studies": [{"seed": 900_001, "is_positive": True, "artery_hu": 9}]}, "between 150"),
        ({"studies": [{"seed": 900_001, "is_positive": True, "kernel": "odd"}]}, "odd"),
        ({"studies": ["a"]}, "not a whole cohort"),
    ],
)
def test_a_file_that_is_no_cohort_is_refused_with_its_reason(
    file: Path, change: dict[str, object], message: str
) -> None:
    record = json.loads(file.read_text()) | change
    file.write_text(json.dumps({k: v for k, v in record.items() if v is not ...}))
    with pytest.raises(PhantomError, match=message):
        read_fixed_cohort(file)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00"])
def test_a_file_that_is_no_json_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(PhantomError, match=r"no JSON|no cohort"):
        read_fixed_cohort(file)


def test_a_cohort_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="cannot be read: No such file"):
        read_fixed_cohort(tmp_path / "none.json")
    with pytest.raises(PhantomError, match="cannot be read: Is a directory"):
        read_fixed_cohort(tmp_path)
