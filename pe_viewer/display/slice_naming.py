"""Which slice a reader means who types ``183``, ``Im 183`` or ``-112.5 mm``."""

import re
from typing import Final

from pe_models.imaging.study import Series

_NUMBER: Final = re.compile(r"(?:im\.?\s*)?(\d+)", re.IGNORECASE)
_POSITION: Final = re.compile(r"(?:[xyz]\s*)?([+-]?\d+(?:[.,]\d+)?)\s*(?:mm)?", re.IGNORECASE)


def slice_meant(words: str, series: Series) -> int | None:
    """The slice of that instance number, or the nearest to that position; None for neither.

    A whole number without sign, axis or unit is an instance number, as PACS names slices; of files
    without numbers it counts slices from 1.
    """
    typed = words.strip()
    number = _NUMBER.fullmatch(typed)
    if number is not None:
        return _numbered(int(number[1]), series)
    position = _POSITION.fullmatch(typed)
    if position is None:
        return None
    at_mm = float(position[1].replace(",", "."))
    return min(
        range(series.n_slices),
        key=lambda k: abs(series.slices[k].position_mm - at_mm),
        default=None,
    )


def _numbered(number: int, series: Series) -> int | None:
    for slice_index, source in enumerate(series.slices):
        name = source.instance_number
        if number == (slice_index + 1 if name is None else name):
            return slice_index
    return None
