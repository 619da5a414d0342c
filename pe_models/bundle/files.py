"""A bundle's files: read, checked against their hashes, and written; whatever its nets are."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pe_models.bundle.spec import PLAIN_NAME
from pe_models.errors import BundleError

SCHEMA_VERSION: Final = 4
READABLE_VERSIONS: Final = (1, 2, 3, SCHEMA_VERSION)
"""Version 1 knows no dense slice net and no fixed scale, version 2 one slice net alone,
version 3 no refiner; each is read as what it was.
"""
MANIFEST: Final = "bundle.json"
MODEL_CARD: Final = "README.md"

_MOST_BYTES: Final = 4 << 30
"""No file of a bundle is larger; a zip that claims more is refused before it is unpacked."""


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """What was checked: ``source`` is a folder or zip; ``files`` the SHA-256 of each."""

    source: Path
    files: Mapping[str, str]
    sha256: str

    def read(self, file_name: str) -> bytes:
        """Bytes of one file, checked against its hash. Raises BundleError."""
        if file_name not in self.files:
            raise BundleError(f"Bundle {self.source.name} lists no file {file_name}.")
        content = read_member(self.source, file_name)
        if hashlib.sha256(content).hexdigest() != self.files[file_name]:
            raise BundleError(
                f"Bundle {self.source.name}: {file_name} was changed since the bundle was made. "
                "Get the bundle again from where it came."
            )
        return content


def read_record(source: Path) -> tuple[dict[str, Any], BundleFiles]:
    """``bundle.json`` and what it lists, not yet hashed. Raises BundleError."""
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
    except (KeyError, AttributeError) as error:
        raise BundleError(f"Bundle {source.name}: {MANIFEST} is incomplete ({error}).") from error
    for name in files:
        if not PLAIN_NAME.fullmatch(name):
            raise BundleError(f"Bundle {source.name} does not list its file {name!r} rightly.")
    return record, BundleFiles(source, files, record["sha256"])


def manifest_text(record: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """``bundle.json`` of ``record`` and of the bytes of every other file."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    whole = {"schema_version": SCHEMA_VERSION, **record, "files": digests}
    whole["sha256"] = _own_hash(json.loads(json.dumps(whole, allow_nan=False)))
    return json.dumps(whole, indent=1, allow_nan=False) + "\n"


def place_files(folder: Path, content: Mapping[str, bytes]) -> None:
    """Puts a bundle's files, ``bundle.json`` among them, into a folder or a zip, whole or not at
    all. An existing *bundle* at that place is replaced; anything else there is left alone. Raises
    BundleError.
    """
    if folder.exists() and not _is_bundle(folder):
        raise BundleError(f"{folder} exists and is no model bundle; it was left as it is.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        _write_zip(made, content) if folder.suffix == ".zip" else _write_folder(made, content)
        if folder.exists():
            folder.rename(Path(scratch) / "replaced")
        made.rename(folder)


def _is_bundle(path: Path) -> bool:
    try:
        read_record(path)
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
