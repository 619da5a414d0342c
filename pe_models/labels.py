"""Label sets, metric weights and consistency rules of the RSNA-STR PE task, as data.

Source: the competition's data and evaluation pages; Colak et al., Radiology: Artificial
Intelligence 2021, 10.1148/ryai.2021200254.
"""

from typing import Final

IMAGE_LABEL: Final = "pe_present_on_image"

NEGATIVE: Final = "negative_exam_for_pe"
INDETERMINATE: Final = "indeterminate"
CHRONIC: Final = "chronic_pe"
ACUTE_AND_CHRONIC: Final = "acute_and_chronic_pe"
CENTRAL: Final = "central_pe"
LEFT: Final = "leftsided_pe"
RIGHT: Final = "rightsided_pe"
RV_LV_GTE_1: Final = "rv_lv_ratio_gte_1"
RV_LV_LT_1: Final = "rv_lv_ratio_lt_1"

EXAM_LABELS: Final[tuple[str, ...]] = (
    NEGATIVE,
    INDETERMINATE,
    CHRONIC,
    ACUTE_AND_CHRONIC,
    CENTRAL,
    LEFT,
    RIGHT,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)
"""The nine scored exam labels, in the order of every array indexed ``[..., label]``."""

QUALITY_LABELS: Final[tuple[str, ...]] = (
    "qa_motion",
    "qa_contrast",
    "flow_artifact",
    "true_filling_defect_not_pe",
)
"""Exam labels that the competition supplies but does not score."""

CSV_COLUMNS: Final[tuple[str, ...]] = (
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    IMAGE_LABEL,
    NEGATIVE,
    "qa_motion",
    "qa_contrast",
    "flow_artifact",
    RV_LV_GTE_1,
    RV_LV_LT_1,
    LEFT,
    CHRONIC,
    "true_filling_defect_not_pe",
    RIGHT,
    ACUTE_AND_CHRONIC,
    CENTRAL,
    INDETERMINATE,
)
"""The 17 columns of the competition's ``train.csv``, in its order."""

EXAM_WEIGHTS: Final[dict[str, float]] = {
    NEGATIVE: 0.0736196319,
    INDETERMINATE: 0.09202453988,
    CHRONIC: 0.1042944785,
    ACUTE_AND_CHRONIC: 0.1042944785,
    CENTRAL: 0.1877300613,
    LEFT: 0.06257668712,
    RIGHT: 0.06257668712,
    RV_LV_GTE_1: 0.2346625767,
    RV_LV_LT_1: 0.0782208589,
}
"""Weight of each exam label in the competition's metric; they sum to 1."""

IMAGE_WEIGHT: Final = 0.07361963
"""Weight of the image label in the competition's metric."""

RULES: Final[dict[str, str]] = {
    "1a": "a positive exam has exactly one RV/LV label",
    "1b": "a positive exam has at least one of central, right and left",
    "1c": "a positive exam is not both chronic and acute and chronic",
    "1d": "a positive exam is neither negative nor indeterminate",
    "2a": "an exam without a positive image is exactly one of negative and indeterminate",
    "2b": "an exam without a positive image has no other label",
}
"""Rules at a threshold of 0.5; an exam is positive if any image score exceeds 0.5."""
