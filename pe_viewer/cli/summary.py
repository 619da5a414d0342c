"""The table of a batch: one row a study, RFC 4180, UTF-8. No name, id or date of a patient."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final

from pe_models import NOTICE
from pe_models.errors import ExportError
from pe_models.findings import Findings
from pe_viewer.display.scores import highest_score

SUMMARY_NAME: Final = "summary.csv"

_DONE: Final = "done"
_FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one study.

    ``study`` names its folder; ``files`` are those in it. ``message`` says why it failed.
    ``made_by`` names software, bundle and formats. Scores are those of the model, unrounded.
    """

    study: str
    study_uid: str
    series_uid: str
    n_slices: int
    made_by: str
    state: str = _FAILED
    verdict: str = ""
    zone: str = ""
    highest_score: str = ""
    n_flags: str = ""
    pulmonary_artery_hu: str = ""
    quality: str = ""
    seconds: str = ""
    files: str = ""
    message: str = ""
    notice: str = NOTICE

    @property
    def is_done(self) -> bool:
        return self.state == _DONE

    @property
    def words(self) -> str:
        """In a few words, for a line of the terminal."""
        return self.verdict if self.is_done else f"failed: {self.message}"

    def failed(self, message: str) -> "Outcome":
        return replace(self, state=_FAILED, message=message)

    def succeeded(self, findings: Findings, files: Sequence[str], seconds: float) -> "Outcome":
        hu = findings.quality.pulmonary_artery_hu
        return replace(
            self,
            state=_DONE,
            verdict=str(findings.verdict or ""),
            zone=str(findings.zone or ""),
            highest_score=str(highest_score(findings)),
            n_flags=str(len(findings.flags)),
            pulmonary_artery_hu="" if hu is None else f"{hu:.0f}",
            quality=" ".join(warning.code for warning in findings.quality.warnings),
            seconds=f"{seconds:.1f}",
            files=" ".join(files),
            message="",
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """Outcomes in the order in which they came, one a study."""

    outcomes: tuple[Outcome, ...] = ()

    def with_outcome(self, outcome: Outcome) -> "Summary":
        """The table with ``outcome`` in the place of an earlier one on the same study."""
        others = tuple(o for o in self.outcomes if o.study != outcome.study)
        return Summary((*others, outcome))

    def is_done(self, study: str, made_by: str, out: Path) -> bool:
        """Whether a study was reported on in this way, and all its files are still there."""
        found = next((o for o in self.outcomes if o.study == study and o.is_done), None)
        if found is None or found.made_by != made_by:
            return False
        return all((out / study / name).is_file() for name in found.files.split())


def read_summary(out: Path) -> Summary:
    """The table of an earlier batch; an empty one where there is none.

    Raises ExportError for a file of that name that is no such table: it may be somebody's.
    """
    path = out / SUMMARY_NAME
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            if rows.fieldnames != [field.name for field in fields(Outcome)]:
                raise _not_ours()
            return Summary(tuple(_outcome(row) for row in rows))
    except FileNotFoundError:
        return Summary()
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise _not_ours() from error


def write_summary(out: Path, summary: Summary) -> None:
    """Writes the table whole, or not at all. Raises ExportError."""
    from pe_viewer.report.files import write_together

    text = io.StringIO(newline="")
    table = csv.DictWriter(text, [field.name for field in fields(Outcome)], lineterminator="\r\n")
    table.writeheader()
    table.writerows(asdict(outcome) for outcome in summary.outcomes)
    write_together(out, {SUMMARY_NAME: text.getvalue().encode()})


def _outcome(row: dict[str, str]) -> Outcome:
    return replace(Outcome(**row), n_slices=int(row["n_slices"]))  # type: ignore[arg-type]


def _not_ours() -> ExportError:
    return ExportError(
        f"The folder holds a {SUMMARY_NAME} that no batch has written; choose another folder."
    )
