"""The header of the file of one slice, read anew with pydicom, which knows every element."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from pe_models.errors import ReadError
from pe_models.imaging.study import SliceSource
from pe_viewer.display.tags import TagRow
from pe_viewer.display.texts import count_text
from pe_viewer.jobs import Job, JobRunner, Lane

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

_LONGEST: Final = 300
_MOST_ROWS: Final = 20_000
"""A multi-frame file may hold a hundred thousand elements; nobody reads beyond this."""


class TagService:
    """Starts the reading of headers. GUI thread."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def read(self, source: SliceSource) -> Job:
        """A job that ends in the TagRows of the file that holds a slice."""
        return self._runner.start(
            Lane.HEADER, "read tags", lambda on_progress, cancel: tag_rows(source)
        )


def tag_rows(source: SliceSource) -> tuple[TagRow, ...]:
    """All elements before the pixels. Raises ReadError where the file cannot be read."""
    import pydicom  # here and not above: the window paints before DICOM readers are imported
    from pydicom.errors import InvalidDicomError

    from pe_models.imaging.files.sources import OPEN_ERRORS

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        try:
            with _opened(source) as stream:
                dataset = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
                rows = [*_rows(dataset.file_meta, 0), *_rows(dataset, 0)]
        except (*OPEN_ERRORS, InvalidDicomError, AttributeError) as error:
            raise ReadError(
                f"The header could not be read ({type(error).__name__}): the file may have been "
                "moved or changed since it was opened."
            ) from error
    return tuple(rows[:_MOST_ROWS])


@contextmanager
def _opened(source: SliceSource) -> Iterator[IO[bytes]]:
    if source.member is None:
        with source.path.open("rb") as stream:
            yield stream
    else:
        with zipfile.ZipFile(source.path) as archive, archive.open(source.member) as stream:
            yield stream


def _rows(dataset: "Dataset", depth: int) -> Iterator[TagRow]:
    for tag in sorted(dataset.keys()):
        written = f"({tag.group:04X},{tag.element:04X})"
        try:
            element = dataset[tag]
            name, vr, words = element.name, element.VR, _words(element)
        except Exception as error:  # noqa: BLE001 - one damaged element hides no other
            name, vr, words = "", "", f"cannot be read ({type(error).__name__})"
            element = None
        yield TagRow(written, name.strip("[]"), vr, words, depth, tag.is_private)
        if element is not None and vr == "SQ":
            for item in element.value:
                yield from _rows(item, depth + 1)


def _words(element: "DataElement") -> str:
    """The value in words, of a long one its beginning, of bytes their number."""
    value = element.value
    if element.VR == "SQ":
        return count_text(len(value), "item", "items")
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    words = " \\ ".join(map(str, value)) if element.VM > 1 else "" if value is None else str(value)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
