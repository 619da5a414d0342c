"""BundleSpec: what a bundle says of itself, as frozen values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pe_models.calibration import Calibration, ZoneThresholds
from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.strain import StrainRule
from pe_models.imaging.window import PE_WINDOW, Window
from pe_models.placing.rules import PlaceRules

PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Names of bundles and of their files: never a path."""


class Windowing(StrEnum):
    """How HU become grey."""

    FIXED = "fixed"
    """The window's ends are 0 and 1, whatever the slice holds."""
    OWN_RANGE = "own-range"
    """The least and the greatest value of each slice within the window are 0 and 1."""


class LocalizerLevels(StrEnum):
    """Where the Localizer's four slices lie."""

    IN_LUNGS = "in-lungs"
    """At shares of the slices that hold lung."""
    OF_ALL_SLICES = "of-all-slices"
    """At shares of all slices, as if the CT showed a whole chest."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a Volume becomes the nets' input; the same in training and inference.

    ``pixel_mm`` fixes the scale of the slice net's input, whatever the patient's size; with None
    the crop is resized to a square of ``input_px``. ``crop_margin`` widens the Localizer's box on
    each side by this share of the slice's sides. ``mean`` and ``std`` normalise windowed values in
    [0, 1]. With a ``neighbour_mm`` of None the next slices are the neighbours, however far apart.
    A slice is seen with ``reach`` neighbours on each side, each so much further than the last.
    A ``wide_window`` shows all of these a second time, for what ``window`` shows as white alone.
    """

    window: Window = PE_WINDOW
    input_px: int = 224
    pixel_mm: float | None = None
    localizer_px: int = 160
    neighbour_mm: float | None = 2.5
    crop_margin: float = 0.02
    mean: float = 0.5
    std: float = 0.5
    windowing: Windowing = Windowing.FIXED
    localizer_levels: LocalizerLevels = LocalizerLevels.IN_LUNGS
    reach: int = 1
    wide_window: Window | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Those that the slice net sees, the widest last."""
        return (self.window,) if self.wide_window is None else (self.window, self.wide_window)

    @property
    def channels(self) -> int:
        """Of the slice net's input: the slices in one window, then in the next."""
        return self.n_slices * len(self.windows)

    @property
    def n_slices(self) -> int:
        """Those seen at once: a slice and its neighbours."""
        return 2 * self.reach + 1

    def __post_init__(self) -> None:
        if not 1 <= self.reach <= 8:
            raise ValueError(f"{self.reach} neighbours on each side; there are 1 to 8")
        if self.wide_window is not None and self.windowing is not Windowing.FIXED:
            raise ValueError("a second window is for fixed windows alone")
        if min(self.input_px, self.localizer_px) < 16:
            raise ValueError(f"inputs of {self.input_px} and {self.localizer_px} px are too small")
        has_neighbours = self.neighbour_mm is None or self.neighbour_mm > 0
        if not (has_neighbours and self.std > 0 and 0 <= self.crop_margin < 0.5):
            raise ValueError(f"preprocessing out of range: {self}")
        if self.pixel_mm is not None and not 0.2 <= self.pixel_mm <= 5.0:
            raise ValueError(f"a pixel of {self.pixel_mm} mm is not between 0.2 and 5 mm")


class SliceHead(StrEnum):
    """What follows the backbone of the slice net."""

    POOLED = "pooled"
    """Mean and a linear layer: one score a slice, as the winner had it."""
    DENSE = "dense"
    """A map of clot, vessels and ventricles, from which the slice's score is read."""


@dataclass(frozen=True, slots=True)
class SliceArchitecture:
    """A timm backbone; ``embedding`` is the length of what it gives a slice.

    ``width`` is the number of channels of a dense head's decoder; a pooled one has none. An input
    has so many ``channels``, as Preprocessing counts them.
    """

    backbone: str
    embedding: int
    head: SliceHead = SliceHead.POOLED
    width: int = 0
    channels: int = 3

    def __post_init__(self) -> None:
        if self.channels < 1:
            raise ValueError(f"an input of {self.channels} channels")
        if (self.head is SliceHead.DENSE) != (self.width > 0):
            raise ValueError(f"a {self.head} head with a decoder of {self.width} channels")


class Attention(StrEnum):
    """What the weight of a slice in the exam's mean depends on."""

    CONTENT = "content"
    """On what the slice shows."""
    PLACE = "place"
    """Also on its number in the sequence, which then has a fixed number of steps."""


@dataclass(frozen=True, slots=True)
class SequenceArchitecture:
    """``embedding`` numbers a slice -> ``bottleneck`` -> a GRU of ``hidden`` a direction.

    ``ends_in_logit`` says that the last of a slice's numbers is its own logit, from which its image
    score then begins. The last ``n_evidence`` numbers speak for the exam directly too, where they
    are highest. A ``bottleneck`` of 0 is none: the GRU reads the steps themselves. With ``steps``,
    longer exams are shortened to so many, shorter ones padded; ``masks_padding`` keeps that padding
    out of the differences, the GRU and the pooling.
    """

    embedding: int
    bottleneck: int = 128
    hidden: int = 128
    ends_in_logit: bool = False
    n_evidence: int = 0
    steps: int | None = None
    masks_padding: bool = True
    attention: Attention = Attention.CONTENT

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 2:
            raise ValueError(f"exams of {self.steps} steps")
        if not 0 <= self.n_evidence <= self.embedding:
            raise ValueError(f"{self.n_evidence} numbers of evidence among {self.embedding}")
        needs_steps = not self.masks_padding or self.attention is Attention.PLACE
        if needs_steps and self.steps is None:
            raise ValueError("unmasked padding and attention by place need steps")


@dataclass(frozen=True, slots=True)
class RefinerArchitecture:
    """A net that goes over a dense slice net's maps and the CT in three dimensions.

    ``widths`` are its channels, the finest level first; it sees HU in ``window``.
    """

    widths: tuple[int, ...]
    window: Window

    def __post_init__(self) -> None:
        if not self.widths or min(self.widths) < 1:
            raise ValueError(f"a refiner of {self.widths} channels")


@dataclass(frozen=True, slots=True)
class Member:
    """A slice net, and the sequence net that reads its embeddings."""

    slice_classifier: SliceArchitecture
    sequence: SequenceArchitecture


@dataclass(frozen=True, slots=True)
class Architecture:
    """What ``pe_models.nets`` needs to build the nets; the Localizer is a timm backbone.

    With ``others`` the bundle's scores are the mean of those of all its members. A ``refiner`` goes
    over the maps of one dense slice net.
    """

    localizer_backbone: str
    slice_classifier: SliceArchitecture
    sequence: SequenceArchitecture
    others: tuple[Member, ...] = ()
    refiner: RefinerArchitecture | None = None

    def __post_init__(self) -> None:
        is_dense = self.slice_classifier.head is SliceHead.DENSE
        if self.refiner is not None and (self.others or not is_dense):
            raise ValueError("a refiner is for one slice net with a dense head")
        if len({member.slice_classifier.head for member in self.members}) > 1:
            raise ValueError("the slice nets of one bundle all have the same kind of head")

    @property
    def members(self) -> tuple[Member, ...]:
        return (Member(self.slice_classifier, self.sequence), *self.others)


@dataclass(frozen=True, slots=True)
class HeartSpec:
    """The net that finds the ventricles, of ``width`` channels at its input's own scale.

    Without a ``calibration`` its ratios have no interval; without a ``strain`` rule the exam's
    RV/LV scores are the sequence net's alone.
    """

    width: int
    preprocessing: Preprocessing
    trained_on: str
    calibration: HeartCalibration | None = None
    strain: StrainRule | None = None

    def __post_init__(self) -> None:
        if self.width < 1 or self.preprocessing.pixel_mm is None:
            raise ValueError("the heart's net needs channels and a fixed scale")


@dataclass(frozen=True, slots=True)
class BundleCard:
    """What a bundle says of itself, in words and numbers, for people."""

    trained_on: str
    intended_use: str
    limits: str
    licence: str
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """A bundle but for its files: what ``write_bundle`` writes and ``load_bundle`` reads.

    ``flag_threshold`` is the calibrated slice score from which a slice is flagged.
    ``labels`` are the exam labels in the order of the sequence net's heads. A bundle whose
    ``heart`` is None measures no ventricles, one without ``places`` tells sides by geometry alone.
    """

    name: str
    version: str
    task: str
    created: str
    preprocessing: Preprocessing
    architecture: Architecture
    labels: tuple[str, ...]
    flag_threshold: float
    calibration: Calibration
    zones: ZoneThresholds | None
    card: BundleCard
    heart: HeartSpec | None = None
    places: PlaceRules | None = None

    def __post_init__(self) -> None:
        if not PLAIN_NAME.fullmatch(self.name):
            raise ValueError(f"bundle name {self.name!r} is not of letters, digits, '.', '_', '-'")
        if not 0.0 < self.flag_threshold < 1.0:
            raise ValueError(f"flag threshold {self.flag_threshold} is not in (0, 1)")

    @property
    def calibrated_on(self) -> str:
        return self.calibration.calibrated_on
