"""Every code is real: by its check digit, and by pydicom's copy of the standard."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydicom.sr._concepts_dict import concepts
from pydicom.sr.coding import Code

from pe_models import labels
from pe_models.findings import QualityCode, Verdict, Zone
from pe_viewer.form.answers import Acuity, BolusQuality, Degree, Level, Presence, Reflux, Septum
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.report.coded import codes
from pe_viewer.review import DecisionState, RejectionReason

_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""Verhoeff's permutation, applied once a place from the right."""

REPOSITORY = Path(__file__).resolve().parents[4]

NOT_IN_PYDICOM = {"64662007", "2667000", "79077-4"}
"""Second hand: by the facts of the project and by their check digit alone."""


def all_codes() -> Iterator[Code]:
    for value in vars(codes).values():
        if isinstance(value, Code):
            yield value
        elif isinstance(value, Mapping):
            yield from (code for code in value.values() if isinstance(code, Code))
    for site in ArterialSite:
        yield codes.artery(site)
        yield from (Code(c.value, c.scheme, c.meaning) for c in site.laterality_and_lobe)
    yield from (
        code
        for sides in ({"left"}, {"right"}, {"left", "right"})
        if (code := codes.laterality(sides)) is not None
    )


def of_scheme(scheme: str) -> list[Code]:
    return sorted({code for code in all_codes() if code.scheme_designator == scheme})


def verhoeff(digits: str) -> int:
    """0 for a number with the right check digit (Verhoeff 1969; SNOMED CT identifiers)."""
    check = 0
    for position, character in enumerate(reversed(digits)):
        digit = int(character)
        for _ in range(position % 8):
            digit = _TURN[digit]
        check = in_dihedral_group(check, digit)
    return check


def in_dihedral_group(first: int, second: int) -> int:
    """The product of two elements of the group of order 10: 0 to 4 turn, 5 to 9 reflect."""
    turned = first - second if first >= 5 else first + second
    return turned % 5 + (5 if (first >= 5) != (second >= 5) else 0)


def mod_10(digits: str) -> int:
    """The check digit of a LOINC number (LOINC Users' Guide, Luhn)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return -total % 10


def test_snomed_codes_have_the_right_check_digit() -> None:
    values = [code.value for code in of_scheme("SCT")]

    assert len(values) > 15
    assert [v for v in values if not re.fullmatch(r"\d{6,18}", v) or verhoeff(v) != 0] == []


def test_loinc_codes_have_the_right_check_digit() -> None:
    parts = [code.value.split("-") for code in of_scheme("LN")]

    assert len(parts) > 3
    assert [number for number, digit in parts if mod_10(number) != int(digit)] == []


def test_the_check_digits_tell_a_wrong_code() -> None:
    assert verhoeff("59282004") != 0
    assert verhoeff("59288203") != 0
    assert mod_10("59087") != 6


@pytest.mark.parametrize("scheme", ["DCM", "SCT", "LN", "UCUM"])
def test_a_code_is_in_the_dictionary_of_the_standard(scheme: str) -> None:
    known = {value for by_value in concepts[scheme].values() for value in by_value}
    unknown = {code.value for code in of_scheme(scheme)} - known

    assert unknown <= NOT_IN_PYDICOM


@pytest.mark.parametrize("scheme", ["DCM", "UCUM"])
def test_a_code_means_what_the_standard_says(scheme: str) -> None:
    meanings = {v: m for by_value in concepts[scheme].values() for v, (m, _) in by_value.items()}

    assert [c for c in of_scheme(scheme) if meanings[c.value] != c.meaning] == []


def test_no_code_is_made_elsewhere() -> None:
    """Else it would not be checked here."""
    package = Path(codes.__file__).parents[2]
    making = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
        in ("Code", "CodedConcept")
    }

    assert making == {"report/coded/codes.py", "form/sites.py"}


def test_the_conformance_page_names_no_code_that_is_not_there() -> None:
    page = (REPOSITORY / "docs" / "report-dicom.md").read_text(encoding="utf-8")
    section = page.split("## Codes")[1].split("## Geometry")[0]
    local = set(re.findall(r"`([A-Z][A-Z_]{3,})`", section))
    public = set(re.findall(r"(?:DCM|SCT) (\d+)", section))
    known = {code.value for code in all_codes()}

    assert len(local) > 15
    assert len(public) == 4
    assert (local | public) - known == set()


def test_codes_fit_their_attributes() -> None:
    """PS3.5 6.2: SH holds 16 characters, LO 64."""
    too_long = [
        code
        for code in set(all_codes())
        if not (0 < len(code.value) <= 16 and 0 < len(code.meaning) <= 64)
    ]
    assert too_long == []


def test_two_local_codes_never_share_a_value() -> None:
    local = set(of_scheme(codes.LOCAL_SCHEME))

    assert len({code.value for code in local}) == len(local)


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        (codes.EXAM_LABELS, labels.EXAM_LABELS),
        (codes.VERDICTS, Verdict),
        (codes.ZONES, Zone),
        (codes.QUALITY, QualityCode),
        (codes.DECISIONS, DecisionState),
        (codes.REASONS, RejectionReason),
        (codes.PRESENCES, Presence),
        (codes.LEVELS, Level),
        (codes.ACUITIES, Acuity),
        (codes.BOLUS_QUALITIES, BolusQuality),
        (codes.DEGREES, Degree),
        (codes.SEPTA, Septum),
        (codes.REFLUXES, Reflux),
        (codes.OCCLUSIONS, Occlusion),
    ],
)
def test_a_table_has_a_code_for_everything(table: Mapping[object, Code], keys: object) -> None:
    assert set(table) == set(keys)  # type: ignore[call-overload]


def test_a_label_of_another_task_gets_a_code_of_its_own() -> None:
    code = codes.exam_label("subarachnoid_hemorrhage")

    assert code.scheme_designator == codes.LOCAL_SCHEME
    assert len(code.value) <= 16
    assert "subarachnoid_hemorrhage" in code.meaning


def test_a_map_of_an_unknown_method_is_a_visual_explanation() -> None:
    assert codes.map_quantity("occlusion").value == "130401"
    assert codes.map_quantity("grad-cam").value == "130403"


def test_the_side_of_a_flag_without_sides_is_not_coded() -> None:
    assert codes.laterality(()) is None
