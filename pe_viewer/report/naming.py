"""What the files of a report are named by: the ends of UIDs, and never who the patient is."""

from collections.abc import Callable, Iterable
from typing import Final

from pe_models.imaging.study import Series, Study
from pe_viewer.library.series_id import images_id, key_of_study

UID_TAIL: Final = 8
"""Characters of a UID that stand in a file's name."""


def uid_tail(uid: str, otherwise: str) -> str:
    """The last digits of ``uid``, safe in any file name; ``otherwise`` where it has none.

    A UID has no letters (PS3.5 9.1); one that has them may hold a name.
    """
    kept = "".join(c for c in uid if c.isascii() and c.isdigit())
    return kept[-UID_TAIL:] or otherwise


def has_namesake(study: Study, others: Iterable[tuple[str, str]]) -> bool:
    """Whether files of another study would have the names of those of ``study``.

    ``others`` are (key, StudyInstanceUID) of what is known, ``study`` included.
    """
    key, tail = key_of_study(study), uid_tail(study.study_uid, "study")
    return any(other != key and uid_tail(uid, "study") == tail for other, uid in others)


def has_parts_elsewhere(study: Study, known: Iterable[tuple[str, int]]) -> bool:
    """Whether files of further series of ``study``, opened apart, may have the names of its own.

    ``known`` are (key, number of series) of what is known, ``study`` included.
    """
    key = key_of_study(study)
    return any(other == key and n_series > len(study.series) for other, n_series in known)


def own_tail(study: Study, series: Series, told: Callable[[str], str] = str) -> str:
    """Digits that tell the files of these images from those of any others, and name nobody.

    ``told`` gives the UID that may be told in the place of a real one.
    """
    return uid_tail(told(f"2.25.{int(images_id(study, series), 16)}"), "images")


def series_tail(study: Study, series: Series, told: Callable[[str], str] = str) -> str:
    """What tells the files of ``series`` from those of the other series of ``study``.

    "" where it has no others; else the end of its UID, with a number where that is not its alone.
    ``told`` gives the UID that may be told in the place of a real one.
    """
    if len(study.series) < 2:
        return ""
    tail = uid_tail(told(series.series_uid), "series")
    alike = {_first(s) for s in study.series if uid_tail(told(s.series_uid), "series") == tail}
    ordered = sorted({*alike, _first(series)})
    return tail if len(ordered) == 1 else f"{tail}-{ordered.index(_first(series)) + 1}"


def _first(series: Series) -> tuple[str, int, str]:
    """The image that a series begins with: an order that no path and no ranking changes."""
    source = series.slices[0]
    return source.sop_instance_uid, source.frame_number or 0, source.pixels.transfer_syntax
