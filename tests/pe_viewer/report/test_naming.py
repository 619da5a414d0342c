"""Names of files: of no patient, and of one series alone."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pe_models.imaging.study import Series, Study
from pe_viewer.report.build import build_report
from pe_viewer.report.export import export
from pe_viewer.report.model import Report
from pe_viewer.report.naming import series_tail
from pe_viewer.review import Review

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


def with_uid(series: Series, uid: str, first_image: str = "1.2.3.30.0") -> Series:
    first = replace(series.slices[0], sop_instance_uid=first_image)
    return replace(series, series_uid=uid, slices=(first, *series.slices[1:]))


def tails(study: Study) -> list[str]:
    return [series_tail(study, series) for series in study.series]


def test_the_only_series_of_a_study_needs_no_name_of_its_own(study: Study) -> None:
    assert tails(study) == [""]


def test_each_of_several_series_has_a_name_of_its_own(study: Study) -> None:
    (series,) = study.series
    several = [with_uid(series, uid) for uid in ("1.2.3.2000000001", "1.2.3.2000000002")]
    assert tails(replace(study, series=tuple(several))) == ["00000001", "00000002"]


def test_stacks_of_one_series_and_uids_with_one_ending_are_numbered_whatever_their_order(
    study: Study,
) -> None:
    (series,) = study.series
    several = [
        with_uid(series, "1.2.88888888", "1.9.3"),
        with_uid(series, "1.2.88888888", "1.9.1"),
        with_uid(series, "1.7.88888888", "1.9.2"),
    ]
    assert tails(replace(study, series=tuple(several))) == [
        "88888888-3",
        "88888888-1",
        "88888888-2",
    ]
    turned = replace(study, series=tuple(reversed(several)))
    assert [series_tail(turned, each) for each in several] == tails(
        replace(study, series=tuple(several))
    )


def report_on(study: Study, series: Series, *, deidentify: bool = False) -> Report:
    return build_report(study, series, None, None, (), Review(), created=NOW, deidentify=deidentify)


def test_reports_on_two_series_of_a_study_stand_side_by_side(study: Study, tmp_path: Path) -> None:
    (series,) = study.series
    both = replace(study, series=(series, with_uid(series, "1.2.3.21")))
    for each in both.series:
        export(report_on(both, each), tmp_path, ["json"])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["json-87654321-12320.json", "json-87654321-12321.json"]


def test_a_deidentified_name_holds_no_end_of_a_real_uid(study: Study) -> None:
    (series,) = study.series
    both = replace(study, series=(series, with_uid(series, "1.2.3.21")))
    report = report_on(both, series, deidentify=True)
    assert report.series_tail
    assert not {"87654321", "12320"} & set(report.file_tail.split("-"))
