"""States of the window that a faulty or a large study brings, for the gallery."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.study import Series, SkippedFile
from pe_models.imaging.volume import LoadedSlices, Volume, VolumeOrigin
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_models.imaging.window import PE_WINDOW, Window
from pe_viewer.display.thumbnail import thumbnail
from pe_viewer.state import Activity, Phase, ReviewSnapshot

_LUNG = Window(1500.0, -600.0)
_WINDOWS = (PE_WINDOW, _LUNG, PE_WINDOW, PE_WINDOW, PE_WINDOW)
_REASONS = ("not a DICOM file", "empty", "not readable: permission denied")


def fault_states(nothing: ReviewSnapshot, opened: ReviewSnapshot) -> Mapping[str, ReviewSnapshot]:
    """The states by name; ``opened`` is a loaded study that was not analysed."""
    scanning = Activity(Phase.RUNNING, "Scanning", 0.62, done=1240, total=2000)
    n = opened.n_slices
    unread = "None of the slices of this series can be read: they are encoded as MPEG-4. "
    cancelled = LoadedSlices(n).with_slices(range(n // 2, n))
    return {
        "scanning": replace(nothing, scanning=scanning),
        "scanning-over-a-study": replace(opened, scanning=scanning),
        "series-failed": replace(
            opened,
            pixels=None,
            volume=None,
            loaded=LoadedSlices(n),
            loading=Activity(Phase.FAILED, message=unread + "Export it again, uncompressed."),
        ),
        "loading-cancelled": replace(
            opened,
            volume=None,
            loaded=cancelled,
            slice_index=n // 3,
            loading=Activity(Phase.CANCELLED),
        ),
        "gap": with_gap(opened),
        "missing-slices": with_missing(opened),
        "assumed": with_assumptions(opened),
        "skipped-files": replace(opened, skipped=skipped_files()),
        "several-series": with_several_series(opened),
    }


def with_gap(opened: ReviewSnapshot) -> ReviewSnapshot:
    """Without a tenth of its slices, seen from the border toward the head."""
    series, volume = _of(opened)
    first, last = series.n_slices * 2 // 5, series.n_slices // 2
    kept = np.r_[0:first, last : series.n_slices]
    slices = tuple(series.slices[k] for k in kept)
    step_mm = slices[first].position_mm - slices[first - 1].position_mm
    message = (
        f"A gap of {step_mm:.1f} mm between slices {first} and {first + 1} (counted from the "
        f"feet); slices usually lie {series.geometry.spacing_mm[0]:.2f} mm apart."
    )
    files = (slices[first - 1].file_name, slices[first].file_name)
    gapped = replace(
        series,
        slices=slices,
        geometry=replace(series.geometry, shape=(len(kept), series.rows, series.cols)),
        warnings=(SeriesWarning(WarningCode.GAP, message, files),),
    )
    return _reopened(opened, gapped, volume.hu[kept], slice_index=first)


def with_missing(opened: ReviewSnapshot) -> ReviewSnapshot:
    """Three slices that could not be read, one of them in view."""
    series, volume = _of(opened)
    missing = (series.n_slices // 2, series.n_slices // 2 + 1, series.n_slices * 4 // 5)
    message = "3 slices cannot be shown: the file ends before its pixels do."
    files = tuple(series.slices[k].file_name for k in missing)
    warned = replace(series, warnings=(SeriesWarning(WarningCode.TRUNCATED, message, files),))
    shown = _reopened(opened, warned, volume.hu, slice_index=missing[0])
    assert shown.volume is not None
    return replace(shown, volume=replace(shown.volume, missing_slices=frozenset(missing)))


def with_assumptions(opened: ReviewSnapshot) -> ReviewSnapshot:
    """A series of which little is known for certain."""
    series, volume = _of(opened)
    files = tuple(source.file_name for source in series.slices)
    warnings = (
        SeriesWarning(
            WarningCode.LOSSY,
            "The pixels were compressed with loss; fine detail and HU may differ from the "
            "original.",
            files,
        ),
        SeriesWarning(
            WarningCode.TILT,
            "The gantry was tilted: slices lean by 12.0 degrees against their stack.",
        ),
        SeriesWarning(
            WarningCode.ASSUMED_SPACING,
            "The file gives no valid pixel spacing; 1.0 mm was assumed. Do not measure lengths.",
            files,
        ),
        SeriesWarning(
            WarningCode.ASSUMED_RESCALE,
            "The file does not say how stored values become Hounsfield units; slope 1 and "
            "intercept 0 were assumed where they are missing.",
            files,
        ),
        SeriesWarning(
            WarningCode.MIXED_FRAMES_OF_REFERENCE,
            f"The slices name {opened.n_slices} frames of reference, as de-identification leaves "
            "them; they are taken as one series.",
        ),
    )
    return _reopened(opened, replace(series, warnings=warnings), volume.hu)


def with_several_series(opened: ReviewSnapshot) -> ReviewSnapshot:
    """What a scanner sends: the CTPA, a lung kernel, a reformat, a scout; and another study."""
    series, volume = _of(opened)
    assert opened.study is not None
    not_axial = SeriesWarning(WarningCode.NOT_AXIAL, "The slices are not axial.")
    computed = SeriesWarning(WarningCode.SECONDARY, "Computed from other images.")
    others = (
        _sibling(series, 1, "CTPA 5.0 lung", ("a sharp kernel (Bl57)", "slices 5 mm thick")),
        _sibling(
            series, 2, "Coronal MIP", ("not axial", "computed from other images"),
            (not_axial, computed),
        ),
        _sibling(
            series, 3, "Topogram 0.6 T20f", ("a scout view",),
            (SeriesWarning(WarningCode.SINGLE_SLICE, "A single slice."),),
        ),
    )  # fmt: skip
    study = replace(opened.study, series=(opened.study.series[0], *others))
    earlier = replace(
        opened.study,
        study_uid="earlier",
        date="20251103",
        description="CT abdomen",
        series=(_sibling(series, 4, "Abdomen 3.0 venous", ("covers the abdomen",)),),
    )
    keys = [series.key for series in (*study.series, *earlier.series)]
    pictures = {
        key: thumbnail(volume.hu[(2 * number + 1) * volume.n_slices // 10], volume.geometry, window)
        for number, (key, window) in enumerate(zip(keys, _WINDOWS, strict=True))
    }
    return replace(opened, study=study, studies=(study, earlier), thumbnails=pictures)


def skipped_files() -> tuple[SkippedFile, ...]:
    """Twelve of the kinds that a disc carries."""
    return tuple(
        SkippedFile(Path(f"disc/{folder}/{name}"), _REASONS[number % 3 if folder == "RAW" else 0])
        for folder, names in (
            ("VIEWER", ("autorun.inf", "viewer.exe", "viewer.dll", "readme.txt", "help.chm")),
            ("RAW", tuple(f"IM{number:04d}" for number in range(7))),
        )
        for number, name in enumerate(names)
    )


def _of(opened: ReviewSnapshot) -> tuple[Series, Volume]:
    assert opened.series is not None
    assert opened.volume is not None
    return opened.series, opened.volume


def _reopened(
    opened: ReviewSnapshot,
    series: Series,
    hu: NDArray[np.int16],
    *,
    slice_index: int | None = None,
) -> ReviewSnapshot:
    """``opened`` with another series over ``hu`` in its place."""
    assert opened.study is not None
    study = replace(opened.study, series=(series, *opened.study.series[1:]))
    volume = Volume(hu, series.geometry, VolumeOrigin.of(series))
    return replace(
        opened,
        studies=(study,),
        study=study,
        series=series,
        geometry=series.geometry,
        pixels=volume.hu,
        volume=volume,
        loaded=LoadedSlices.all_of(series.n_slices),
        viewed=LoadedSlices(series.n_slices),
        slice_index=series.n_slices // 2 if slice_index is None else slice_index,
    )


def _sibling(
    series: Series,
    rank: int,
    description: str,
    reasons: tuple[str, ...],
    warnings: tuple[SeriesWarning, ...] = (),
) -> Series:
    is_scout = "Topogram" in description
    slices = series.slices[:1] if is_scout else series.slices
    geometry = replace(series.geometry, shape=(len(slices), series.rows, series.cols))
    return replace(
        series,
        slices=slices,
        geometry=geometry,
        series_uid=f"{series.series_uid}.{rank}",
        rank=rank,
        description=description,
        is_ctpa_candidate=False,
        reasons=reasons,
        warnings=warnings,
    )
