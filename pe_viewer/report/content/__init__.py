"""The words and tables of a report, for every writer that lays out pages. No layout, no Qt.

What the model says and what the reader says come from different modules that do not know each
other; the model puts no word into the reader's impression.
"""

from pe_viewer.report.content.of_images import (
    COLOURS_NOTE,
    key_image_title,
    key_images_notes,
    position,
    slice_words,
)
from pe_viewer.report.content.of_model import (
    CONSISTENCY_NOTE,
    NOT_A_PROBABILITY,
    NOT_A_PROBABILITY_OF_DISEASE,
    NOT_ANALYSED,
    exam_scores,
    flagged_runs,
    provenance,
    verdict,
    verdict_notes,
)
from pe_viewer.report.content.of_reader import (
    NO_IMPRESSION,
    impression,
    own_runs,
    passages,
    reading,
    shown_impression,
)
from pe_viewer.report.content.of_study import (
    DEIDENTIFIED,
    TITLES,
    created_line,
    examination,
    identifiers,
    patient_line,
    quality,
    software_line,
    study_line,
    title,
)
from pe_viewer.report.content.parts import Fact, Note, Table

__all__ = [
    "COLOURS_NOTE",
    "CONSISTENCY_NOTE",
    "DEIDENTIFIED",
    "NOT_ANALYSED",
    "NOT_A_PROBABILITY",
    "NOT_A_PROBABILITY_OF_DISEASE",
    "NO_IMPRESSION",
    "TITLES",
    "Fact",
    "Note",
    "Table",
    "created_line",
    "exam_scores",
    "examination",
    "flagged_runs",
    "identifiers",
    "impression",
    "key_image_title",
    "key_images_notes",
    "own_runs",
    "passages",
    "patient_line",
    "position",
    "provenance",
    "quality",
    "reading",
    "shown_impression",
    "slice_words",
    "software_line",
    "study_line",
    "title",
    "verdict",
    "verdict_notes",
]
