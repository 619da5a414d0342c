"""ModelBundle: a bundle's files, read, checked against their hashes, and written."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pe_models.bundle.spec import (
    PLAIN_NAME,
    Architecture,
    BundleCard,
    BundleSpec,
    HeartSpec,
    Preprocessing,
    plain,
    spec_from,
)
from pe_models.calibration import Calibration, ZoneThresholds
from pe_models.errors import BundleError
from pe_models.findings import BundleStamp
from pe_models.placing.rules import PlaceRules

SCHEMA_VERSION: Final = 3
READABLE_VERSIONS: Final = (1, 2, SCHEMA_VERSION)
"""Version 1 knows no dense slice net and no fixed scale, version 2 one slice net alone; each is
read as what it was.
"""
MANIFEST: Final = "bundle.json"
MODEL_CARD: Final = "README.md"
LOCALIZER_FILE: Final = "localizer.safetensors"
SLICE_CLASSIFIER_FILE: Final = "slice_classifier.safetensors"
SEQUENCE_FILE: Final = "sequence.safetensors"
HEART_FILE: Final = "heart.safetensors"
NET_FILES: Final = (LOCALIZER_FILE, SLICE_CLASSIFIER_FILE, SEQUENCE_FILE)
"""Those of a bundle with one slice net."""

_MOST_BYTES: Final = 4 << 30
"""No file of a bundle is larger; a zip that claims more is refused before it is unpacked."""


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
    def heart(self) -> HeartSpec | None:
        return self.spec.heart

    @property
    def places(self) -> PlaceRules | None:
        return self.spec.places

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


def member_files(index: int) -> tuple[str, str]:
    """The files of a member's slice net and sequence net; those of the first bear no number."""
    if index == 0:
        return SLICE_CLASSIFIER_FILE, SEQUENCE_FILE
    return f"slice_classifier-{index + 1}.safetensors", f"sequence-{index + 1}.safetensors"


def net_files_of(architecture: Architecture) -> tuple[str, ...]:
    members = range(len(architecture.members))
    return (LOCALIZER_FILE, *(name for index in members for name in member_files(index)))


def files_of(spec: BundleSpec) -> tuple[str, ...]:
    """The files of every net that ``spec`` tells of."""
    heart = () if spec.heart is None else (HEART_FILE,)
    return (*net_files_of(spec.architecture), *heart)


def read_bundle(source: Path) -> ModelBundle:
    """The bundle in a folder or a zip, every file hashed. Raises BundleError with the reason."""
    bundle = read_manifest(source)
    for file_name in bundle.files:
        bundle.read(file_name)
    return bundle


def read_manifest(source: Path) -> ModelBundle:
    """A bundle by its ``bundle.json`` alone, its files not yet hashed. Raises BundleError."""
    record = _parsed(read_member(source, MANIFEST), source)
    version = record.get("schema_version")
    if version not in READABLE_VERSIONS:
        raise BundleError(
            f"Bundle {source.name} is of schema version {version!r}; this program reads "
            f"{SCHEMA_VERSION}. Update the program or get a bundle made for it."
        )
    if record.get("sha256") != _own_hash(record):
        raise BundleError(f"Bundle {source.name}: {MANIFEST} was changed since it was made.")
    try:
        files = {str(name): str(digest) for name, digest in record["files"].items()}
        spec = spec_from(record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(f"Bundle {source.name}: {MANIFEST} is incomplete ({error}).") from error
    for name in (*files_of(spec), *files):
        if name not in files or not PLAIN_NAME.fullmatch(name):
            raise BundleError(f"Bundle {source.name} does not list its file {name!r} rightly.")
    return ModelBundle(source, spec, files, record["sha256"])


def write_bundle(folder: Path, spec: BundleSpec, files: Mapping[str, bytes]) -> ModelBundle:
    """Writes a bundle as ``folder`` (or as a zip where its name ends in .zip) and reads it back.

    It appears whole or not at all. An existing *bundle* at that place is replaced; anything else
    there is left alone. Raises BundleError.
    """
    missing = [name for name in files_of(spec) if name not in files]
    if missing:
        raise BundleError(f"A bundle needs {', '.join(missing)}.")
    return place_bundle(folder, {**files, MANIFEST: _manifest_text(spec, files).encode()})


def place_bundle(folder: Path, content: Mapping[str, bytes]) -> ModelBundle:
    """As ``write_bundle``, from the bytes of every file, ``bundle.json`` among them."""
    if folder.exists() and not _is_bundle(folder):
        raise BundleError(f"{folder} exists and is no model bundle; it was left as it is.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        _write_zip(made, content) if folder.suffix == ".zip" else _write_folder(made, content)
        if folder.exists():
            folder.rename(Path(scratch) / "replaced")
        made.rename(folder)
    return read_bundle(folder)


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
    record = {"schema_version": SCHEMA_VERSION, **plain(spec)}
    record["calibration"] = spec.calibration.to_dict()
    record["zones"] = None if spec.zones is None else spec.zones.to_dict()
    record["files"] = {
        name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())
    }
    record["sha256"] = _own_hash(json.loads(json.dumps(record, allow_nan=False)))
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


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
