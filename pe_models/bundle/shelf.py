"""Where bundles stand: the user's and the shipped ones, by name."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models import places
from pe_models.bundle.files import (
    MANIFEST,
    ModelBundle,
    place_bundle,
    read_bundle,
    read_manifest,
    read_member,
)
from pe_models.bundle.spec import PLAIN_NAME
from pe_models.errors import BundleError

DEFAULT_BUNDLE: Final = "pe-phantom"


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
    return read_bundle(find_bundle(name_or_dir))


def find_bundle(name_or_dir: str | Path) -> Path:
    """Folder or zip of a bundle. Raises BundleError where there is none."""
    given = Path(name_or_dir)
    if (given / MANIFEST).is_file() or given.is_file():
        return given
    if given.is_dir():
        raise BundleError(f"Folder {given} holds no {MANIFEST}, so it is no model bundle.")
    if PLAIN_NAME.fullmatch(str(name_or_dir)):
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


def import_bundle(path: Path) -> ModelBundle:
    """Copies a bundle among the user's. Raises BundleError where it is bad or already there."""
    bundle = load_bundle(path)
    target = places.user_bundles() / bundle.name
    if target.exists():
        raise BundleError(f"There is a bundle {bundle.name} already; remove {target} first.")
    return copy_bundle(bundle, target)


def copy_bundle(bundle: ModelBundle, target: Path) -> ModelBundle:
    """Writes ``bundle`` as ``target``, a folder or a .zip, to be carried elsewhere.

    Raises BundleError where it is no longer whole, or something else is at that place.
    """
    names = (MANIFEST, *bundle.files)
    return place_bundle(target, {name: read_member(bundle.source, name) for name in names})


def remove_bundle(bundle: ModelBundle) -> None:
    """Removes one of the user's bundles; shipped ones stay. Raises BundleError."""
    if bundle.source.parent != places.user_bundles():
        raise BundleError(f"Bundle {bundle.name} came with the program and stays.")
    shutil.rmtree(bundle.source) if bundle.source.is_dir() else bundle.source.unlink()


def _listing(path: Path) -> BundleListing:
    try:
        return BundleListing(path, read_manifest(path))
    except BundleError as error:
        return BundleListing(path, None, str(error))
