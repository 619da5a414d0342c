"""Planes -> studies: stacks become series with their warnings, the best of a study first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from pe_models.imaging.choosing.measured_ranking import (
    Measure,
    measure_sampled,
    ranked_by_measuring,
)
from pe_models.imaging.choosing.ranking import Tags
from pe_models.imaging.files.sources import Entry
from pe_models.imaging.stacks.checks import warnings_of
from pe_models.imaging.stacks.grouping import stacks_of
from pe_models.imaging.stacks.planes import SourcePlane, Stack, split
from pe_models.imaging.stacks.position import is_axial
from pe_models.imaging.stacks.stack import order, slice_sources
from pe_models.imaging.study import Series, Study
from pe_models.progress import CancelToken


@dataclass(frozen=True, slots=True)
class _Built:
    series: Series
    tags: Tags


def studies_of(
    planes: Iterable[SourcePlane], *, cancel: CancelToken | None = None
) -> tuple[Study, ...]:
    """Studies in the order of their first planes; the series of each, best first.

    Raises Cancelled.
    """
    measure = partial(measure_sampled, cancel=cancel)
    return tuple(_study(part, measure, cancel) for part in _examinations(planes))


def _examinations(planes: Iterable[SourcePlane]) -> Iterator[list[SourcePlane]]:
    """The planes of one study of one patient each.

    A StudyInstanceUID that two patients share, as careless de-identification leaves it, is two
    studies. Planes that name nobody stay with the others unless these name several.
    """
    for same_study in split(planes, lambda plane: plane.header.study.study_uid):
        if len({_patient_id(plane) for plane in same_study} - {""}) > 1:
            yield from split(same_study, _patient_id)
        else:
            yield same_study


def _patient_id(plane: SourcePlane) -> str:
    return plane.header.study.patient.patient_id


def _study(planes: list[SourcePlane], measure: Measure, cancel: CancelToken | None) -> Study:
    header = next(filter(_patient_id, planes), planes[0]).header.study
    counted: set[Entry] = set()
    built = [_series(stack, counted) for stack in stacks_of(planes, cancel=cancel)]
    return Study(
        study_uid=header.study_uid,
        patient=header.patient,
        series=ranked_by_measuring(((each.series, each.tags) for each in built), measure),
        date=header.date,
        time=header.time,
        description=header.description,
        accession_number=header.accession_number,
        study_id=header.study_id,
    )


def _series(stack: Stack, counted: set[Entry]) -> _Built:
    """Builds one series; files in ``counted`` were counted in another."""
    ordered = order(stack)
    first = ordered.planes[0]
    header = first.header
    orientation = first.frame.orientation
    series = Series(
        study_uid=header.study.study_uid,
        series_uid=header.series.series_uid,
        modality=header.series.modality,
        description=header.series.description,
        slices=slice_sources(ordered),
        geometry=ordered.geometry,
        n_files=_count_files(stack, counted),
        series_number=header.series.series_number,
        frame_of_reference_uid=header.frame_of_reference_uid,
        body_part=header.series.body_part,
        kernel=first.frame.kernel,
        slice_thickness_mm=first.frame.thickness_mm,
        contrast_agent=header.series.contrast_agent,
        manufacturer=header.series.manufacturer,
        is_axial=orientation is None or is_axial(orientation),
        warnings=warnings_of(stack, ordered),
    )
    tags = Tags(header.study.description, header.series.protocol, header.series.image_type)
    return _Built(series, tags)


def _count_files(stack: Stack, counted: set[Entry]) -> int:
    """How many files stand in ``stack`` and not in another; adds those of many frames there."""
    planes = (*stack.planes, *stack.duplicates)
    of_many_frames = {plane.entry for plane in planes if plane.frame.number is not None} - counted
    counted |= of_many_frames
    return len(of_many_frames) + sum(plane.frame.number is None for plane in planes)
