"""The images that the objects speak of, as references: no file is opened, none need still exist."""

from collections.abc import Iterable, Sequence

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from pe_models.imaging.study import SliceSource
from pe_models.imaging.warnings import WarningCode
from pe_viewer.report.dicom.identity import series_uid, stable_uid, study_uid
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Rendering

NO_UIDS = "the images carry no UIDs to refer to"


def unreferable(name: str, report: Report) -> Rendering | None:
    """The empty Rendering of a format that cannot refer to its images; None where it can."""
    if all(s.sop_instance_uid and s.sop_class_uid for s in report.series.slices):
        return None
    return Rendering((), (f"{name}: {NO_UIDS}",))


def reference(source: SliceSource) -> Dataset:
    """An item that names one image, with its frame where it is one of several (PS3.3 10.3)."""
    item = Dataset()
    item.ReferencedSOPClassUID = source.sop_class_uid
    item.ReferencedSOPInstanceUID = source.sop_instance_uid
    if source.frame_number is not None:
        item.ReferencedFrameNumber = source.frame_number
    return item


def evidence(report: Report, slice_indices: Iterable[int]) -> list[Dataset]:
    """Study > series > instances (PS3.3 C.17.2.1), each file once."""
    study, series = Dataset(), Dataset()
    series.SeriesInstanceUID = series_uid(report)
    series.ReferencedSOPSequence = instances(report, slice_indices)
    study.StudyInstanceUID = study_uid(report)
    study.ReferencedSeriesSequence = [series]
    return [study]


def instances(report: Report, slice_indices: Iterable[int]) -> list[Dataset]:
    """One item a file, without frames, in Volume order."""
    files = {report.source(k).sop_instance_uid: report.source(k) for k in sorted(slice_indices)}
    items = []
    for source in files.values():
        item = Dataset()
        item.ReferencedSOPClassUID = source.sop_class_uid
        item.ReferencedSOPInstanceUID = source.sop_instance_uid
        items.append(item)
    return items


def frame_of_reference_uid(report: Report) -> str:
    """The series' frame of reference; one of its own where it has none or one a slice.

    A viewer then places the object by the images that it refers to, which it always names.
    """
    codes = {warning.code for warning in report.series.warnings}
    uid = report.series.frame_of_reference_uid
    if not uid or WarningCode.MIXED_FRAMES_OF_REFERENCE in codes:
        return stable_uid(report, "frame of reference")
    return uid


def orientation(report: Report) -> list[float]:
    """ImageOrientationPatient: the direction of a row of pixels, then that of a column."""
    _, down, across = report.series.geometry.directions
    return [*across, *down]


def stand_in(report: Report, slice_index: int) -> Dataset:
    """An image's header as highdicom wants it, without pixels and without patient data.

    ``identity.encode`` writes the study's own facts over what is empty here.
    """
    source, series = report.source(slice_index), report.series
    image = Dataset()
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex"):
        setattr(image, keyword, "")
    for keyword in ("StudyDate", "StudyTime", "AccessionNumber", "StudyID"):
        setattr(image, keyword, "")
    image.StudyInstanceUID = study_uid(report)
    image.SeriesInstanceUID = series_uid(report)
    image.FrameOfReferenceUID = frame_of_reference_uid(report)
    image.PositionReferenceIndicator = ""
    image.SOPClassUID = source.sop_class_uid
    image.SOPInstanceUID = source.sop_instance_uid
    if source.frame_number is not None:
        image.NumberOfFrames = source.frame_number
    image.Modality = series.modality
    image.SamplesPerPixel = source.pixels.samples_per_pixel
    image.PhotometricInterpretation = source.pixels.photometric
    image.Rows, image.Columns = series.rows, series.cols
    image.ImageOrientationPatient = orientation(report)
    image.ImagePositionPatient = list(source.image_position)
    image.PixelSpacing = list(series.geometry.spacing_mm[1:])
    image.SliceThickness = slice_thickness_mm(report)
    spacing_mm = spacing_between_slices_mm(report)
    if spacing_mm is not None:
        image.SpacingBetweenSlices = spacing_mm
    if is_lossy(report):
        image.LossyImageCompression = "01"
    return image


def stand_in_of_grid(report: Report, slice_index: int) -> Dataset:
    """``stand_in`` as a single image, for objects whose references are written afterwards.

    Of an enhanced image highdicom would want every frame described.
    """
    image = stand_in(report, slice_index)
    image.SOPClassUID = CTImageStorage
    image.pop("NumberOfFrames", None)
    return image


def stand_ins(report: Report, slice_indices: Sequence[int]) -> list[Dataset]:
    """``stand_in`` of each file that holds one of the slices, once."""
    files: dict[str, Dataset] = {}
    for index in slice_indices:
        source = report.source(index)
        image = files.setdefault(source.sop_instance_uid, stand_in(report, index))
        if source.frame_number is not None:
            image.NumberOfFrames = max(source.frame_number, image.NumberOfFrames)
    return list(files.values())


def is_lossy(report: Report) -> bool:
    """Whether the slices were compressed with loss: so is what is made from them (C.7.6.1.1.5)."""
    return any(warning.code is WarningCode.LOSSY for warning in report.series.warnings)


def spacing_between_slices_mm(report: Report) -> float | None:
    """Along their normal; None where it changes along the series.

    Where it is missing, others take the thickness for it, which overlapping slices exceed.
    """
    if any(warning.code is WarningCode.UNEVEN_SPACING for warning in report.series.warnings):
        return None
    geometry = report.series.geometry
    return abs(float(np.dot(geometry.normal, geometry.directions[0]))) * geometry.spacing_mm[0]


def slice_thickness_mm(report: Report) -> float:
    """As the files say, else the distance between slices."""
    return report.series.slice_thickness_mm or report.series.geometry.spacing_mm[0]
