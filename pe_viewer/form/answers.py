"""What can be answered in the form: one Enum a question. Values are the words of the JSON."""

from enum import StrEnum


class Presence(StrEnum):
    """Of embolism, right heart strain, infarct. SCT 52101004, 2667000, 82334004."""

    PRESENT = "present"
    ABSENT = "absent"
    INDETERMINATE = "indeterminate"


class Level(StrEnum):
    """The most proximal artery with embolus; from the trunk outward.

    Central are trunk, main and interlobar arteries. No public code set has these four as concepts
    of one axis, so that reports carry codes of our own (99PEV).
    """

    CENTRAL = "central"
    LOBAR = "lobar"
    SEGMENTAL = "segmental"
    SUBSEGMENTAL = "subsegmental"


class Acuity(StrEnum):
    """SCT 706870000 acute, 133971000119108 chronic; both where it is acute on chronic."""

    ACUTE = "acute"
    CHRONIC = "chronic"
    ACUTE_ON_CHRONIC = "acute on chronic"


class BolusQuality(StrEnum):
    """Whether the contrast in the pulmonary arteries lets clots be excluded."""

    GOOD = "good"
    LIMITED = "limited"
    POOR = "poor"


class Degree(StrEnum):
    """How much an artefact disturbs the reading."""

    NONE = "none"
    MILD = "mild"
    SEVERE = "severe"


class Septum(StrEnum):
    """The interventricular septum."""

    NORMAL = "normal"
    FLATTENED = "flattened"
    BOWED = "bowed toward the left"


class Reflux(StrEnum):
    """Of contrast below the right atrium."""

    NONE = "none"
    CAVA = "into the inferior vena cava"
    HEPATIC_VEINS = "into the hepatic veins"


class Sign(StrEnum):
    """Signs of age of an embolus; the first four are of acute, the others of chronic embolism."""

    CENTRAL_DEFECT = "central filling defect"
    ACUTE_ANGLES = "acute angles with the wall"
    OCCLUDED_ENLARGED = "occluded enlarged artery"
    PERIVASCULAR_STRANDING = "perivascular stranding"
    MURAL_THROMBUS = "mural thrombus"
    WEBS = "webs"
    BANDS = "bands"
    RECANALISATION = "recanalisation"

    @property
    def is_of_chronic(self) -> bool:
        return self in _CHRONIC


_CHRONIC = frozenset({Sign.MURAL_THROMBUS, Sign.WEBS, Sign.BANDS, Sign.RECANALISATION})


class Incidental(StrEnum):
    """Findings beside the question that every reader looks for."""

    NODULE = "nodule"
    NODE = "lymph node"
    EFFUSION = "effusion"
    BONE = "bone"
    OTHER = "other"


class Language(StrEnum):
    """Of the form's words and the impression in a report (ISO 639-1)."""

    ENGLISH = "en"
    GERMAN = "de"


class Source(StrEnum):
    """Where a value of the form comes from, when it is not the reader's own entry."""

    MEASUREMENT = "from your measurement"
    MODEL_LINE = "the model's line, taken over by you"
    DECISIONS = "from your decisions"
    TREE = "from the arterial tree"
    PIXELS = "measured in the pulmonary trunk"
