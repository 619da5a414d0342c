"""ModelBundle: all that inference needs, versioned and hashed. Read, checked and written here.

A bundle is a folder, or a zip of one: ``bundle.json``, one ``.safetensors`` a net (float16) and a
model card. ``bundle.json`` holds the SHA-256 of every other file and, as ``sha256``, that of its
own canonical text, so that one number names the whole bundle. Anything missing, changed or of an
unknown version is refused with its reason; nothing in a bundle is ever executed or unpickled.
Knows no torch: nets are made from a bundle in ``pe_models.nets.load``.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from pe_models import places
from pe_models.calibration import Calibration, ZoneThresholds
from pe_models.errors import BundleError
from pe_models.findings import BundleStamp
from pe_models.imaging.window import PE_WINDOW, Window

SCHEMA_VERSION: Final = 1
DEFAULT_BUNDLE: Final = "pe-phantom"
MANIFEST: Final = "bundle.json"
MODEL_CARD: Final = "README.md"
LOCALIZER_FILE: Final = "localizer.safetensors"
SLICE_CLASSIFIER_FILE: Final = "slice_classifier.safetensors"
SEQUENCE_FILE: Final = "sequence.safetensors"
NET_FILES: Final = (LOCALIZER_FILE, SLICE_CLASSIFIER_FILE, SEQUENCE_FILE)

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MOST_BYTES: Final = 4 << 30
"""No file of a bundle is larger; a zip that claims more is refused before it is unpacked."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a Volume becomes the nets' input; the same in training and inference.

    ``crop_margin`` widens the Localizer's box on each side by this share of the slice's sides.
    ``mean`` and ``std`` normalise windowed values in [0, 1].
    """

    window: Window = PE_WINDOW
    input_px: int = 224
    localizer_px: int = 160
    neighbour_mm: float = 2.5
    crop_margin: float = 0.02
    mean: float = 0.5
    std: float = 0.5

    def __post_init__(self) -> None:
        if min(self.input_px, self.localizer_px) < 16:
            raise ValueError(f"inputs of {self.input_px} and {self.localizer_px} px are too small")
        if not (self.neighbour_mm > 0 and self.std > 0 and 0 <= self.crop_margin < 0.5):
            raise ValueError(f"preprocessing out of range: {self}")


@dataclass(frozen=True, slots=True)
class SliceArchitecture:
    """A timm backbone; ``embedding`` is the length of what it gives a slice."""

    backbone: str
    embedding: int


@dataclass(frozen=True, slots=True)
class SequenceArchitecture:
    """``embedding`` numbers a slice -> ``bottleneck`` -> a GRU of ``hidden`` a direction."""

    embedding: int
    bottleneck: int = 128
    hidden: int = 128


@dataclass(frozen=True, slots=True)
class Architecture:
    """What ``pe_models.nets`` needs to build the three nets; the Localizer is a timm backbone."""

    localizer_backbone: str
    slice_classifier: SliceArchitecture
    sequence: SequenceArchitecture


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
    ``labels`` are the exam labels in the order of the sequence net's heads.
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

    def __post_init__(self) -> None:
        if not _PLAIN_NAME.fullmatch(self.name):
            raise ValueError(f"bundle name {self.name!r} is not of letters, digits, '.', '_', '-'")
        if not 0.0 < self.flag_threshold < 1.0:
            raise ValueError(f"flag threshold {self.flag_threshold} is not in (0, 1)")


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A bundle that was checked. ``source`` is its folder or zip; ``files`` the SHA-256 of each."""

    source: Path
    spec: BundleSpec
    files: Mapping[str, str]
    sha256: str

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
    def card(self) -> BundleCard:
        return self.spec.card

    def stamp(self) -> BundleStamp:
        return BundleStamp(
            self.name,
            self.version,
            self.sha256,
            self.card.trained_on,
            self.calibration.calibrated_on,
        )

    def read(self, file_name: str) -> bytes:
        """Bytes of one file, checked against its hash. Raises BundleError."""
        if file_name not in self.files:
            raise BundleError(f"Bundle {self.name} lists no file {file_name}.")
        content = read_member(self.source, file_name)
        if hashlib.sha256(content).hexdigest() != self.files[file_name]:
            raise BundleError(
                f"Bundle {self.name}: {file_name} was changed since the bundle was made. "
                "Get the bundle again from where it came."
            )
        return content


@dataclass(frozen=True, slots=True)
class BundleListing:
    """One entry of a bundle folder: the bundle, or why it cannot be used."""

    path: Path
    bundle: ModelBundle | None
    problem: str = ""


def load_bundle(name_or_dir: str | Path = DEFAULT_BUNDLE) -> ModelBundle:
    """A bundle by its folder, its zip, or its name among the user's and the shipped ones.

    Every file is hashed. Raises BundleError with the reason where anything is missing or changed.
    """
    bundle = read_manifest(find_bundle(name_or_dir))
    for file_name in bundle.files:
        bundle.read(file_name)
    return bundle


def find_bundle(name_or_dir: str | Path) -> Path:
    """Folder or zip of a bundle. Raises BundleError where there is none."""
    given = Path(name_or_dir)
    if (given / MANIFEST).is_file() or given.is_file():
        return given
    if given.is_dir():
        raise BundleError(f"Folder {given} holds no {MANIFEST}, so it is no model bundle.")
    if _PLAIN_NAME.fullmatch(str(name_or_dir)):
        for shelf in (places.user_bundles(), places.shipped_bundles()):
            for candidate in (shelf / given, shelf / f"{given}.zip"):
                if candidate.exists():
                    return candidate
    raise BundleError(
        f"There is no model bundle {str(name_or_dir)!r}. `pe-models bundle list` names those at "
        "hand; `pe-models bundle import FILE` adds one."
    )


def list_bundles() -> tuple[BundleListing, ...]:
    """The user's bundles, then the shipped ones, each read but not hashed through."""
    shelves = (places.user_bundles(), places.shipped_bundles())
    paths = [path for shelf in shelves if shelf.is_dir() for path in sorted(shelf.iterdir())]
    return tuple(_listing(path) for path in paths if path.is_dir() or path.suffix == ".zip")


def read_manifest(source: Path) -> ModelBundle:
    """A bundle by its ``bundle.json`` alone, its files not yet hashed. Raises BundleError."""
    record = _parsed(read_member(source, MANIFEST), source)
    version = record.get("schema_version")
    if version != SCHEMA_VERSION:
        raise BundleError(
            f"Bundle {source.name} is of schema version {version!r}; this program reads "
            f"{SCHEMA_VERSION}. Update the program or get a bundle made for it."
        )
    if record.get("sha256") != _own_hash(record):
        raise BundleError(f"Bundle {source.name}: {MANIFEST} was changed since it was made.")
    try:
        files = {str(name): str(digest) for name, digest in record["files"].items()}
        spec = _spec(record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(f"Bundle {source.name}: {MANIFEST} is incomplete ({error}).") from error
    for name in (*NET_FILES, *files):
        if name not in files or not _PLAIN_NAME.fullmatch(name):
            raise BundleError(f"Bundle {source.name} does not list its file {name!r} rightly.")
    return ModelBundle(source, spec, files, record["sha256"])


def write_bundle(folder: Path, spec: BundleSpec, files: Mapping[str, bytes]) -> ModelBundle:
    """Writes a bundle as ``folder`` (or as a zip where its name ends in .zip) and reads it back.

    It appears whole or not at all. An existing *bundle* at that place is replaced; anything else
    there is left alone. Raises BundleError.
    """
    missing = [name for name in NET_FILES if name not in files]
    if missing:
        raise BundleError(f"A bundle needs {', '.join(missing)}.")
    if folder.exists() and not _is_bundle(folder):
        raise BundleError(f"{folder} exists and is no model bundle; it was left as it is.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    content = {**files, MANIFEST: _manifest_text(spec, files).encode()}
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        _write_zip(made, content) if folder.suffix == ".zip" else _write_folder(made, content)
        if folder.exists():
            folder.rename(Path(scratch) / "replaced")
        made.rename(folder)
    return load_bundle(folder)


def import_bundle(path: Path) -> ModelBundle:
    """Copies a bundle among the user's. Raises BundleError where it is bad or already there."""
    bundle = load_bundle(path)
    target = places.user_bundles() / bundle.name
    if target.exists():
        raise BundleError(f"There is a bundle {bundle.name} already; remove {target} first.")
    content = {name: bundle.read(name) for name in bundle.files}
    return write_bundle(target, bundle.spec, content)


def _listing(path: Path) -> BundleListing:
    try:
        return BundleListing(path, read_manifest(path))
    except BundleError as error:
        return BundleListing(path, None, str(error))


def _is_bundle(path: Path) -> bool:
    try:
        read_manifest(path)
    except BundleError:
        return (path / MANIFEST).is_file()
    return True


def read_member(source: Path, name: str) -> bytes:
    """Bytes of ``name`` in a folder or a zip, where it may lie in one top folder."""
    try:
        if source.is_dir():
            return (source / name).read_bytes()
        with zipfile.ZipFile(source) as archive:
            member = _member(archive, name)
            if member.file_size > _MOST_BYTES:
                raise BundleError(f"Bundle {source.name}: {name} claims {member.file_size} bytes.")
            return archive.read(member)
    except (FileNotFoundError, KeyError) as error:
        raise BundleError(f"Bundle {source.name} lacks its file {name}.") from error
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BundleError(f"Bundle {source.name} cannot be read: {error}") from error


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    for member in archive.infolist():
        parts = member.filename.split("/")
        if parts[-1] == name and len(parts) <= 2:
            return member
    raise KeyError(name)


def _parsed(content: bytes, source: Path) -> dict[str, Any]:
    try:
        record = json.loads(content)
    except ValueError as error:
        raise BundleError(f"Bundle {source.name}: {MANIFEST} is no JSON ({error}).") from error
    if not isinstance(record, dict):
        raise BundleError(f"Bundle {source.name}: {MANIFEST} is no JSON object.")
    return record


def _own_hash(record: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _manifest_text(spec: BundleSpec, files: Mapping[str, bytes]) -> str:
    record = {"schema_version": SCHEMA_VERSION, **_plain(spec)}
    record["calibration"] = spec.calibration.to_dict()
    record["zones"] = None if spec.zones is None else spec.zones.to_dict()
    record["files"] = {
        name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())
    }
    record["sha256"] = _own_hash(json.loads(json.dumps(record, allow_nan=False)))
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """A dataclass as dictionaries, without copying what is none."""
    if hasattr(value, "__dataclass_fields__"):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return value


def _spec(record: Mapping[str, Any]) -> BundleSpec:
    preprocessing, architecture = record["preprocessing"], record["architecture"]
    return BundleSpec(
        name=record["name"],
        version=record["version"],
        task=record["task"],
        created=record["created"],
        preprocessing=preprocessing_from(preprocessing),
        architecture=Architecture(
            architecture["localizer_backbone"],
            SliceArchitecture(**architecture["slice_classifier"]),
            SequenceArchitecture(**architecture["sequence"]),
        ),
        labels=tuple(record["labels"]),
        flag_threshold=record["flag_threshold"],
        calibration=Calibration.from_dict(record["calibration"]),
        zones=None if record["zones"] is None else ZoneThresholds.from_dict(record["zones"]),
        card=BundleCard(**record["card"]),
    )


def preprocessing_from(record: Mapping[str, Any]) -> Preprocessing:
    """Preprocessing from its JSON object. Raises KeyError, TypeError or ValueError."""
    return Preprocessing(**{**record, "window": Window(**record["window"])})


def _write_folder(folder: Path, content: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, value in content.items():
        with (folder / name).open("wb") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())


def _write_zip(path: Path, content: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in content.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), value)


def remove_bundle(bundle: ModelBundle) -> None:
    """Removes one of the user's bundles; shipped ones stay. Raises BundleError."""
    if bundle.source.parent != places.user_bundles():
        raise BundleError(f"Bundle {bundle.name} came with the program and stays.")
    shutil.rmtree(bundle.source) if bundle.source.is_dir() else bundle.source.unlink()
