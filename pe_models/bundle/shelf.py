"""Where bundles stand: the user's and the shipped ones, by name."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models import places
from pe_models.bundle.bundles import (
    AnyBundle,
    ModelBundle,
    PictureBundle,
    as_model_bundle,
    as_picture_bundle,
    place_bundle,
    read_bundle,
    read_manifest,
)
from pe_models.bundle.files import MANIFEST, read_member
from pe_models.bundle.spec import PLAIN_NAME
from pe_models.errors import BundleError

DEFAULT_BUNDLE: Final = "pe-phantom"


@dataclass(frozen=True, slots=True)
class BundleListing:
    """One entry of a bundle folder: the bundle, or why it cannot be used."""

    path: Path
    bundle: AnyBundle | None
    problem: str = ""


def load_bundle(name_or_dir: str | Path = DEFAULT_BUNDLE) -> ModelBundle:
    """A bundle of exams by its folder, its zip, or its name among the user's and the shipped ones.

    Every file is hashed. Raises BundleError with the reason where anything is missing or changed,
    or where it judges pictures one by one.
    """
    return as_model_bundle(load_any_bundle(name_or_dir))


def load_picture_bundle(name_or_dir: str | Path) -> PictureBundle:
    """As ``load_bundle``, one that judges pictures one by one."""
    return as_picture_bundle(load_any_bundle(name_or_dir))


def load_any_bundle(name_or_dir: str | Path) -> AnyBundle:
    """As ``load_bundle``, of either kind."""
    return read_bundle(find_bundle(name_or_dir))


def bundle_for(task: str) -> AnyBundle:
    """The bundle that is used for a task of pictures: the user's own, else the shipped one.

    Raises BundleError where there is none.
    """
    for listing in list_bundles(task):
        return read_bundle(listing.path)
    raise BundleError(
        f"There is no model bundle for the task {task!r}. `pe-models task {task}` makes one."
    )


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


def list_bundles(task: str | None = None) -> tuple[BundleListing, ...]:
    """The user's bundles, then the shipped ones, each read but not hashed through.

    With a ``task`` those that are whole and made for it.
    """
    shelves = (places.user_bundles(), places.shipped_bundles())
    paths = [path for shelf in shelves if shelf.is_dir() for path in sorted(shelf.iterdir())]
    found = [_listing(path) for path in paths if path.is_dir() or path.suffix == ".zip"]
    if task is None:
        return tuple(found)
    return tuple(x for x in found if x.bundle is not None and x.bundle.task == task)


def import_bundle(path: Path) -> AnyBundle:
    """Copies a bundle among the user's. Raises BundleError where it is bad or already there."""
    bundle = load_any_bundle(path)
    target = places.user_bundles() / bundle.name
    if target.exists():
        raise BundleError(f"There is a bundle {bundle.name} already; remove {target} first.")
    return copy_bundle(bundle, target)


def copy_bundle(bundle: AnyBundle, target: Path) -> AnyBundle:
    """Writes ``bundle`` as ``target``, a folder or a .zip, to be carried elsewhere.

    Raises BundleError where it is no longer whole, or something else is at that place.
    """
    names = (MANIFEST, *bundle.files)
    return place_bundle(target, {name: read_member(bundle.source, name) for name in names})


def remove_bundle(bundle: AnyBundle) -> None:
    """Removes one of the user's bundles; shipped ones stay. Raises BundleError."""
    if bundle.source.parent != places.user_bundles():
        raise BundleError(f"Bundle {bundle.name} came with the program and stays.")
    shutil.rmtree(bundle.source) if bundle.source.is_dir() else bundle.source.unlink()


def _listing(path: Path) -> BundleListing:
    try:
        return BundleListing(path, read_manifest(path))
    except BundleError as error:
        return BundleListing(path, None, str(error))
