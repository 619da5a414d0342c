"""A sign-off, its addenda and the first read in words, for the window and for reports."""

from pe_viewer.display.coverage import changes_since_first_read
from pe_viewer.draft.words import FormWords
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.review import Review


def signed_text(signed: SignOff, words: FormWords) -> str:
    """``Signed by Dr. A, 2026-11-21 14:05``; without them where they were removed."""
    by = words.sentence("signed by", reader=signed.reader) if signed.reader else ""
    when = "" if signed.signed_at is None else f"{signed.signed_at:%Y-%m-%d %H:%M}"
    return ", ".join(part for part in (by or words.sentence("signed"), when) if part)


def addendum_text(addendum: Addendum, words: FormWords) -> str:
    """``Dr. A, 2026-11-22 09:00: words``, or the words alone."""
    when = "" if addendum.written_at is None else f"{addendum.written_at:%Y-%m-%d %H:%M}"
    who = ", ".join(part for part in (addendum.reader, when) if part)
    return f"{who}: {addendum.text}" if who else addendum.text


def viewed_text(n_viewed: int, n_slices: int, words: FormWords) -> str:
    """``18 of 20 slices viewed``."""
    return words.sentence("viewed", viewed=str(n_viewed), all=str(n_slices))


def first_read_text(review: Review, words: FormWords) -> str:
    """What became of the reader's own findings since the first read was locked."""
    changes = zip(("added", "removed", "accepted"), changes_since_first_read(review), strict=True)
    return words.sentence("first read", **{name: str(count) for name, count in changes})
