"""Signed readings of the library as training data: a manifest of files and a table of labels.

The table has the competition's columns, pseudonyms in place of every UID, and says of each exam who
signed it, when, and which bundle the reader had seen.
"""

import contextlib
import csv
import hashlib
import io
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pe_models import places
from pe_models.errors import DatasetError, PEError
from pe_models.imaging.study import Series, SliceSource
from pe_models.labels import CSV_COLUMNS, EXAM_LABELS, IMAGE_LABEL
from pe_models.progress import CancelToken, ignore_progress
from pe_models.retraining.folder import list_runs, runs_folder
from pe_models.retraining.forgetting import forget_all_scores, forget_scores, forget_studies
from pe_models.retraining.order import ReviewData
from pe_models.training.files import write_whole
from pe_models.training.run.lock import holder_of
from pe_models.training.store import key_of
from pe_viewer.draft.labels import Label, labels_of
from pe_viewer.library.entry import LibraryEntry
from pe_viewer.library.library import Library
from pe_viewer.library.readings import SignedReading
from pe_viewer.library.series_id import series_id
from pe_viewer.services.run_control import remove_deleted_runs
from pe_viewer.services.studies import scan_paths
from pe_viewer.training_state import ReviewsFound

MANIFEST: Final = "manifest.csv"
LABELS: Final = "labels.csv"
FOLDER: Final = "reviews"
_KEY_FILE: Final = "pseudonyms.key"
_WHO: Final = ("reader", "signed_at", "bundle_sha256", "n_viewed")
"""Columns beside the competition's: who said so, when, under which bundle, having seen how much."""


@dataclass(frozen=True, slots=True)
class LabelledSeries:
    """A signed reading and the series that it is of, with its labels."""

    signed: SignedReading
    series: Series
    image: tuple[Label, ...]
    exam: dict[str, Label]


class _LeftOut(Exception):
    """Why a signed reading trains nothing."""


def gather_reviews(library: Library, cancel: CancelToken) -> ReviewsFound:
    """Writes the data of every reading that is signed now. Raises LibraryError, and Cancelled.

    What cannot be used is left out and counted by its reason.
    """
    entries = {entry.study_key: entry for entry in library.studies.entries()}
    found: dict[str, LabelledSeries] = {}
    reasons: dict[str, int] = {}
    for signed in library.readings.signed():
        cancel.raise_if_cancelled()
        try:
            one = _labelled(signed, entries.get(signed.study_key), library, cancel)
        except _LeftOut as error:
            reasons[str(error)] = reasons.get(str(error), 0) + 1
            continue
        found[signed.study_key] = one  # the last that was signed stands for its study
    folder = runs_folder() / f".{FOLDER}"
    notes = tuple(f"{n} signed readings are left out: {why}." for why, n in reasons.items())
    if not found:
        shutil.rmtree(folder, ignore_errors=True)
        return ReviewsFound(notes=notes)
    return ReviewsFound(write_reviews(folder, found.values()), len(found), notes)


def write_reviews(folder: Path, found: Iterable[LabelledSeries]) -> ReviewData:
    """The manifest and the table, each whole, for their owner alone to read."""
    folder.mkdir(exist_ok=True, mode=0o700)
    found, key = tuple(found), _key()
    told = _Pseudonyms(key, _shared_uids(found))
    files = (row for one in found for row in _manifest_rows(one, told))
    rows = (row for one in found for row in _label_rows(one, told))
    data = ReviewData(folder / MANIFEST, folder / LABELS)
    _write_csv(data.manifest, ("SOPInstanceUID", "path", "frame"), files)
    _write_csv(data.labels, (*CSV_COLUMNS, *_WHO), rows)
    return data


def copy_reviews(data: ReviewData, run: Path) -> ReviewData:
    """A copy within the folder of a run, which keeps what it was trained on.

    Raises DatasetError where they have gone.
    """
    folder = run / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = ReviewData(folder / MANIFEST, folder / LABELS)
    try:
        for source, target in ((data.manifest, kept.manifest), (data.labels, kept.labels)):
            write_whole(target, source.read_bytes())
            target.chmod(0o600)
    except OSError as error:
        raise DatasetError(
            f"The signed readings could not be copied ({error.strerror}). Count them again."
        ) from error
    return kept


def run_at_work_on(names: Iterable[str] | None) -> str:
    """A training at work that was made of one of these studies, named as below; None is of any.

    It would fail, or write anew what is removed under its hands. "" where there is none.
    """
    wanted = None if names is None else _pseudonyms_of(names)
    for run in (run for run in list_runs() if holder_of(run.lock_file) is not None):
        uids = {row["StudyInstanceUID"] for row in _rows(run.folder / FOLDER / LABELS)}
        if uids if wanted is None else uids & wanted:
            return run.name
    return ""


def forget_in_runs(names: Iterable[str]) -> None:
    """Removes some studies from whatever trainings were made of reviews: pixels and what was made
    of them, down to scores.

    ``names`` are their keys in the library and their UIDs: a run may go by either.
    """
    remove_deleted_runs()
    shutil.rmtree(runs_folder() / f".{FOLDER}", ignore_errors=True)
    pseudonyms = _pseudonyms_of(names)
    if not pseudonyms:
        return
    keys = {key_of(pseudonym) for pseudonym in pseudonyms}
    for run in list_runs():
        if (run.folder / FOLDER).is_dir():
            forget_studies(run, keys)
            _drop_rows(run.folder / FOLDER, pseudonyms)
    forget_scores(keys)


def forget_all_in_runs() -> None:
    """Removes every study that came from a review, and what leads back to them."""
    remove_deleted_runs()
    shutil.rmtree(runs_folder() / f".{FOLDER}", ignore_errors=True)
    for run in list_runs():
        table = run.folder / FOLDER / LABELS
        if table.exists():
            forget_studies(run, {key_of(row["StudyInstanceUID"]) for row in _rows(table)})
        shutil.rmtree(run.folder / FOLDER, ignore_errors=True)
    forget_all_scores()
    _key_file().unlink(missing_ok=True)


def _labelled(
    signed: SignedReading, entry: LibraryEntry | None, library: Library, cancel: CancelToken
) -> LabelledSeries:
    """Raises _LeftOut."""
    series = _series_of(signed, entry, cancel)
    reading = signed.reading.fitting(series.n_slices)
    sign_off = reading.review.sign_off
    if sign_off is None:
        raise _LeftOut("their series has other slices now")
    kept = library.findings.load(series, sign_off.bundle_sha256 or None)
    flags = () if kept is None or not sign_off.bundle_sha256 else kept.findings.flags
    made = labels_of(reading.review, reading.viewed, series.n_slices, flags)
    if made.problem:
        raise _LeftOut(made.problem)
    return LabelledSeries(signed, series, made.image, dict(made.exam))


def _series_of(signed: SignedReading, entry: LibraryEntry | None, cancel: CancelToken) -> Series:
    if entry is None:
        raise _LeftOut("their study is not in the library any more")
    try:
        scan = scan_paths(list(filter(_is_there, entry.paths)), ignore_progress, cancel)
    except PEError as error:
        raise _LeftOut("their files are not where they were") from error
    every = (series for study in scan.studies for series in study.series)
    series = next((s for s in every if series_id(s.key) == signed.series_id), None)
    if series is None:
        raise _LeftOut("their files are not where they were")
    if any(source.member is not None for source in series.slices):
        raise _LeftOut("their files lie in a zip; unpack it and open the folder once")
    return series


def _is_there(path: Path) -> bool:
    with contextlib.suppress(OSError):  # a drive that does not answer, to Python before 3.14
        return path.exists()
    return False


@dataclass(frozen=True, slots=True)
class _Pseudonyms:
    """What stands for the UIDs of signed series; patients who share a UID get one each."""

    key: bytes
    shared_uids: frozenset[str]

    def study(self, one: LabelledSeries) -> str:
        uid = one.series.study_uid
        return _pseudonym(self.key, one.signed.study_key if uid in self.shared_uids else uid)

    def series(self, one: LabelledSeries) -> str:
        return _pseudonym(self.key, self._whose(one) + one.series.series_uid)

    def image(self, one: LabelledSeries, source: SliceSource) -> str:
        words = f"{source.sop_instance_uid}|{source.frame_number}"
        return _pseudonym(self.key, self._whose(one) + words)

    def _whose(self, one: LabelledSeries) -> str:
        return f"{one.signed.study_key}|" if one.series.study_uid in self.shared_uids else ""


def _shared_uids(found: Iterable[LabelledSeries]) -> frozenset[str]:
    """The StudyInstanceUIDs that several of these go by."""
    counts = Counter(one.series.study_uid for one in found)
    return frozenset(uid for uid, count in counts.items() if count > 1)


def _manifest_rows(one: LabelledSeries, told: _Pseudonyms) -> Iterator[tuple[str, ...]]:
    for source in one.series.slices:
        frame = "" if source.frame_number is None else str(source.frame_number)
        yield told.image(one, source), str(Path(source.file).resolve()), frame


def _label_rows(one: LabelledSeries, told: _Pseudonyms) -> Iterator[tuple[str, ...]]:
    study, series = told.study(one), told.series(one)
    exam = {label: _cell(one.exam[label]) for label in EXAM_LABELS}
    who = _who(one.signed)
    for source, label in zip(one.series.slices, one.image, strict=True):
        uids = (study, series, told.image(one, source))
        cells = {**dict(zip(CSV_COLUMNS, uids, strict=False)), IMAGE_LABEL: _cell(label), **exam}
        yield (*(cells.get(column, "") for column in CSV_COLUMNS), *who)


def _who(signed: SignedReading) -> tuple[str, ...]:
    sign_off = signed.reading.review.sign_off
    if sign_off is None:
        return ("",) * len(_WHO)
    at = "" if sign_off.signed_at is None else sign_off.signed_at.isoformat()
    return sign_off.reader, at, sign_off.bundle_sha256, str(sign_off.n_viewed)


def _cell(label: Label) -> str:
    return "" if label is None else str(label)


def _pseudonym(key: bytes, uid: str) -> str:
    """A UID under 2.25 (PS3.5 B.2) that nobody without the key can tell from the true one."""
    digest = hashlib.blake2b(uid.encode(), key=key, digest_size=16).digest()
    return f"2.25.{int.from_bytes(digest, 'big')}"


def _pseudonyms_of(names: Iterable[str]) -> set[str]:
    """Empty where no study was ever given one."""
    key = _key() if _key_file().exists() else None
    return set() if key is None else {_pseudonym(key, name) for name in names}


def _key() -> bytes:
    """Made once a user; without it pseudonyms lead nowhere."""
    path = _key_file()
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()


def _key_file() -> Path:
    return places.user_data() / _KEY_FILE


def _write_csv(path: Path, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode())
    path.chmod(0o600)


def _rows(path: Path) -> list[dict[str, Any]]:
    with contextlib.suppress(OSError), path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
    return []


def _drop_rows(folder: Path, pseudonyms: set[str]) -> None:
    """Takes the exams out of a run's table, and their files out of its manifest."""
    rows = _rows(folder / LABELS)
    gone = {row["SOPInstanceUID"] for row in rows if row["StudyInstanceUID"] in pseudonyms}
    if not gone:
        return
    for path in (folder / LABELS, folder / MANIFEST):
        kept = [row for row in _rows(path) if row["SOPInstanceUID"] not in gone]
        heads = tuple(kept[0]) if kept else ("SOPInstanceUID",)
        _write_csv(path, heads, (tuple(row.values()) for row in kept))
