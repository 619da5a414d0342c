"""A radiograph in the whole window: no HU, no other planes, its own task, its score and its map."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from pe_models.tasks import PNEUMONIA
from pe_models.tasks.pneumonia import PNEUMONIA_LABEL
from pe_viewer.views.picture.corner_text import blocks_of, length_note, value_line
from tests.picture_bundles import spec_of, write_tiny

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

PX = 96


@pytest.fixture(scope="module")
def radiograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one, stored with white as the least value."""
    from pe_models.phantom.radiograph.cohort import IMAGES, write_radiograph_cohort

    folder = tmp_path_factory.mktemp("radiograph")
    arguments = {"n_studies": 1, "seed": 7, "px": PX, "inverted_fraction": 1.0}
    return write_radiograph_cohort(folder, **arguments) / IMAGES


@pytest.fixture
def pneumonia_bundle(home: Path) -> None:
    """Among the user's bundles, of a tiny untrained net that names pneumonia everywhere."""
    from pe_models import places

    write_tiny(places.user_bundles(), spec_of(PNEUMONIA, "custom-cnn", width=0.25), bias=2.0)


def test_a_radiograph_is_shown_as_stored_values_the_right_way_round(
    reader: "Reader", radiograph: Path
) -> None:
    import pydicom

    reader.opens(radiograph)
    sees = reader.sees
    (path,) = radiograph.iterdir()
    stored = pydicom.dcmread(path).pixel_array
    assert sees.pixels is not None
    assert int(sees.pixels[0, 5, 9]) == 255 - int(stored[5, 9])
    assert value_line(sees, (5, 9)).text == f"Value {stored[5, 9]}"
    said = [line.text for block in blocks_of(sees, (5, 9)) for line in block.lines]
    assert not any("HU" in text or "slice" in text.lower() for text in said)
    assert length_note(sees) == "at the detector"
    low, high = sees.window.low_hu, sees.window.high_hu
    assert -1.0 <= low < high <= 256.0


def test_a_radiograph_has_no_other_planes(reader: "Reader", radiograph: Path) -> None:
    reader.opens(radiograph)
    reader.presses(Qt.Key.Key_M)
    assert not reader.sees.shows_planes
    assert "no other planes" in reader.sees.notice


def test_it_gets_its_score_and_its_map_from_the_bundle_that_suits_it(
    lone_reader: "Reader", radiograph: Path, pneumonia_bundle: None
) -> None:
    reader = lone_reader
    reader.opens(radiograph)
    assert reader.sees.refusal == ""
    reader.analyses()

    findings = reader.sees.findings
    assert findings is not None, reader.sees.analysis.message
    assert findings.bundle.name == "pneumonia-tiny"
    assert (findings.task, findings.verdict) == (PNEUMONIA.key, None)
    assert "radiograph" in findings.task_reason
    assert findings.exam[PNEUMONIA_LABEL].raw > 0.5
    reader.presses(Qt.Key.Key_G)
    reader.waits(lambda s: s.shown_heatmap is not None)
    heatmap = reader.sees.shown_heatmap
    assert heatmap is not None
    assert (heatmap.crop.row_max, heatmap.crop.col_max) == (PX, PX)


def test_without_a_bundle_for_it_the_reader_is_told_what_makes_one(
    picture_reader: "Reader", radiograph: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pe_models.places.shipped_bundles", lambda: home)
    picture_reader.opens(radiograph)
    picture_reader.analyses()
    assert picture_reader.sees.findings is None
    assert "pe-models task pneumonia" in picture_reader.sees.analysis.message
