"""The coded words of DICOM and FHIR outputs, one table; every code is checked in the tests.

What no public scheme names (RadLex and SNOMED CT have no model score, no flag, no zone) is a local
code of ``99PEV``, defined here and described in ``docs/report-dicom.md``.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from pydicom.sr.coding import Code

from pe_models import labels
from pe_models.findings import (
    CLASS_ACTIVATION,
    CLOT_MAP,
    ArteryLevel,
    QualityCode,
    Verdict,
    Zone,
)
from pe_viewer.form.answers import Acuity, BolusQuality, Degree, Level, Presence, Reflux, Septum
from pe_viewer.form.sites import SIDE_CODES, ArterialSite, Occlusion, Side
from pe_viewer.review import DecisionState, RejectionReason

LOCAL_SCHEME: Final = "99PEV"
LOCAL_SCHEME_NAME: Final = "PE Reading Room local codes"

GRAD_CAM: Final = "grad-cam"
"""As ``pe_models.explain`` names it, which the viewer cannot import without torch."""


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


def _sct(value: str, meaning: str) -> Code:
    return Code(value, "SCT", meaning)


def _local(value: str, meaning: str) -> Code:
    return Code(value, LOCAL_SCHEME, meaning)


# The document and its observers (PS3.16 TID 1500, 1002, 1003, 1004)
IMAGING_MEASUREMENT_REPORT: Final = _dcm("126000", "Imaging Measurement Report")
IMAGING_MEASUREMENTS: Final = _dcm("126010", "Imaging Measurements")
MEASUREMENT_GROUP: Final = _dcm("125007", "Measurement Group")
LANGUAGE: Final = _dcm("121049", "Language of Content Item and Descendants")
ENGLISH: Final = Code("en", "RFC5646", "English")
GERMAN: Final = Code("de", "RFC5646", "German")
OBSERVER_TYPE: Final = _dcm("121005", "Observer Type")
PERSON: Final = _dcm("121006", "Person")
DEVICE: Final = _dcm("121007", "Device")
PERSON_NAME: Final = _dcm("121008", "Person Observer Name")
DEVICE_UID: Final = _dcm("121012", "Device Observer UID")
DEVICE_NAME: Final = _dcm("121013", "Device Observer Name")
DEVICE_MANUFACTURER: Final = _dcm("121014", "Device Observer Manufacturer")
DEVICE_MODEL: Final = _dcm("121015", "Device Observer Model Name")
DEVICE_SERIAL_NUMBER: Final = _dcm("121016", "Device Observer Serial Number")
PROCEDURE_REPORTED: Final = _dcm("121058", "Procedure reported")
COMPUTED_TOMOGRAPHY: Final = _sct("77477000", "Computed tomography")
CTPA_REPORT: Final = Code(
    "79077-4", "LN", "CTA Pulmonary arteries for pulmonary embolus W contrast IV"
)
IMAGING_REPORT: Final = Code("18748-4", "LN", "Diagnostic Imaging Report")
OF_INTEREST: Final = _dcm("113000", "Of Interest")
KEY_OBJECT_DESCRIPTION: Final = _dcm("113012", "Key Object Description")

# What stands in a group (TID 1501, 1410, 300, 4019)
TRACKING_IDENTIFIER: Final = _dcm("112039", "Tracking Identifier")
TRACKING_UID: Final = _dcm("112040", "Tracking Unique Identifier")
FINDING: Final = _dcm("121071", "Finding")
FINDING_SITE: Final = _sct("363698007", "Finding Site")
LATERALITY: Final = _sct("272741003", "Laterality")
ALGORITHM_NAME: Final = _dcm("111001", "Algorithm Name")
ALGORITHM_VERSION: Final = _dcm("111003", "Algorithm Version")
ALGORITHM_PARAMETERS: Final = _dcm("111002", "Algorithm Parameters")
SOURCE_OF_MEASUREMENT: Final = _dcm("121112", "Source of Measurement")
IMAGE_REGION: Final = _dcm("111030", "Image Region")
READER: Final = _local("READER", "Entries of the reader")
COMMENT: Final = _dcm("121106", "Comment")
IMPRESSION: Final = Code("19005-8", "LN", "Impressions")
SOURCE_IMAGE: Final = _dcm("121322", "Source image for image processing operation")
SEGMENTATION: Final = _dcm("113076", "Segmentation")

PULMONARY_EMBOLISM: Final = _sct("59282003", "Pulmonary embolism")
EMBOLUS: Final = _sct("55584005", "Embolus")
ABNORMAL_STRUCTURE: Final = _sct("49755003", "Morphologically Abnormal Structure")
PULMONARY_ARTERY: Final = _sct("81040000", "Pulmonary artery")
PULMONARY_TRUNK: Final = _sct("45341000", "Trunk of pulmonary artery")
CHEST: Final = _sct("51185008", "Chest")
ARTIFICIAL_INTELLIGENCE: Final = _dcm("123110", "Artificial Intelligence")

MIN_ATTENUATION: Final = _dcm("112179", "Minimum Attenuation Coefficient")
MAX_ATTENUATION: Final = _dcm("112180", "Maximum Attenuation Coefficient")
MEAN_ATTENUATION: Final = _dcm("112181", "Mean Attenuation Coefficient")
SD_ATTENUATION: Final = _dcm("112183", "Standard Deviation of Attenuation Coefficient")
MIN_VALUE: Final = _sct("255605001", "Minimum")
MAX_VALUE: Final = _sct("56851009", "Maximum")
MEAN_VALUE: Final = _sct("373098007", "Mean")
SD_VALUE: Final = _sct("386136009", "Standard Deviation")
LENGTH: Final = _sct("410668003", "Length")
AREA: Final = _sct("42798000", "Area")

# What only this software says
FLAGGED: Final = _local("FLAGGED", "Flagged by a model")
SCORED_EXAM: Final = _local("SCORED_EXAM", "Examination scored by a model")
MODEL_SCORE: Final = _local("SCORE", "Model score")
MODEL_VERDICT: Final = _local("MODEL_VERDICT", "Verdict of the model")
MODEL_ZONE: Final = _local("MODEL_ZONE", "Zone by the conformal thresholds")
QUALITY_WARNING: Final = _local("QUALITY", "Why the CT cannot exclude embolism")
MODEL_LEVEL: Final = _local("MODEL_LEVEL", "Level of the artery that a model marks")
FIRST_IMAGE: Final = _local("RUN_FIRST", "Begin of run")
LAST_IMAGE: Final = _local("RUN_LAST", "End of run")
READER_DECISION: Final = _local("DECISION", "Decision of the reader")
REJECTION_REASON: Final = _local("REASON", "Reason of the rejection")
PULMONARY_ARTERY_HU: Final = _local("PA_ATTENUATION", "Attenuation of the pulmonary artery")

BOLUS_QUALITY: Final = _local("BOLUS", "Contrast in the pulmonary arteries")
MOTION: Final = _local("MOTION", "Disturbed by motion")
BEAM_HARDENING: Final = _local("BEAM_HARDENING", "Disturbed by beam hardening")
PROXIMAL_LEVEL: Final = _local("PROXIMAL_LEVEL", "Most proximal level of embolism")
ACUITY: Final = _local("ACUITY", "Age of the embolism")
SIGN: Final = _local("SIGN", "Sign of the age of an embolus")
RIGHT_HEART_STRAIN: Final = _local("STRAIN", "Right heart strain")
SEPTUM: Final = _local("SEPTUM", "Interventricular septum")
REFLUX: Final = _local("REFLUX", "Reflux of contrast below the right atrium")
PULMONARY_INFARCTION: Final = _sct("64662007", "Pulmonary infarction")
INCIDENTAL: Final = _local("INCIDENTAL", "Incidental finding")
LIMITATIONS: Final = _local("LIMITATIONS", "Limitations of the examination")
OVERRIDE: Final = _local("OVERRIDE", "Reason given against a rule of the consistency check")
FIRST_READ: Final = _local("FIRST_READ", "First read, locked before the model was seen")
VIEWED: Final = _local("VIEWED", "Slices viewed before the report was signed")
MODEL_WORDS: Final = _local("MODEL_WORDS", "Words of the model, taken over by the reader")
RV_DIAMETER: Final = _local("RV_DIAMETER", "Diameter of the right ventricle, axial")
LV_DIAMETER: Final = _local("LV_DIAMETER", "Diameter of the left ventricle, axial")
LV_RV_RATIO: Final = Code("59078-6", "LN", "Left Ventricle/Right Ventricle Diameter Ratio")
"""Mind the direction: the form's RV/LV is its inverse."""
RV_LV_GTE_1: Final = _local("RV_LV_P_1", "Probability of RV/LV of 1.0 or more (on phantoms)")
RV_LV_GTE_0_9: Final = _local("RV_LV_P_09", "Probability of RV/LV of 0.9 or more (on phantoms)")
RV_LV_RATIO: Final = _local("RV_LV_RATIO", "Right/left ventricle diameter ratio")
TRUNK_DIAMETER: Final = Code("18020-8", "LN", "Main Pulmonary Artery Diameter")
QANADLI: Final = _local("QANADLI", "Qanadli obstruction score")
QANADLI_INDEX: Final = _local("QANADLI_INDEX", "Qanadli obstruction index")
MASTORA_LEAST: Final = _local("MASTORA_LEAST", "Mastora score, least")
MASTORA_MOST: Final = _local("MASTORA_MOST", "Mastora score, most")
ADDENDUM: Final = _local("ADDENDUM", "Addendum")

VERDICTS: Final[Mapping[Verdict, Code]] = MappingProxyType(
    {
        Verdict.POSITIVE: _local("VERDICT_POSITIVE", "Model: flagged"),
        Verdict.NEGATIVE: _local("VERDICT_NEGATIVE", "Model: negative"),
        Verdict.INDETERMINATE: _local("VERDICT_UNCLEAR", "Model: cannot say"),
    }
)
"""Local on purpose: present or absent, coded in SNOMED CT, is for the reader to say."""

ZONES: Final[Mapping[Zone, Code]] = MappingProxyType(
    {zone: _local(f"ZONE_{zone.name}", f"Zone: {zone}") for zone in Zone}
)
MODEL_LEVELS: Final[Mapping[ArteryLevel, Code]] = MappingProxyType(
    {level: _local(f"ML_{level.name}", f"Model: {level}") for level in ArteryLevel}
)
"""Not the form's: for the model interlobar arteries are lobar ones."""
QUALITY: Final[Mapping[QualityCode, Code]] = MappingProxyType(
    {
        QualityCode.NOT_OPACIFIED: _local("NOT_OPACIFIED", "Pulmonary arteries not opacified"),
        QualityCode.INCOMPLETE_COVERAGE: _local("COVERAGE", "Incomplete coverage"),
        QualityCode.THICK_SLICES: _local("THICK_SLICES", "Slices thicker than 3 mm"),
        QualityCode.GAP: _local("GAP", "Gap between slices"),
        QualityCode.MOTION: _local("MOTION", "Motion"),
        QualityCode.MISSING_SLICES: _local("MISSING_SLICES", "Slices missing"),
    }
)
DECISIONS: Final[Mapping[DecisionState, Code]] = MappingProxyType(
    {
        DecisionState.UNDECIDED: _local("UNDECIDED", "Not decided"),
        DecisionState.ACCEPTED: _local("ACCEPTED", "Accepted"),
        DecisionState.REJECTED: _local("REJECTED", "Rejected"),
        DecisionState.UNSURE: _local("UNSURE", "Unsure"),
        DecisionState.ADDED: _local("ADDED", "Added by the reader"),
    }
)
REASONS: Final[Mapping[RejectionReason, Code]] = MappingProxyType(
    {reason: _local(f"R_{reason.name}", reason.value.capitalize()) for reason in RejectionReason}
)
PRESENCES: Final[Mapping[Presence, Code]] = MappingProxyType(
    {
        Presence.PRESENT: _sct("52101004", "Present"),
        Presence.ABSENT: _sct("2667000", "Absent"),
        Presence.INDETERMINATE: _sct("82334004", "Indeterminate"),
    }
)
LEVELS: Final[Mapping[Level, Code]] = MappingProxyType(
    {level: _local(f"LV_{level.name}", level.value.capitalize()) for level in Level}
)
ACUITIES: Final[Mapping[Acuity, Code]] = MappingProxyType(
    {
        Acuity.ACUTE: _sct("385315009", "Acute onset"),
        Acuity.CHRONIC: _sct("90734009", "Chronic"),
        Acuity.ACUTE_ON_CHRONIC: _local("ACUTE_ON_CHRONIC", "Acute on chronic"),
    }
)
BOLUS_QUALITIES: Final[Mapping[BolusQuality, Code]] = MappingProxyType(
    {q: _local(f"BOLUS_{q.name}", q.value.capitalize()) for q in BolusQuality}
)
DEGREES: Final[Mapping[Degree, Code]] = MappingProxyType(
    {degree: _local(f"DEGREE_{degree.name}", degree.value.capitalize()) for degree in Degree}
)
SEPTA: Final[Mapping[Septum, Code]] = MappingProxyType(
    {septum: _local(f"SEPTUM_{septum.name}", septum.value.capitalize()) for septum in Septum}
)
REFLUXES: Final[Mapping[Reflux, Code]] = MappingProxyType(
    {
        Reflux.NONE: _local("REFLUX_NONE", "None"),
        Reflux.CAVA: _local("REFLUX_CAVA", "Into the inferior vena cava"),
        Reflux.HEPATIC_VEINS: _local("REFLUX_HEPATIC", "Into the hepatic veins"),
    }
)
OCCLUSIONS: Final[Mapping[Occlusion, Code]] = MappingProxyType(
    {
        occlusion: _local(f"OCC_{occlusion.name}", f"Occluded: {occlusion.value}")
        for occlusion in Occlusion
    }
)
EXAM_LABELS: Final[Mapping[str, Code]] = MappingProxyType(
    {
        labels.NEGATIVE: _local("NEGATIVE_EXAM", "Model score: negative for embolism"),
        labels.INDETERMINATE: _local("INDETERMINATE", "Model score: indeterminate"),
        labels.CHRONIC: _local("CHRONIC", "Model score: chronic embolism"),
        labels.ACUTE_AND_CHRONIC: _local("ACUTE_CHRONIC", "Model score: acute and chronic"),
        labels.CENTRAL: _local("CENTRAL", "Model score: central embolism"),
        labels.LEFT: _local("LEFT_SIDED", "Model score: left-sided embolism"),
        labels.RIGHT: _local("RIGHT_SIDED", "Model score: right-sided embolism"),
        labels.RV_LV_GTE_1: _local("RV_LV_GTE_1", "Model score: RV/LV ratio 1 or more"),
        labels.RV_LV_LT_1: _local("RV_LV_LT_1", "Model score: RV/LV ratio below 1"),
    }
)
"""The consistent score of each exam label; no more than 16 characters fit a code value."""

MAP_QUANTITIES: Final[Mapping[str, Code]] = MappingProxyType(
    {
        CLOT_MAP: _dcm("130401", "Visual explanation"),
        CLASS_ACTIVATION: _dcm("130402", "Class activation"),
        GRAD_CAM: _dcm("130403", "Gradient-weighted class activation"),
    }
)
"""What the values of a Heatmap are, by its method."""

NO_UNITS: Final = Code("1", "UCUM", "no units")
RATIO: Final = Code("{ratio}", "UCUM", "ratio")
PERCENT: Final = Code("%", "UCUM", "Percent")
MILLIMETRE: Final = Code("mm", "UCUM", "mm")
SQUARE_MILLIMETRE: Final = Code("mm2", "UCUM", "square millimeter")
HOUNSFIELD: Final = Code("[hnsf'U]", "UCUM", "Hounsfield unit")


def exam_label(label: str) -> Code:
    """The code of an exam label; one of another task becomes a local code by its own name."""
    return EXAM_LABELS.get(label) or _local(label[:16].upper(), f"Model score: {label}"[:64])


def map_quantity(method: str) -> Code:
    """What a map of ``method`` shows; of a method not known here, a visual explanation."""
    return MAP_QUANTITIES.get(method, MAP_QUANTITIES[CLOT_MAP])


def artery(site: ArterialSite) -> Code:
    return Code(site.code.value, site.code.scheme, site.code.meaning)


def places(site: ArterialSite) -> tuple[tuple[Code, Code], ...]:
    """(concept, value) of the side and the lobe that an artery belongs to; () for the trunk."""
    found = (Code(c.value, c.scheme, c.meaning) for c in site.laterality_and_lobe)
    return tuple(zip((LATERALITY, FINDING_SITE), found, strict=False))


def laterality(sides: Collection[str]) -> Code | None:
    """Of a flag's ``left`` and ``right``; None until a model gives sides."""
    known = [side for side in (Side.LEFT, Side.RIGHT) if side.value in sides]
    if not known:
        return None
    code = SIDE_CODES[known[0] if len(known) == 1 else Side.BOTH]
    return Code(code.value, code.scheme, code.meaning)
