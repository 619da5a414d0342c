"""The structured report, read back by pydicom and by highdicom."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import highdicom
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from pe_models import NOTICE
from pe_models.findings import Findings, Flag
from pe_models.imaging.geometry import Geometry
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer
from pe_viewer.review import Decision, DecisionState, Ellipse, Length, Review

MakeReport = Callable[..., Report]
ReadObject = Callable[[Writer, Report], FileDataset]


def groups(dataset: Dataset) -> list[Dataset]:
    """The measurement groups, in the order of the document."""
    (measurements,) = [item for item in dataset.ContentSequence if item.ValueType == "CONTAINER"]
    return list(measurements.ContentSequence)


def tracked(dataset: Dataset, name: str) -> Dataset:
    """The group with this tracking identifier."""
    (group,) = [g for g in groups(dataset) if name in texts(g, "112039")]
    return group


def items(group: Dataset, code: str) -> Iterator[Dataset]:
    for item in group.ContentSequence:
        if item.get("ConceptNameCodeSequence", [Dataset()])[0].get("CodeValue") == code:
            yield item


def texts(group: Dataset, code: str) -> list[str]:
    return [item.TextValue for item in items(group, code)]


def answers(group: Dataset, code: str) -> list[str]:
    return [item.ConceptCodeSequence[0].CodeValue for item in items(group, code)]


def numbers(group: Dataset, code: str) -> list[float]:
    return [float(item.MeasuredValueSequence[0].NumericValue) for item in items(group, code)]


def image_of(item: Dataset) -> str:
    return str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)


def slice_scores(dataset: Dataset) -> dict[str, float]:
    """SOPInstanceUID -> score of the groups that stand for one slice: those without a name."""
    untracked = [g for g in groups(dataset) if not texts(g, "112039")]
    return {
        image_of(item): numbers(group, "SCORE")[0]
        for group in untracked
        for item in group.ContentSequence
        if item.ValueType == "IMAGE"
    }


def test_every_slice_has_its_score(
    unsigned_report: Report, findings: Findings, read_object: ReadObject
) -> None:
    written = slice_scores(read_object(write_structured_report, unsigned_report))

    assert written == pytest.approx({s.sop_instance_uid: s.pe_score for s in findings.slices})


def test_slices_of_a_task_without_pe_have_the_score_that_sums_up_its_labels(
    make_report: MakeReport, findings: Findings, read_object: ReadObject
) -> None:
    slices = tuple(
        replace(s, pe_score=None, pe_score_raw=None, scores={"any": 0.25, "subdural": 0.125})
        for s in findings.slices
    )
    head = replace(findings, task="hemorrhage", slices=slices, verdict=None, zone=None)
    written = slice_scores(
        read_object(write_structured_report, make_report(findings=head, review=Review()))
    )
    assert written == dict.fromkeys((s.sop_instance_uid for s in slices), 0.25)


def test_a_score_that_says_yes_by_a_hair_still_does(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    exam = tracked(read_object(write_structured_report, unsigned_report), "Examination")

    assert numbers(exam, "CENTRAL") == [0.500001]


def test_the_bundle_and_its_hash_stand_once(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    exam = tracked(read_object(write_structured_report, unsigned_report), "Examination")

    assert texts(exam, "111001") == ["pe-test"]
    assert texts(exam, "111003") == ["1.2"]
    assert texts(exam, "111002") == [f"sha256 {'ab' * 32}"]


def test_a_flag_carries_score_and_decision(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    dataset = read_object(write_structured_report, unsigned_report)
    rejected, accepted = tracked(dataset, "Flag 2"), tracked(dataset, "Flag 3")

    assert numbers(rejected, "SCORE") == [0.61]
    assert answers(rejected, "DECISION") == ["REJECTED"]
    assert answers(rejected, "REASON") == ["R_VEIN"]
    assert answers(accepted, "DECISION") == ["ACCEPTED"]
    assert answers(accepted, "272741003") == ["7771000"]
    assert answers(tracked(dataset, "Flag 1"), "DECISION") == []


def test_a_flag_names_its_peak_and_its_ends(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    flag = tracked(read_object(write_structured_report, unsigned_report), "Flag 1")

    assert [image_of(item) for item in items(flag, "121112")] == ["1.2.3.30.15"]
    assert [image_of(item) for item in items(flag, "RUN_FIRST")] == ["1.2.3.30.14"]
    assert [image_of(item) for item in items(flag, "RUN_LAST")] == ["1.2.3.30.17"]


def test_the_model_never_codes_embolism_as_found(
    make_report: MakeReport, read_object: ReadObject
) -> None:
    """Only a reader's entry may say SCT 59282003; the model's findings are local codes."""
    dataset = read_object(write_structured_report, make_report(review=Review()))

    assert "59282003" not in str(dataset)
    assert "52101004" not in str(dataset)


def test_a_run_of_the_reader_s_own_has_no_score(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    added = tracked(read_object(write_structured_report, unsigned_report), "Added 1")

    assert answers(added, "121071") == ["59282003"]
    assert texts(added, "121106") == ["Subsegmental"]
    assert numbers(added, "SCORE") == []


def test_what_the_reader_entered_is_coded(full_report: Report, read_object: ReadObject) -> None:
    reader = tracked(read_object(write_structured_report, full_report), "Reader")

    assert answers(reader, "59282003") == ["52101004"]
    assert answers(reader, "PROXIMAL_LEVEL") == ["LV_LOBAR"]
    assert answers(reader, "64662007") == ["2667000"]
    assert answers(reader, "R-LOWER") == ["OCC_COMPLETE"]
    assert texts(reader, "INCIDENTAL") == ["nodule: 4 mm, right upper lobe"]
    assert texts(reader, "ADDENDUM") == ["Roe^Rita, 2026-11-21 14:30: Ward was called."]


def test_the_ratio_of_loinc_is_the_inverse_of_the_form_s(
    full_report: Report, read_object: ReadObject
) -> None:
    reader = tracked(read_object(write_structured_report, full_report), "Reader")

    assert numbers(reader, "RV_LV_RATIO") == [pytest.approx(1.3)]  # 45.5 / 35
    assert numbers(reader, "59078-6") == [pytest.approx(35 / 45.5)]
    (diameter,) = items(reader, "RV_DIAMETER")
    assert image_of(diameter.ContentSequence[0]) == "1.2.3.30.4"


def test_burden_is_written_as_score_and_percentage(
    full_report: Report, read_object: ReadObject
) -> None:
    """Right lower lobe closed (5 segments x 2), left A3 in part (1): 11 of 40."""
    reader = tracked(read_object(write_structured_report, full_report), "Reader")

    assert numbers(reader, "QANADLI") == [11]
    assert numbers(reader, "QANADLI_INDEX") == [27.5]


def test_highdicom_reads_the_groups(full_report: Report) -> None:
    content = write_structured_report(full_report).documents[0].content
    report = highdicom.sr.srread(io.BytesIO(content)).content

    assert len(report.get_image_measurement_groups()) == 1 + 1 + 3 + 1 + 20
    assert len(report.get_planar_roi_measurement_groups()) == 3


def test_a_length_is_placed_from_the_corner_of_the_first_pixel(full_report: Report) -> None:
    """PS3.3 C.18.6: the corner of the first pixel is (0, 0); (column, row)."""
    content = write_structured_report(full_report).documents[0].content
    (length, wide, tall) = highdicom.sr.srread(
        io.BytesIO(content)
    ).content.get_planar_roi_measurement_groups()

    np.testing.assert_allclose(length.roi.value, [[20.5, 10.5], [24.5, 14.5]])
    np.testing.assert_allclose(
        wide.roi.value, [[20.5, 13.5], [36.5, 13.5], [28.5, 10.5], [28.5, 16.5]]
    )
    np.testing.assert_allclose(
        tall.roi.value, [[23.5, 10.5], [23.5, 30.5], [20.5, 20.5], [26.5, 20.5]]
    )
    (value,) = length.get_measurements()
    assert float(value.value) == pytest.approx(np.hypot(4 * 0.7, 4 * 0.8), abs=1e-6)


def test_what_reaches_beyond_the_image_ends_at_its_corners_and_an_ellipse_stays_one(
    make_report: MakeReport, review: Review
) -> None:
    """As measures of early versions do. PS3.3 C.18.6.1.2: from 0\\0 to the last pixel's corner."""
    measures = (
        Length(15, (-3.0, 20.0), (14.0, 900.0)),
        Ellipse(3, (10.0, -8.0), (16.0, 11.5)),
    )
    report = make_report(review=replace(review, measures=measures))
    content = write_structured_report(report).documents[0].content
    line, ellipse = highdicom.sr.srread(
        io.BytesIO(content)
    ).content.get_planar_roi_measurement_groups()
    cols = report.series.geometry.shape[2]

    np.testing.assert_allclose(line.roi.value, [[20.5, 0.0], [cols, 14.5]])
    np.testing.assert_allclose(
        ellipse.roi.value, [[0.0, 13.5], [12.0, 13.5], [6.0, 10.5], [6.0, 16.5]]
    )


def test_an_ellipse_carries_its_attenuation(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    group = tracked(read_object(write_structured_report, unsigned_report), "Measure 2")
    stats = unsigned_report.measurements[1].stats

    assert stats is not None
    assert numbers(group, "112181") == [pytest.approx(stats.mean_hu)]
    assert numbers(group, "42798000") == [pytest.approx(np.pi / 4 * 6 * 0.7 * 16 * 0.8)]


def test_an_unsigned_report_is_partial_and_a_signed_one_complete(
    unsigned_report: Report, full_report: Report, read_object: ReadObject
) -> None:
    unsigned = read_object(write_structured_report, unsigned_report)
    signed = read_object(write_structured_report, full_report)

    assert (unsigned.CompletionFlag, signed.CompletionFlag) == ("PARTIAL", "COMPLETE")
    assert unsigned.VerificationFlag == signed.VerificationFlag == "UNVERIFIED"
    assert "VerifyingObserverSequence" not in signed


def verified(report: Report, **changes: Any) -> Report:
    assert report.sign_off is not None
    return replace(report, sign_off=replace(report.sign_off, organization="St. Ida", **changes))


def test_a_site_can_let_a_signature_verify(
    full_report: Report, read_object: ReadObject, dciodvfy_errors: Callable[[bytes], list[str]]
) -> None:
    """PS3.3 C.17.2: who, for whom and when are needed once a document is VERIFIED."""
    report = verified(full_report, reader="Roe\\Rita")
    written = read_object(write_structured_report, report)
    (observer,) = written.VerifyingObserverSequence

    assert (written.CompletionFlag, written.VerificationFlag) == ("COMPLETE", "VERIFIED")
    assert written.PreliminaryFlag == "FINAL"
    assert observer.VerifyingObserverName == "Roe/Rita"
    assert observer.VerifyingOrganization == "St. Ida"
    assert observer.VerificationDateTime == "20261121143000+0100"
    assert dciodvfy_errors(write_structured_report(report).documents[0].content) == []


def test_a_signature_without_a_time_verifies_nothing(
    full_report: Report, read_object: ReadObject
) -> None:
    """As in a de-identified report, which cannot name who verified it."""
    written = read_object(write_structured_report, verified(full_report, signed_at=None))

    assert written.VerificationFlag == "UNVERIFIED"


def test_the_signed_report_names_its_reader(full_report: Report, read_object: ReadObject) -> None:
    dataset = read_object(write_structured_report, full_report)

    assert [str(item.PersonName) for item in items(dataset, "121008")] == ["Roe^Rita"]


def test_the_notice_stands_in_header_and_content(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    dataset = read_object(write_structured_report, unsigned_report)

    assert dataset.CompletionFlagDescription == NOTICE
    assert NOTICE in next(items(dataset, "121013")).TextValue
    assert texts(tracked(dataset, "Examination"), "121106") == [NOTICE]


def test_a_finding_keeps_its_tracking_uid_from_export_to_export(
    make_report: MakeReport, read_object: ReadObject
) -> None:
    first, second = (read_object(write_structured_report, make_report()) for _ in range(2))
    uids = [[item.UID for item in items(tracked(d, "Flag 1"), "112040")] for d in (first, second)]

    assert uids[0] == uids[1]
    assert first.SOPInstanceUID != second.SOPInstanceUID


def test_frames_of_one_file_are_told_apart(scored_frames: Report, read_object: ReadObject) -> None:
    dataset = read_object(write_structured_report, scored_frames)
    named = {
        (image_of(item), int(item.ReferencedSOPSequence[0].ReferencedFrameNumber))
        for group in groups(dataset)
        if not texts(group, "112039")
        for item in group.ContentSequence
        if item.ValueType == "IMAGE"
    }
    (study,) = dataset.CurrentRequestedProcedureEvidenceSequence

    assert len(named) == 20
    assert len(study.ReferencedSeriesSequence[0].ReferencedSOPSequence) == 2


def test_a_report_with_nothing_said_is_left_out(bare_report: Report) -> None:
    rendering = write_structured_report(bare_report)

    assert rendering.documents == ()
    assert rendering.omitted == ("sr: not analysed, and nothing entered by a reader",)


def test_a_reader_s_report_needs_no_model(
    make_report: MakeReport, review: Review, read_object: ReadObject
) -> None:
    report = make_report(findings=None, heatmaps=(), review=review)
    dataset = read_object(write_structured_report, report)

    assert texts(tracked(dataset, "Reader"), "19005-8") == [review.comment]
    assert dataset.ManufacturerModelName == "PE Reading Room"


def test_images_without_uids_cannot_be_referred_to(make_report: MakeReport) -> None:
    report = make_report(findings=None, heatmaps=())
    nameless = tuple(replace(source, sop_instance_uid="") for source in report.series.slices)
    report = replace(report, series=replace(report.series, slices=nameless))

    assert write_structured_report(report).omitted == ("sr: the images carry no UIDs to refer to",)


@pytest.fixture
def make_long_report(unsigned_report: Report, findings: Findings) -> MakeReport:
    """Slices with the longest UIDs that there can be, 64 characters (PS3.5 9.1), and flags."""

    def make(n_slices: int, n_flags: int, **changes: Any) -> Report:
        source, score = unsigned_report.series.slices[0], findings.slices[0]
        uids = [f"1.3.6.1.4.1.14519.5.2.1.6279.6001.1{index:029}" for index in range(n_slices)]
        assert len(uids[0]) == 64
        spacing_mm = unsigned_report.series.geometry.spacing_mm
        series = replace(
            unsigned_report.series,
            slices=tuple(replace(source, sop_instance_uid=uid) for uid in uids),
            geometry=Geometry.axial((n_slices, 40, 60), spacing_mm),
        )
        values = np.random.default_rng(7).random(n_slices)
        scores = tuple(
            replace(score, slice_index=k, sop_instance_uid=uid, pe_score=float(values[k]))
            for k, uid in enumerate(uids)
        )
        flags = tuple(Flag(9 * k, 9 * k + 1, 9 * k + 3, 0.6) for k in range(n_flags))
        made = replace(findings, slices=scores, flags=flags)
        return replace(
            unsigned_report,
            series=series,
            findings=made,
            heatmaps=(),
            **{**NOTHING_READ, **changes},
        )

    return make


NOTHING_READ: dict[str, Any] = {"review": Review(), "measurements": (), "form": None}


def test_275_slices_with_the_longest_uids_fit_in_200_kilobytes(
    make_long_report: MakeReport,
) -> None:
    """Twelve runs are many."""
    (document,) = write_structured_report(make_long_report(275, 12)).documents

    assert len(slice_scores(dcmread(io.BytesIO(document.content)))) == 275
    assert len(document.content) < 200_000


@pytest.fixture
def parted(make_long_report: MakeReport, measured: Review, full_report: Report) -> Report:
    """Thirty decided runs, twelve measures, a signed form: more than one document holds."""
    bare = make_long_report(275, 30)
    assert bare.findings is not None
    decisions = tuple(
        replace(Decision.on_flag(f, DecisionState.ACCEPTED), comment="Seen in two planes.")
        for f in bare.findings.flags
    )
    return make_long_report(
        275,
        30,
        review=replace(measured, decisions=decisions),
        measurements=full_report.measurements * 4,
        form=full_report.form,
        sign_off=full_report.sign_off,
    )


def test_a_report_too_large_for_one_document_has_its_slices_apart(
    parted: Report, dciodvfy_errors: Callable[[bytes], list[str]]
) -> None:
    said, slices = write_structured_report(parted).documents
    documents = [dcmread(io.BytesIO(made.content)) for made in (said, slices)]

    assert (said.ending, slices.ending) == (".dcm", "-slices1.dcm")
    assert max(len(said.content), len(slices.content)) < 200_000
    assert slice_scores(documents[0]) == {}
    assert len(slice_scores(documents[1])) == 275
    assert tracked(documents[0], "Flag 30")
    assert len(documents[0].CurrentRequestedProcedureEvidenceSequence[0]
               .ReferencedSeriesSequence[0].ReferencedSOPSequence) < 100  # fmt: skip
    assert dciodvfy_errors(said.content) == dciodvfy_errors(slices.content) == []


def test_its_parts_are_one_series_and_each_names_the_model(parted: Report) -> None:
    documents = [
        dcmread(io.BytesIO(made.content)) for made in write_structured_report(parted).documents
    ]

    assert len({d.SeriesInstanceUID for d in documents}) == 1
    assert len({d.SOPInstanceUID for d in documents}) == 2
    assert [int(d.InstanceNumber) for d in documents] == [1, 2]
    for document in documents:
        assert document.CompletionFlag == "COMPLETE"
        assert texts(tracked(document, "Examination"), "111001") == ["pe-test"]


def test_a_thousand_slices_stand_in_documents_of_one_size(make_long_report: MakeReport) -> None:
    documents = write_structured_report(make_long_report(1000, 3)).documents
    scores = [slice_scores(dcmread(io.BytesIO(made.content))) for made in documents]

    assert [made.ending for made in documents] == [
        ".dcm", "-slices1.dcm", "-slices2.dcm", "-slices3.dcm", "-slices4.dcm",
    ]  # fmt: skip
    assert [len(of_part) for of_part in scores] == [0, 280, 280, 280, 160]
    assert max(len(made.content) for made in documents) < 200_000


def test_a_decision_on_a_run_of_another_bundle_is_a_group(
    make_report: MakeReport, read_object: ReadObject
) -> None:
    review = Review((Decision(5, 6, 6, DecisionState.REJECTED, comment="azygos"),))
    document = read_object(write_structured_report, make_report(review=review))
    assert texts(tracked(document, "Of another bundle 1"), "121106") == ["azygos"]


def test_an_ellipse_over_what_is_no_hu_claims_no_attenuation(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    magnetic = replace(unsigned_report, series=replace(unsigned_report.series, modality="MR"))
    document = read_object(write_structured_report, magnetic)
    measured = tracked(document, "Measure 2")
    (mean,) = items(measured, "373098007")
    assert mean.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "1"
    assert not list(items(measured, "112181"))
    assert "hnsf" not in measured.to_json()
