"""Many studies, one after the other: each in a folder of its own, all in one table.

The table is the record too: it is written anew, whole, after each study, so that a batch that was
stopped or killed goes on behind the last study that it holds. A study that fails stands there with
its reason, and is tried again.
"""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from pe_models import SOFTWARE_NAME, __version__
from pe_models.cli import DONE, FAILED, output
from pe_models.errors import PEError, ScanError
from pe_models.imaging.study import Scan, Study
from pe_models.progress import CancelToken, Progress
from pe_viewer.cli.reporter import Reporter
from pe_viewer.cli.summary import SUMMARY_NAME, Outcome, Summary, read_summary, write_summary
from pe_viewer.controller.scanning import why_nothing_opened
from pe_viewer.display.texts import count_text
from pe_viewer.library.series_id import key_of_study


def run(scan: Scan, reporter: Reporter, out: Path, progress: str) -> int:
    """FAILED where any study failed. Raises PEError where there is no study, or no room."""
    if not scan.studies:
        raise ScanError(why_nothing_opened(scan.skipped))
    made_by = _made_by(reporter)
    summary = read_summary(out)
    write_summary(out, summary)
    for number, study in enumerate(scan.studies, start=1):
        reporter.on_progress(Progress("studies", number - 1, len(scan.studies)))
        key = _key(study, is_deidentified=reporter.is_deidentified)
        if summary.is_done(key, made_by, out):
            continue
        outcome = _report(study, key, reporter, out, made_by)
        summary = summary.with_outcome(outcome)
        write_summary(out, summary)
        _say_outcome(number, len(scan.studies), outcome, progress)
    return _say_end(summary, scan.studies, reporter, out, progress)


def _report(study: Study, key: str, reporter: Reporter, out: Path, made_by: str) -> Outcome:
    """What came of one study: a failure stays its own."""
    series, began = study.series[0], time.monotonic()
    outcome = Outcome(
        study=key,
        study_uid=_uid(study.study_uid, reporter),
        series_uid=_uid(series.series_uid, reporter),
        n_slices=series.n_slices,
        made_by=made_by,
    )
    try:
        findings, result = reporter.report(study, series, out / key)
    except PEError as error:
        return outcome.failed(" ".join(str(error).split()))
    except Exception as error:  # noqa: BLE001 - the boundary of the command line
        return outcome.failed(f"Unexpected {type(error).__name__}")
    seconds = time.monotonic() - began
    return outcome.succeeded(findings, [path.name for path in result.files], seconds)


def _key(study: Study, *, is_deidentified: bool) -> str:
    """The name of a study's folder: the same in every batch, and nobody's name.

    Two patients who share a StudyInstanceUID have a folder each, whichever batch they are in.
    """
    key = key_of_study(study)
    told = _pseudonym(key) if is_deidentified else key
    return f"study-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _uid(uid: str, reporter: Reporter) -> str:
    return _pseudonym(uid) if reporter.is_deidentified else uid


def _pseudonym(uid: str) -> str:
    from pe_viewer.report.deidentified.deidentify import site_pseudonyms

    return site_pseudonyms().uid(uid)


def _made_by(reporter: Reporter) -> str:
    """What a report depends on beside its study: made by another, it is made anew."""
    bundle = reporter.worker.describe(CancelToken()).bundle
    parts = (
        f"{SOFTWARE_NAME} {__version__}",
        f"bundle {bundle.name} {bundle.version} sha256 {bundle.sha256}",
        f"formats {' '.join(reporter.formats)}",
        "de-identified" if reporter.is_deidentified else "identified",
    )
    return "; ".join(parts)


def _say_outcome(number: int, total: int, outcome: Outcome, progress: str) -> None:
    if progress != output.ProgressMode.JSON:
        output.say(f"{number}/{total}  {outcome.study}  {outcome.words}")


def _say_end(
    summary: Summary, studies: Sequence[Study], reporter: Reporter, out: Path, progress: str
) -> int:
    keys = [_key(study, is_deidentified=reporter.is_deidentified) for study in studies]
    outcomes = [outcome for outcome in summary.outcomes if outcome.study in keys]
    n_failed = sum(not outcome.is_done for outcome in outcomes)
    table = out / SUMMARY_NAME
    if progress == output.ProgressMode.JSON:
        output.finish(progress, summary=str(table), studies=len(outcomes), failed=n_failed)
    else:
        studies_text = count_text(len(outcomes), "study", "studies")
        output.say(f"{studies_text}, {n_failed} failed. The table: {table}")
    return FAILED if n_failed else DONE
