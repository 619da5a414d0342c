"""Maps and regions lie where they belong in the patient, as others' programs read them.

The slices are upright, turned about two axes, or written with their rows upward, so that no
shortcut along x, y or z gives the right answer.
"""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_viewer.report.dicom.parametric_map import write_parametric_maps
from pe_viewer.report.dicom.segmentation import write_segmentation
from pe_viewer.report.model import Report

Convert = Callable[[str, bytes], SimpleITK.Image]

HOTTEST_SLICE = 17
"""Of the flagged slices, whose maps rise by 0.001 a slice."""
CLOT = (HOTTEST_SLICE, 24.5, 45.5)
"""Slice, row and col of the middle of cell (10, 20), of 2 x 2 pixels from row 4, col 5."""


def turned(x_degrees: float, z_degrees: float) -> NDArray[np.float64]:
    """The directions of slice, row and col of an upright stack, turned about x, then about z."""
    a, b = np.radians([x_degrees, z_degrees])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    upright = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    return upright @ (about_z @ about_x).T


DIRECTIONS = {
    "upright": turned(0, 0),
    "turned": turned(20, -35),
    "rows upward": np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]),
}


@pytest.fixture(params=DIRECTIONS.values(), ids=DIRECTIONS)
def placed_report(unsigned_report: Report, request: pytest.FixtureRequest) -> Report:
    """The report of a series whose slices lie in one of ``DIRECTIONS``."""
    upright = unsigned_report.series.geometry
    directions = tuple(tuple(float(v) for v in axis) for axis in request.param)
    geometry = Geometry(upright.shape, upright.spacing_mm, (31.0, -52.0, 7.0), directions)
    slices = tuple(
        replace(source, image_position=tuple(float(v) for v in geometry.to_patient_mm((k, 0, 0))))
        for k, source in enumerate(unsigned_report.series.slices)
    )
    series = replace(unsigned_report.series, geometry=geometry, slices=slices)
    return replace(unsigned_report, series=series)


@pytest.fixture
def clot_mm(placed_report: Report) -> NDArray[np.float64]:
    """By DICOM's own formula (PS3.3 C.7.6.2.1.1) from the position of the slice."""
    source = placed_report.series.slices[HOTTEST_SLICE]
    _, row_mm, col_mm = placed_report.series.geometry.spacing_mm
    _, down, across = np.asarray(placed_report.series.geometry.directions)
    _, row, col = CLOT
    return np.asarray(source.image_position) + across * col_mm * col + down * row_mm * row


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """``convert(program, object)``: the image that a program of dcmqi makes of an object."""

    def converted(name: str, content: bytes) -> SimpleITK.Image:
        beside = str(Path(sys.executable).parent)
        program = shutil.which(name, path=f"{beside}{os.pathsep}{os.environ['PATH']}")
        if program is None:
            pytest.skip(f"{name} is not here: it comes with the package dcmqi")
        (tmp_path / "object.dcm").write_bytes(content)
        out = tmp_path / "converted"
        out.mkdir()
        command = [program, "--inputDICOM", str(tmp_path / "object.dcm"), "--prefix", "is"]
        subprocess.run([*command, "--outputDirectory", str(out)], check=True, capture_output=True)
        (image,) = out.glob("*.nrrd")
        return SimpleITK.ReadImage(str(image))

    return converted


def test_dcmqi_finds_the_hottest_cell_of_the_map_at_the_clot(
    placed_report: Report, clot_mm: NDArray[np.float64], convert: Convert
) -> None:
    image = convert("paramap2itkimage", write_parametric_maps(placed_report).documents[0].content)
    values = SimpleITK.GetArrayFromImage(image)
    at = np.unravel_index(values.argmax(), values.shape)
    place = image.TransformIndexToPhysicalPoint([int(index) for index in reversed(at)])

    np.testing.assert_allclose(place, clot_mm, atol=1e-3)


def test_highdicom_finds_the_hottest_cell_of_the_map_at_the_clot(
    placed_report: Report, clot_mm: NDArray[np.float64]
) -> None:
    content = write_parametric_maps(placed_report).documents[0].content
    volume = highdicom.imread(io.BytesIO(content)).get_volume()
    at = np.unravel_index(volume.array.argmax(), volume.spatial_shape)

    np.testing.assert_allclose(volume.affine[:3] @ [*at, 1], clot_mm, atol=1e-3)


def test_dcmqi_finds_the_region_at_the_clot(
    placed_report: Report, clot_mm: NDArray[np.float64], convert: Convert
) -> None:
    """Its middle on that slice; the region is symmetric, but for the edge of a pixel."""
    image = convert("segimage2itkimage", write_segmentation(placed_report).documents[0].content)
    spacing_mm = placed_report.series.geometry.spacing_mm
    at = image.TransformPhysicalPointToContinuousIndex(tuple(clot_mm))
    mask = SimpleITK.GetArrayFromImage(image)[round(at[2])]

    np.testing.assert_allclose(image.GetSpacing(), spacing_mm[::-1], rtol=1e-6)
    assert abs(at[2] - round(at[2])) < 1e-3
    np.testing.assert_allclose(np.argwhere(mask).mean(0), at[1::-1], atol=0.6)


def test_highdicom_finds_the_region_at_the_clot(
    placed_report: Report, clot_mm: NDArray[np.float64]
) -> None:
    content = write_segmentation(placed_report).documents[0].content
    volume = highdicom.seg.segread(io.BytesIO(content)).get_volume(combine_segments=True)
    at = np.linalg.solve(volume.affine, [*clot_mm, 1])[:3]

    assert volume.array[tuple(np.round(at).astype(int))] == 1
    assert volume.array[round(at[0]), 0, 0] == 0


def test_a_leaning_stack_is_spaced_along_its_normal(unsigned_report: Report) -> None:
    """A gantry tilt of 30 degrees: 1.25 mm along the table are 1.25 cos 30 across the slices."""
    upright = unsigned_report.series.geometry
    leaning = ((0.0, 0.0, 1.0), *(tuple(map(float, axis)) for axis in turned(30, 0)[1:]))
    geometry = Geometry(upright.shape, upright.spacing_mm, upright.origin_mm, leaning)
    report = replace(unsigned_report, series=replace(unsigned_report.series, geometry=geometry))
    content = write_parametric_maps(report).documents[0].content
    shared = highdicom.imread(io.BytesIO(content)).SharedFunctionalGroupsSequence[0]

    spacing_mm = shared.PixelMeasuresSequence[0].SpacingBetweenSlices
    assert spacing_mm == pytest.approx(1.25 * np.cos(np.radians(30)))
