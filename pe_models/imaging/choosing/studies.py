"""Planes -> studies: stacks become series with their warnings, the best of a study first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from pe_models.imaging.choosing.measured_ranking import (
    Measure,
    measure_sampled,
    ranked_by_measuring,
)
from pe_models.imaging.choosing.ranking import Tags
from pe_models.imaging.dicom.headers import StudyHeader
from pe_models.imaging.files.sources import Entry
from pe_models.imaging.stacks.checks import warnings_of
from pe_models.imaging.stacks.grouping import stacks_of
from pe_models.imaging.stacks.planes import SourcePlane, Stack
from pe_models.imaging.stacks.position import is_axial
from pe_models.imaging.stacks.stack import order, slice_sources
from pe_models.imaging.study import Series, Study
from pe_models.progress import CancelToken


@dataclass(frozen=True, slots=True)
class _Built:
    header: StudyHeader
    series: Series
    tags: Tags


def studies_of(
    planes: Iterable[SourcePlane], *, cancel: CancelToken | None = None
) -> tuple[Study, ...]:
    """Studies in the order of their first planes; the series of each, best first.

    Raises Cancelled.
    """
    by_study: dict[str, list[_Built]] = defaultdict(list)
    counted: set[Entry] = set()
    for stack in stacks_of(planes, cancel=cancel):
        built = _series(stack, counted)
        by_study[built.header.study_uid].append(built)
    measure = partial(measure_sampled, cancel=cancel)
    return tuple(_study(group, measure) for group in by_study.values())


def _study(group: list[_Built], measure: Measure) -> Study:
    header = group[0].header
    return Study(
        study_uid=header.study_uid,
        patient=header.patient,
        series=ranked_by_measuring(((built.series, built.tags) for built in group), measure),
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
        kernel=header.series.kernel,
        slice_thickness_mm=first.frame.thickness_mm,
        contrast_agent=header.series.contrast_agent,
        manufacturer=header.series.manufacturer,
        is_axial=orientation is None or is_axial(orientation),
        warnings=warnings_of(stack, ordered),
    )
    tags = Tags(header.study.description, header.series.protocol, header.series.image_type)
    return _Built(header.study, series, tags)


def _count_files(stack: Stack, counted: set[Entry]) -> int:
    """How many files stand in ``stack`` and not in another; adds those of many frames there."""
    planes = (*stack.planes, *stack.duplicates)
    of_many_frames = {plane.entry for plane in planes if plane.frame.number is not None} - counted
    counted |= of_many_frames
    return len(of_many_frames) + sum(plane.frame.number is None for plane in planes)
