"""Bundles of either kind, from their files and to them: of exams (ModelBundle), of single pictures.

``bundle.json`` of a PictureBundle says so by its ``kind``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pe_models.bundle.files import MANIFEST, BundleFiles, manifest_text, place_files, read_record
from pe_models.bundle.pictures import PictureSpec, picture_spec_from
from pe_models.bundle.records import plain, spec_from
from pe_models.bundle.spec import (
    Architecture,
    BundleCard,
    BundleSpec,
    HeartSpec,
    Preprocessing,
)
from pe_models.calibration import Calibration, ZoneThresholds
from pe_models.errors import BundleError
from pe_models.findings import BundleStamp
from pe_models.placing.rules import PlaceRules

LOCALIZER_FILE: Final = "localizer.safetensors"
SLICE_CLASSIFIER_FILE: Final = "slice_classifier.safetensors"
SEQUENCE_FILE: Final = "sequence.safetensors"
REFINER_FILE: Final = "refiner.safetensors"
HEART_FILE: Final = "heart.safetensors"
NET_FILES: Final = (LOCALIZER_FILE, SLICE_CLASSIFIER_FILE, SEQUENCE_FILE)
"""Those of a bundle with one slice net."""
PICTURE_FILE: Final = "picture.safetensors"

_PICTURES: Final = "pictures"


@dataclass(frozen=True, slots=True)
class _CheckedBundle(BundleFiles):
    """What bundles of either kind say of themselves."""

    spec: BundleSpec | PictureSpec

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def version(self) -> str:
        return self.spec.version

    @property
    def task(self) -> str:
        return self.spec.task

    @property
    def labels(self) -> tuple[str, ...]:
        return self.spec.labels

    @property
    def card(self) -> BundleCard:
        return self.spec.card

    def stamp(self) -> BundleStamp:
        spec = self.spec
        return BundleStamp(
            spec.name, spec.version, self.sha256, spec.card.trained_on, spec.calibrated_on
        )


@dataclass(frozen=True, slots=True)
class ModelBundle(_CheckedBundle):
    """A bundle that was checked, of the nets that read whole examinations."""

    spec: BundleSpec

    @property
    def preprocessing(self) -> Preprocessing:
        return self.spec.preprocessing

    @property
    def architecture(self) -> Architecture:
        return self.spec.architecture

    @property
    def calibration(self) -> Calibration:
        return self.spec.calibration

    @property
    def zones(self) -> ZoneThresholds | None:
        return self.spec.zones

    @property
    def flag_threshold(self) -> float:
        return self.spec.flag_threshold

    @property
    def heart(self) -> HeartSpec | None:
        return self.spec.heart

    @property
    def places(self) -> PlaceRules | None:
        return self.spec.places


@dataclass(frozen=True, slots=True)
class PictureBundle(_CheckedBundle):
    """A bundle that was checked, of one net that judges slices or radiographs one by one."""

    spec: PictureSpec


AnyBundle = ModelBundle | PictureBundle


def member_files(index: int) -> tuple[str, str]:
    """The files of a member's slice net and sequence net; those of the first bear no number."""
    if index == 0:
        return SLICE_CLASSIFIER_FILE, SEQUENCE_FILE
    return f"slice_classifier-{index + 1}.safetensors", f"sequence-{index + 1}.safetensors"


def net_files_of(architecture: Architecture) -> tuple[str, ...]:
    members = range(len(architecture.members))
    refiner = () if architecture.refiner is None else (REFINER_FILE,)
    return (LOCALIZER_FILE, *(name for index in members for name in member_files(index)), *refiner)


def files_of(spec: BundleSpec) -> tuple[str, ...]:
    """The files of every net that ``spec`` tells of."""
    heart = () if spec.heart is None else (HEART_FILE,)
    return (*net_files_of(spec.architecture), *heart)


def read_bundle(source: Path) -> AnyBundle:
    """The bundle in a folder or a zip, every file hashed. Raises BundleError with the reason."""
    bundle = read_manifest(source)
    for file_name in bundle.files:
        bundle.read(file_name)
    return bundle


def read_manifest(source: Path) -> AnyBundle:
    """A bundle by its ``bundle.json`` alone, its files not yet hashed. Raises BundleError."""
    record, found = read_record(source)
    try:
        bundle: AnyBundle = (
            PictureBundle(source, found.files, found.sha256, picture_spec_from(record))
            if record.get("kind") == _PICTURES
            else ModelBundle(source, found.files, found.sha256, spec_from(record))
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(f"Bundle {source.name}: {MANIFEST} is incomplete ({error}).") from error
    for name in _net_files(bundle.spec):
        if name not in bundle.files:
            raise BundleError(f"Bundle {source.name} does not list its file {name!r} rightly.")
    return bundle


def write_bundle(folder: Path, spec: BundleSpec, files: Mapping[str, bytes]) -> ModelBundle:
    """Writes a bundle as ``folder`` (or as a zip where its name ends in .zip) and reads it back.

    It appears whole or not at all. An existing *bundle* at that place is replaced; anything else
    there is left alone. Raises BundleError.
    """
    record = plain(spec)
    record["calibration"] = spec.calibration.to_dict()
    record["zones"] = None if spec.zones is None else spec.zones.to_dict()
    return as_model_bundle(_written(folder, spec, record, files))


def write_picture_bundle(
    folder: Path, spec: PictureSpec, files: Mapping[str, bytes]
) -> PictureBundle:
    """As ``write_bundle``, of a picture net."""
    return as_picture_bundle(_written(folder, spec, {"kind": _PICTURES, **plain(spec)}, files))


def place_bundle(folder: Path, content: Mapping[str, bytes]) -> AnyBundle:
    """As ``write_bundle``, from the bytes of every file, ``bundle.json`` among them."""
    place_files(folder, content)
    return read_bundle(folder)


def as_model_bundle(bundle: AnyBundle) -> ModelBundle:
    """Raises BundleError for one that judges pictures one by one."""
    if isinstance(bundle, ModelBundle):
        return bundle
    raise BundleError(
        f"Bundle {bundle.name} is made for the task {bundle.task!r}; it judges pictures one by "
        "one, not examinations for PE. Choose another bundle."
    )


def as_picture_bundle(bundle: AnyBundle) -> PictureBundle:
    """Raises BundleError for one that judges whole examinations."""
    if isinstance(bundle, PictureBundle):
        return bundle
    raise BundleError(
        f"Bundle {bundle.name} is made for the task {bundle.task!r}, of whole examinations; it "
        "does not judge single pictures. Choose another bundle."
    )


def _written(
    folder: Path,
    spec: BundleSpec | PictureSpec,
    record: Mapping[str, Any],
    files: Mapping[str, bytes],
) -> AnyBundle:
    missing = [name for name in _net_files(spec) if name not in files]
    if missing:
        raise BundleError(f"A bundle needs {', '.join(missing)}.")
    return place_bundle(folder, {**files, MANIFEST: manifest_text(record, files).encode()})


def _net_files(spec: BundleSpec | PictureSpec) -> tuple[str, ...]:
    return (PICTURE_FILE,) if isinstance(spec, PictureSpec) else files_of(spec)
