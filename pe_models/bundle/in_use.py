"""Which bundle is in use, and which were before: promotion, rollback and their history.

One small file of the user's, ``bundles.json``, replaced whole: a kill leaves the old choice or the
new one. A bundle is named there by its place and its SHA-256, so that another one of the same name
is never taken for it. With no such file the shipped bundle is in use.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pe_models import places
from pe_models.bundle.bundles import AnyBundle, ModelBundle, as_model_bundle, read_bundle
from pe_models.bundle.shelf import (
    DEFAULT_BUNDLE,
    copy_bundle,
    find_bundle,
    load_bundle,
    remove_bundle,
)
from pe_models.errors import BundleError

SCHEMA_VERSION: Final = 1


class Change(StrEnum):
    """Why another bundle came into use."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Choice:
    """One bundle as it came into use. ``time`` is UTC (ISO 8601); ``reason`` one line."""

    time: str
    change: Change
    name: str
    version: str
    sha256: str
    reason: str = ""


def choices_file() -> Path:
    return places.user_data() / "bundles.json"


def history() -> tuple[Choice, ...]:
    """Every choice, oldest first; () while the shipped bundle was never replaced.

    Raises BundleError where the file is damaged: which bundle was chosen is never guessed.
    """
    try:
        record = json.loads(choices_file().read_text(encoding="utf-8"))
        if record["schema_version"] != SCHEMA_VERSION:
            raise BundleError(
                f"{choices_file().name} is of schema version {record['schema_version']!r}; this "
                f"program reads {SCHEMA_VERSION}. Update the program."
            )
        return tuple(_choice(entry) for entry in record["choices"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"{choices_file().name}, which says what bundle is in use, cannot be read. Remove it "
            "to go back to the shipped bundle, or choose another one with --bundle."
        ) from error


def bundle_in_use() -> ModelBundle:
    """The bundle that was promoted last, or the shipped one; every file hashed.

    Raises BundleError where it has gone or is no longer what was promoted.
    """
    choices = history()
    if not choices:
        return load_bundle(DEFAULT_BUNDLE)
    return _chosen(choices[-1])


def promote(bundle: ModelBundle, *, reason: str) -> ModelBundle:
    """Copies ``bundle`` among the user's, where it is not yet, and puts it to use.

    The shipped one stays where it is, so that an update of the program brings a newer one. Raises
    BundleError where another bundle of its name is there.
    """
    choices = history() or (_from_the_start(),)
    kept = _kept(bundle)
    _write((*choices, _choice_of(kept, Change.PROMOTED, reason)))
    return kept


def retire(bundle: AnyBundle) -> None:
    """Deletes one of the user's bundles. Raises BundleError for the one in use and shipped ones."""
    choices = history()
    if choices and choices[-1].sha256 == bundle.sha256:
        raise BundleError(
            f"Bundle {bundle.name} is in use; promote another one or go back first, then delete it."
        )
    remove_bundle(bundle)


def roll_back(*, reason: str = "") -> ModelBundle:
    """Puts the bundle to use that was there before the one in use. Raises BundleError."""
    choices = history()
    if not choices:
        raise BundleError("The shipped bundle is in use; there is none to go back to.")
    current = choices[-1]
    for before in reversed(_standing(choices)):
        if before.sha256 == current.sha256:
            continue
        bundle = _chosen(before)
        if bundle.name == current.name and _is_shipped(bundle):
            continue  # the same one, before an update and after it
        _write((*choices, _choice_of(bundle, Change.ROLLED_BACK, reason)))
        return bundle
    raise BundleError("No other bundle was in use before this one.")


def _standing(choices: tuple[Choice, ...]) -> list[Choice]:
    """The choices that a rollback has not undone: a stack, the one in use on top.

    A rollback leads to the bundle that it names; an update may have changed that one's SHA-256
    since it was promoted.
    """
    stack: list[Choice] = []
    for choice in choices:
        if choice.change is Change.ROLLED_BACK:
            del stack[_led_to(choice, stack) :]
        stack.append(choice)
    return stack


def _led_to(choice: Choice, stack: list[Choice]) -> int:
    """The place in ``stack`` of what a rollback led to: by its SHA-256, or else by its name."""
    down = range(len(stack) - 1, -1, -1)
    alike = [k for k in down if stack[k].sha256 == choice.sha256]
    namesakes = [k for k in down if stack[k].name == choice.name]
    return next(iter(alike or namesakes), 0)


def _from_the_start() -> Choice:
    """What a history begins with: the shipped bundle."""
    return _choice_of(load_bundle(DEFAULT_BUNDLE), Change.PROMOTED, "in use from the start")


def _is_shipped(bundle: ModelBundle) -> bool:
    return bundle.source.parent == places.shipped_bundles()


def _kept(bundle: ModelBundle) -> ModelBundle:
    if _is_shipped(bundle) and find_bundle(bundle.name) == bundle.source:
        return bundle
    target = places.user_bundles() / bundle.name
    if target.exists():
        there = read_bundle(target)
        if there.sha256 != bundle.sha256:
            raise BundleError(
                f"Another bundle named {bundle.name} is there already; delete or rename it first."
            )
        return as_model_bundle(there)
    return as_model_bundle(copy_bundle(bundle, target))


def _chosen(choice: Choice) -> ModelBundle:
    try:
        bundle = as_model_bundle(read_bundle(find_bundle(choice.name)))
    except BundleError as error:
        raise BundleError(
            f"The bundle in use, {choice.name} {choice.version}, cannot be used: {error}"
        ) from error
    is_other = bundle.sha256 != choice.sha256
    if is_other and not _is_shipped(bundle):  # an update may bring a newer one
        raise BundleError(
            f"The bundle in use, {choice.name} {choice.version}, was replaced by another one of "
            "its name. Promote a bundle again, or go back to the one before."
        )
    return bundle


def _choice_of(bundle: ModelBundle, change: Change, reason: str) -> Choice:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Choice(now, change, bundle.name, bundle.version, bundle.sha256, reason)


def _choice(entry: dict[str, Any]) -> Choice:
    return Choice(**{**entry, "change": Change(entry["change"])})


def _write(choices: tuple[Choice, ...]) -> None:
    """Raises BundleError where it cannot be written; the old choice stands then."""
    record = {"schema_version": SCHEMA_VERSION, "choices": [asdict(c) for c in choices]}
    path = choices_file()
    partial = path.with_name(f".partial-{path.name}")
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BundleError(
            f"The choice of bundle could not be written ({error.strerror}); the one before stays."
        ) from error
