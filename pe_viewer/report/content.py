"""The words and tables of a report, for every writer that lays out pages. No layout, no Qt.

What the model says and what the reader says come from different functions and never mix; the model
puts no word into the reader's impression.
"""

import textwrap
from dataclasses import dataclass
from typing import Final

from pe_models import SOFTWARE_NAME, __version__
from pe_models.findings import Findings, Flag, SliceScore
from pe_viewer.display import texts
from pe_viewer.draft.impression import impression_of
from pe_viewer.draft.sign_off_words import signed_text
from pe_viewer.draft.words import DEFAULT_LANGUAGE, words_of
from pe_viewer.report.heart_content import heart_notes
from pe_viewer.report.model import KeyImage, KeyImageKind, Report
from pe_viewer.report.phrases import ENGLISH, Phrases, phrases_of
from pe_viewer.review import Decision, DecisionState, RejectionReason, Review

TITLE: Final = "CT pulmonary angiography: research report"
NO_IMPRESSION: Final = "No impression entered."
NOT_ANALYSED: Final = "Not analysed: this report holds nothing from a model."
NOT_A_PROBABILITY: Final = (
    "A model score orders slices by suspicion. It is not a probability of embolism, and a low one "
    "does not exclude embolism."
)
CONSISTENCY_NOTE: Final = (
    "Raw: as the net gave it. Calibrated: mapped to how often it held on the calibration set. "
    "Consistent: the nearest scores that break no rule of the label set; yes where above 0.5."
)
COLOURS_NOTE: Final = "The colours mean the same on every slice."
DEIDENTIFIED: Final = (
    "The patient's name and dates were removed, also from typed text; ids and UIDs were replaced."
)
_EMPTY: Final = "–"
_LONGEST_PASSAGE: Final = 2000
_LONGEST_IN_CELL: Final = 400
_ORDER_OF_STATES: Final = (
    DecisionState.ACCEPTED,
    DecisionState.ADDED,
    DecisionState.UNSURE,
    DecisionState.REJECTED,
    DecisionState.UNDECIDED,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A term with its value, as people read it."""

    term: str
    value: str


@dataclass(frozen=True, slots=True)
class Note:
    """One line on the examination's quality; a warning is set apart by shape and colour."""

    text: str
    is_warning: bool


@dataclass(frozen=True, slots=True)
class Table:
    """``numeric`` names the columns (by position) whose figures are set flush right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has another number of cells than the table has columns")


def patient_line(report: Report) -> str:
    """Who was examined: name, age and sex, id."""
    patient, say = report.study.patient, phrases_of(report)
    age_and_sex = " ".join(part for part in (texts.age_text(patient.age), patient.sex) if part)
    identity = f"ID {patient.patient_id}" if patient.patient_id else ""
    born = (
        say("born {date}", date=texts.date_text(patient.birth_date)) if patient.birth_date else ""
    )
    name = texts.person_name(patient.name) or say("No name")
    return "   ".join(part for part in (name, age_and_sex, born, identity) if part)


def study_line(report: Report) -> str:
    """Which examination: date, description, accession number."""
    study, say = report.study, phrases_of(report)
    accession = say("Accession {number}", number=study.accession_number)
    when = " ".join(
        part for part in (texts.date_text(study.date), texts.time_text(study.time)) if part
    )
    unknown = say("Date removed" if report.is_deidentified else "No date")
    known = (when or unknown, study.description, accession if study.accession_number else "")
    return "   ".join(part for part in known if part)


def software_line(report: Report) -> str:
    """What made the report: software, bundle and the beginning of the bundle's hash."""
    software = f"{SOFTWARE_NAME} {__version__}"
    if report.findings is None:
        return f"{software} · no model"
    bundle = report.findings.bundle
    return f"{software} · bundle {bundle.name} {bundle.version} · sha256 {bundle.sha256[:12]}"


def created_line(report: Report) -> str:
    """When it was made, and whether somebody stands by it."""
    say = phrases_of(report)
    signed = say("Not signed")
    if report.sign_off is not None:
        signed = signed_text(report.sign_off, words_of(say.language))
    if report.created is None:
        return say("{signed}. {removed}", signed=signed, removed=say(DEIDENTIFIED))
    return say("Made {time}. {signed}.", time=f"{report.created:%Y-%m-%d %H:%M}", signed=signed)


def examination(report: Report) -> tuple[Fact, ...]:
    """What was scanned, as the files say; what they do not say is left out."""
    series, say = report.series, phrases_of(report)
    slice_mm, row_mm, col_mm = series.geometry.spacing_mm
    thickness = series.slice_thickness_mm
    spacing = say(
        "{between} mm between slices, {rows} x {cols} mm in plane",
        between=say.number(f"{slice_mm:.2f}"),
        rows=say.number(f"{row_mm:.3f}"),
        cols=say.number(f"{col_mm:.3f}"),
    )
    matrix = say(
        "{slices}, {rows} x {cols} pixels",
        slices=series.n_slices,
        rows=series.rows,
        cols=series.cols,
    )
    facts = (
        ("Series", _series_name(report)),
        ("Slices", matrix),
        ("Spacing", spacing),
        ("Slice thickness", "" if thickness is None else say.number(f"{thickness:g} mm")),
        ("Kernel", series.kernel),
        ("Contrast agent", series.contrast_agent),
        ("Scanner", series.manufacturer),
    )
    return tuple(Fact(say(term), value) for term, value in facts if value)


def identifiers(report: Report) -> tuple[Fact, ...]:
    say = phrases_of(report)
    return (
        Fact(say("Study UID"), report.study.study_uid),
        Fact(say("Series UID"), report.series.series_uid),
    )


def quality(report: Report) -> tuple[Note, ...]:
    """Whether this CT can answer the question, measured, and what is odd about its files."""
    findings, say = report.findings, phrases_of(report)
    notes = [Note(say.warning(warning.message), True) for warning in report.series.warnings]
    if findings is None:
        return (*notes, Note(say("Quality was not measured, as no analysis was made."), False))
    measured = findings.quality.pulmonary_artery_hu
    notes += [Note(say.warning(warning.message), True) for warning in findings.quality.warnings]
    if measured is not None:
        notes.append(Note(say("Pulmonary artery: {hu} HU.", hu=round(measured)), False))
    if not findings.quality.warnings:
        notes.append(Note(say("Quality measured from pixels: no warnings."), False))
    return tuple(notes)


def impression(report: Report) -> str:
    """The reader's wording, or what follows from a form that they filled in."""
    has_form = report.form is not None and not report.review.form.is_empty
    composed = impression_of(report.form) if report.form is not None and has_form else ""
    return composed or report.review.comment.strip() or NO_IMPRESSION


def shown_impression(report: Report) -> str:
    """The impression, or that there is none in the language of the page."""
    said = impression(report)
    return phrases_of(report)(NO_IMPRESSION) if said == NO_IMPRESSION else said


def passages(text: str) -> tuple[str, ...]:
    """Typed text in pieces that each fit on a page: its lines, the longest of them cut."""
    return tuple(
        piece
        for line in text.splitlines()
        for piece in (textwrap.wrap(line, _LONGEST_PASSAGE, drop_whitespace=False) or [" "])
    )


def reading(report: Report) -> str:
    """How far the reader came with the flags, in one line."""
    say = phrases_of(report)
    if report.review == Review():
        return say("Not reviewed by a reader.")
    states = [report.review.state_of(flag) for _, flag in report.numbered_flags]
    states += [d.state for d in report.review.decisions if d.state is DecisionState.ADDED]
    words = ((states.count(state), texts.DECISION_TEXTS[state]) for state in _ORDER_OF_STATES)
    counts = ", ".join(f"{count} {say(word)}" for count, word in words if count)
    if not counts:
        return say("Nothing flagged, and nothing added.")
    return say("Flagged runs: {counts}.", counts=counts)


def added_runs(report: Report) -> Table:
    """What the reader marked where the model did not."""
    say = phrases_of(report)
    rows = tuple(
        (*_run_cells(report, decision), _in_cell(decision.comment, say) or _EMPTY)
        for decision in report.review.decisions
        if decision.state is DecisionState.ADDED
    )
    columns = ("Images", "Position (mm)", "Peak", "Comment")
    return Table(tuple(say(column) for column in columns), rows)


def verdict(report: Report) -> str:
    findings, say = report.findings, phrases_of(report)
    return say(NOT_ANALYSED) if findings is None else _of_window(texts.verdict_line(findings), say)


def verdict_notes(findings: Findings, say: Phrases = ENGLISH) -> tuple[str, ...]:
    """What belongs beside the verdict: reason, zone, what a score means, the right heart."""
    zone = "" if findings.zone is None else texts.ZONE_TEXTS[findings.zone]
    meaning = texts.score_meaning(findings.bundle)
    reason = ", ".join(_of_window(r, say) for r in texts.verdict_reason(findings).split(", "))
    looked_at = texts.looked_at_text(findings)
    said = (reason, *(_of_window(words, say) for words in (zone, looked_at, meaning)))
    sentences = [f"{_capitalised(part)}." for part in said if part]
    return (" ".join(sentences), say(NOT_A_PROBABILITY), *heart_notes(findings, say))


def flagged_runs(report: Report) -> Table:
    """The model's flags from the head toward the feet, each with what the reader did."""
    say = phrases_of(report)
    rows = tuple(
        (
            str(number),
            *_run_cells(report, flag),
            say.number(texts.score_text(flag.score)),
            ", ".join(say(word) for word in texts.where_words(flag)) or _EMPTY,
            _decision_text(report.review.decision_on(flag), say),
        )
        for number, flag in report.numbered_flags
    )
    columns = ("Flag", "Images", "Position (mm)", "Peak", "Score", "Where", "Reader")
    return Table(tuple(say(column) for column in columns), rows, numeric=frozenset({4}))


def exam_scores(findings: Findings, say: Phrases = ENGLISH) -> Table:
    """The exam labels: as the net gave them, calibrated, and projected on a valid state."""
    rows = tuple(
        (
            say(texts.LABEL_TEXTS.get(label, label)),
            say.number(texts.score_text(score.raw)),
            say.number(texts.score_text(score.calibrated)),
            say.number(texts.score_text(score.consistent)),
            say("yes" if score.consistent > 0.5 else "no"),
        )
        for label, score in findings.exam.items()
    )
    columns = ("Label", "Raw", "Calibrated", "Consistent", "Consistent state")
    return Table(tuple(say(column) for column in columns), rows, numeric=frozenset({1, 2, 3}))


def provenance(findings: Findings, say: Phrases = ENGLISH) -> tuple[Fact, ...]:
    """Which bundle said so, made how, run on what."""
    bundle = findings.bundle
    broken = ", ".join(findings.violations_before) or say("none")
    cost = say.number(f"{findings.consistency_cost:.4f}")
    total_ms = findings.timing_ms.get("total")
    took = "" if total_ms is None else say.number(f", {total_ms / 1000:.1f} s")
    name = f"{bundle.name} {bundle.version}"
    facts = (
        ("Bundle", say("{name}, task {task}", name=name, task=findings.task)),
        ("SHA-256", bundle.sha256),
        ("Trained on", bundle.trained_on),
        ("Calibrated on", bundle.calibrated_on),
        ("Flag threshold", say.number(f"{findings.flag_threshold:g}")),
        (
            "Rules broken before",
            say("{rules}; cost of the projection {cost}", rules=broken, cost=cost),
        ),
        ("Computed on", f"{findings.device}{took}"),
    )
    return tuple(Fact(say(term), value) for term, value in facts if value)


def key_image_title(report: Report, image: KeyImage) -> str:
    """Why this slice is shown."""
    say = phrases_of(report)
    if image.kind is KeyImageKind.LEVEL:
        return say("Representative level: {level}", level=say(image.level))
    flag = next((f for number, f in report.numbered_flags if number == image.flag_number), None)
    of_reader = "" if image.kind is KeyImageKind.FLAG else say(image.kind.capitalize())
    if flag is None:
        return of_reader
    number, shown = image.flag_number, say.number(texts.score_text(flag.score))
    score = say("Flag {number}, model score {score}", number=number, score=shown)
    decision = say(texts.DECISION_TEXTS[report.review.state_of(flag)])
    decided = say("reader: {decision}", decision=decision)
    return " · ".join(part for part in (of_reader, score, decided) if part)


def key_images_notes(report: Report) -> tuple[str, ...]:
    """What the choice of key images leaves unsaid, and how to read an overlay."""
    say = phrases_of(report)
    if not report.key_images:
        return (say("The pixels were not available; no key images."),)
    notes = []
    if report.key_images[0].kind is KeyImageKind.LEVEL:
        notes.append(say("Nothing is flagged or marked: three fixed levels, for orientation only."))
    if report.n_flags_unpictured:
        runs = texts.count_text(report.n_flags_unpictured, "flagged run", "flagged runs")
        notes.append(_of_window(f"{runs} more in the table only.", say))
    maps = [image.heatmap for image in report.key_images if image.heatmap is not None]
    if maps:
        methods = dict.fromkeys(heatmap.method for heatmap in maps)
        notes.append(" ".join([*(_caution(method, say) for method in methods), say(COLOURS_NOTE)]))
    return tuple(notes)


def _caution(method: str, say: Phrases) -> str:
    """How an overlay is to be read, as the window says it: ``Clot map: where the model ...``."""
    caution = say(texts.overlay_caution(method))
    small = f"{caution[:1].lower()}{caution[1:]}"
    return f"{say(texts.method_text(method))}: {small}."


def position(report: Report, slice_index: int) -> str:
    """``Im 183/275  z -112.5 mm``."""
    source = report.source(slice_index)
    return texts.position_text(
        slice_index, source.instance_number, report.series.n_slices, source.position_mm
    )


def slice_words(report: Report, score: SliceScore) -> str:
    """One slice of the track in words; no score for a task without them."""
    say = phrases_of(report)
    shown = "" if score.pe_score is None else say.number(texts.score_text(score.pe_score))
    said = say("  model score {score}", score=shown) if shown else ""
    return f"{position(report, score.slice_index)}{said}"


def _series_name(report: Report) -> str:
    series = report.series
    number = "" if series.series_number is None else str(series.series_number)
    return ": ".join(part for part in (number, series.description) if part)


def _run_cells(report: Report, run: Flag | Decision) -> tuple[str, str, str]:
    """Images, position and peak of a run from the head toward the feet, as PACS names slices."""
    highest, lowest = report.source(run.last), report.source(run.first)
    say = phrases_of(report)
    if run.first == run.last:
        images, at = _slice_name(report, run.last), say.number(f"{highest.position_mm:.1f}")
    else:
        end = run.first + 1 if lowest.instance_number is None else lowest.instance_number
        images = f"{_slice_name(report, run.last)} – {end}"
        ends = (say.number(f"{end.position_mm:.1f}") for end in (highest, lowest))
        at = say("{highest} to {lowest}", **dict(zip(("highest", "lowest"), ends, strict=True)))
    return images, at, _slice_name(report, run.peak)


def _slice_name(report: Report, slice_index: int) -> str:
    return texts.slice_name(slice_index, report.source(slice_index).instance_number)


def _decision_text(decision: Decision | None, say: Phrases) -> str:
    """What the reader did with a flag, with the reason and the comment."""
    if decision is None:
        return say(texts.DECISION_TEXTS[DecisionState.UNDECIDED]).capitalize()
    state = say(texts.DECISION_TEXTS[decision.state]).capitalize()
    reason = "" if decision.reason is None else f": {_reason(decision.reason, say)}"
    comment = f" ({_in_cell(decision.comment, say)})" if decision.comment else ""
    return f"{state}{reason}{comment}"


def _reason(reason: RejectionReason, say: Phrases) -> str:
    """In lower case, but for languages that write their nouns large."""
    word = texts.REASON_TEXTS[reason]
    return word.lower() if say.language is DEFAULT_LANGUAGE else say(word)


def _in_cell(comment: str, say: Phrases) -> str:
    """A comment as a table shows it; a very long one says where the rest is."""
    if len(comment) <= _LONGEST_IN_CELL:
        return comment
    return say(
        "{beginning}… [{count} characters, whole in the JSON report]",
        beginning=comment[:_LONGEST_IN_CELL],
        count=len(comment),
    )


def _of_window(words: str, say: Phrases) -> str:
    """A line of the window's, which begins large in some places and small in others."""
    small = words[:1].lower() + words[1:]
    tried = ((words, say.like_window(words)), (small, say.like_window(small)))
    return next((found for english, found in tried if found != english), words)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
