"""Study, Series, Findings and Review without what identifies a person.

Names, dates, the accession number and the free text of the headers go. UIDs and the patient's id
are replaced, the same one by the same pseudonym in every export of one installation (PS3.15 Annex
E, without its option to retain dates). Age and sex stay, as radiology needs them, and ages above 89
are one class. What the reader typed loses the same (``redaction``); whether it names somebody else
only a person can tell.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from pe_models.errors import ExportError
from pe_models.findings import Findings
from pe_models.imaging.study import Patient, Series, SliceSource, Study
from pe_models.places import user_data

DEIDENTIFIED_NAME = "De-identified"
_OLDEST_AGE = 89
_KEY_BYTES = 32
_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Replaces UIDs consistently. Without ``key`` nobody can tell which UID a pseudonym was."""

    key: bytes

    def uid(self, original: str) -> str:
        """A valid UID of the 2.25 branch (PS3.5 B.2); an empty UID stays empty."""
        if not original:
            return ""
        return f"2.25.{int.from_bytes(self._digest(original)[:16])}"

    def patient_id(self, study: Study) -> str:
        """The same for each study of one patient; for a study that names nobody, one of its own.

        Archives take patients without an id for one and the same, or refuse them.
        """
        known = study.patient.patient_id or study.study_uid
        return f"ANON-{self._digest(f'patient {known}').hex()[:_ID_DIGITS].upper()}"

    def study(self, study: Study) -> Study:
        """The study's facts alone: its list of series is left out."""
        age = _age_class(study.patient.age)
        patient = Patient(DEIDENTIFIED_NAME, self.patient_id(study), sex=study.patient.sex, age=age)
        return Study(self.uid(study.study_uid), patient, series=())

    def series(self, series: Series) -> Series:
        return replace(
            series,
            study_uid=self.uid(series.study_uid),
            series_uid=self.uid(series.series_uid),
            frame_of_reference_uid=self.uid(series.frame_of_reference_uid),
            description="",
            contrast_agent="",
            reasons=(),
            slices=tuple(self._slice(source) for source in series.slices),
            warnings=tuple(replace(warning, files=()) for warning in series.warnings),
        )

    def findings(self, findings: Findings) -> Findings:
        return replace(
            findings,
            study_uid=self.uid(findings.study_uid),
            series_uid=self.uid(findings.series_uid),
            slices=tuple(
                replace(score, sop_instance_uid=self.uid(score.sop_instance_uid))
                for score in findings.slices
            ),
        )

    def _digest(self, original: str) -> bytes:
        return hmac.new(self.key, original.encode(), hashlib.sha256).digest()

    def _slice(self, source: SliceSource) -> SliceSource:
        uid = self.uid(source.sop_instance_uid)
        return replace(source, file="", member=None, sop_instance_uid=uid)


def site_pseudonyms() -> Pseudonyms:
    """The pseudonyms of this installation; its key is made once, mode 0600.

    Raises ExportError where the key can neither be read nor made.
    """
    path = user_data() / "pseudonym.key"
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise ExportError(
            "The key that replaces UIDs can neither be read nor made in the user's data folder "
            f"({error.strerror}); nothing was exported."
        ) from error
    if len(key) != _KEY_BYTES:
        raise ExportError(
            "The key that replaces UIDs is damaged; remove pseudonym.key from the user's data "
            "folder to make a new one. Later exports will then carry other UIDs."
        )
    return Pseudonyms(key)


def _make_key(path: Path) -> None:
    """Writes a fresh key whole or not at all; where another process was first, its key stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _age_class(age: str) -> str:
    """A DICOM age string (PS3.5 6.2 AS, such as 063Y); ages above 89 as 090Y."""
    is_in_years = age[-1:] in ("Y", "") and age[:-1].isdigit()
    return "090Y" if is_in_years and int(age[:-1]) > _OLDEST_AGE else age
