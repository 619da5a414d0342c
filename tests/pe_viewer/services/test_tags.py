"""The header of one file: every element, of a zip too, and a reason where there is none."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pe_models.errors import ReadError
from pe_models.imaging.study import SliceSource
from pe_models.progress import CancelToken, ignore_progress
from pe_viewer.display.tags import TagRow
from pe_viewer.services.studies import scan_paths
from pe_viewer.services.tags import tag_rows

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import WriteCt


@pytest.fixture
def source(write_ct: "WriteCt", tmp_path: Path) -> SliceSource:
    """One slice, whose file has a sequence, a private element and a name that is too long."""
    write_ct(tmp_path / "ct", n_slices=1)
    (path,) = (tmp_path / "ct").iterdir()
    image = pydicom.dcmread(path)
    item = Dataset()
    item.ReferencedSOPInstanceUID = "1.2.3"
    image.ReferencedImageSequence = Sequence([item])
    image.private_block(0x0011, "A MAKER", create=True).add_new(0x01, "LO", "DOE in private")
    image.ImageComments = "x" * 900
    image.save_as(path)
    (study,) = scan_paths([tmp_path / "ct"], ignore_progress, CancelToken()).studies
    return study.series[0].slices[0]


def row(rows: tuple[TagRow, ...], tag: str) -> TagRow:
    return next(each for each in rows if each.tag == tag)


def test_every_element_is_told_with_its_name_and_value(source: SliceSource) -> None:
    rows = tag_rows(source)
    assert row(rows, "(0018,0050)") == TagRow("(0018,0050)", "Slice Thickness", "DS", "1.25")
    assert row(rows, "(0028,0030)").value == "0.7 \\ 0.8"
    assert row(rows, "(0010,0010)").value == "DOE^JANE"
    assert row(rows, "(0002,0010)").name == "Transfer Syntax UID"
    assert not [each for each in rows if each.tag == "(7FE0,0010)"], "pixels are not read"


def test_elements_of_a_sequence_stand_below_it(source: SliceSource) -> None:
    rows = tag_rows(source)
    at = rows.index(row(rows, "(0008,1140)"))
    assert rows[at].value == "1 item"
    assert (rows[at + 1].tag, rows[at + 1].depth) == ("(0008,1155)", 1)


def test_a_long_value_is_cut_and_says_so(source: SliceSource) -> None:
    value = row(tag_rows(source), "(0020,4000)").value
    assert value == "x" * 300 + "…"


def test_a_private_element_may_identify(source: SliceSource) -> None:
    private = next(each for each in tag_rows(source) if each.value == "DOE in private")
    assert private.is_private
    assert private.shown_value(hides_identity=True) == "hidden"


def test_a_slice_in_a_zip_is_read_from_there(source: SliceSource, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ct.zip", "w") as archive:
        archive.write(source.file, "inside/1.dcm")
    zipped = replace(source, file=str(tmp_path / "ct.zip"), member="inside/1.dcm")
    assert tag_rows(zipped) == tag_rows(source)


def test_a_file_that_has_gone_is_told_in_words(source: SliceSource) -> None:
    source.path.unlink()
    with pytest.raises(ReadError, match="moved or changed"):
        tag_rows(source)


@pytest.mark.parametrize("kept", [0, 3, 140, 200, 400])
def test_a_file_that_was_cut_gives_rows_or_a_reason(source: SliceSource, kept: int) -> None:
    source.path.write_bytes(source.path.read_bytes()[:kept])
    try:
        rows = tag_rows(source)
    except ReadError:
        return
    assert all(isinstance(each.value, str) for each in rows)
