"""Promotion, rollback and their history: which bundle is in use is never guessed."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models import places
from pe_models.bundle import (
    Change,
    ModelBundle,
    bundle_in_use,
    copy_bundle,
    history,
    load_bundle,
    promote,
    retire,
    roll_back,
    write_bundle,
)
from pe_models.bundle.in_use import choices_file
from pe_models.bundle.shelf import DEFAULT_BUNDLE
from pe_models.errors import BundleError

Make = Callable[..., ModelBundle]


@pytest.fixture
def make(tmp_path: Path, tiny_bundle: ModelBundle) -> Make:
    """``make("name")`` is another tiny bundle, outside the user's folder."""

    def made(name: str, version: str = "1") -> ModelBundle:
        files = {file: tiny_bundle.read(file) for file in tiny_bundle.files}
        spec = replace(tiny_bundle.spec, name=name, version=version)
        return write_bundle(tmp_path / f"{name}-{version}", spec, files)

    return made


def test_without_a_choice_the_shipped_bundle_is_in_use() -> None:
    assert bundle_in_use().source.parent == places.shipped_bundles()
    assert history() == ()


def test_a_promoted_bundle_is_copied_and_in_use(make: Make) -> None:
    candidate = make("mine")
    promote(candidate, reason="passed the gate")
    shutil.rmtree(candidate.source)
    assert bundle_in_use().sha256 == candidate.sha256
    assert [c.name for c in history()] == [load_bundle().name, "mine"]
    assert history()[-1].change is Change.PROMOTED
    assert history()[-1].reason == "passed the gate"


def test_rolling_back_goes_down_the_stack_and_is_told(make: Make) -> None:
    shipped = bundle_in_use().name
    for name in ("one", "two"):
        promote(make(name), reason="")
    assert roll_back().name == "one"
    assert roll_back().name == shipped
    assert [(c.change, c.name) for c in history()][-2:] == [
        (Change.ROLLED_BACK, "one"),
        (Change.ROLLED_BACK, shipped),
    ]
    with pytest.raises(BundleError, match="No other bundle"):
        roll_back()


def test_after_a_rollback_another_promotion_can_be_gone_back_on(make: Make) -> None:
    promote(make("one"), reason="")
    promote(make("two"), reason="")
    roll_back()
    promote(make("three"), reason="")
    assert roll_back().name == "one"


@pytest.fixture
def ship(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """``ship("5")`` is an update of the program, with that version; gives its SHA-256."""
    shelf = tmp_path / "shipped"
    monkeypatch.setattr(places, "shipped_bundles", lambda: shelf)

    def shipped(version: str) -> str:
        shutil.rmtree(shelf, ignore_errors=True)
        return copy_bundle(make(DEFAULT_BUNDLE, version), shelf / DEFAULT_BUNDLE).sha256

    return shipped


def test_going_back_finds_the_shipped_bundle_after_its_update(
    make: Make, ship: Callable[[str], str]
) -> None:
    ship("4")
    promote(make("one"), reason="")
    newer = ship("5")
    assert roll_back().sha256 == newer
    with pytest.raises(BundleError, match="No other bundle"):
        roll_back()
    promote(make("two"), reason="")
    assert roll_back().sha256 == bundle_in_use().sha256 == newer


def test_an_update_alone_is_nothing_to_go_back_from(make: Make, ship: Callable[[str], str]) -> None:
    ship("4")
    promote(make("one"), reason="")
    promote(load_bundle(), reason="chosen by hand")
    newer = ship("5")
    promote(load_bundle(), reason="chosen by hand")
    assert bundle_in_use().sha256 == newer
    assert roll_back().name == "one"
    assert roll_back().sha256 == newer


def test_the_shipped_bundle_is_promoted_where_it_is_and_updated_with_the_program(
    make: Make, ship: Callable[[str], str]
) -> None:
    ship("4")
    promote(make("one"), reason="")
    promote(load_bundle(), reason="chosen by hand")
    assert bundle_in_use().source.parent == places.shipped_bundles()
    newer = ship("5")
    assert bundle_in_use().sha256 == load_bundle().sha256 == newer


def test_a_shipped_bundle_that_one_of_the_users_hides_is_not_promoted(
    make: Make, ship: Callable[[str], str]
) -> None:
    ship("4")
    shipped = load_bundle()
    copy_bundle(make(DEFAULT_BUNDLE, "mine"), places.user_bundles() / DEFAULT_BUNDLE)
    with pytest.raises(BundleError, match="Another bundle named"):
        promote(shipped, reason="")


def test_with_nothing_promoted_there_is_nothing_to_go_back_to() -> None:
    with pytest.raises(BundleError, match="shipped bundle is in use"):
        roll_back()


def test_a_bundle_in_use_that_has_gone_is_an_error_and_not_another_bundle(make: Make) -> None:
    kept = promote(make("mine"), reason="")
    shutil.rmtree(kept.source)
    with pytest.raises(BundleError, match="mine 1, cannot be used"):
        bundle_in_use()


def test_a_bundle_in_use_that_was_replaced_by_its_namesake_is_an_error(make: Make) -> None:
    kept = promote(make("mine"), reason="")
    shutil.rmtree(kept.source)
    copy_bundle(make("mine", "2"), kept.source)
    with pytest.raises(BundleError, match="replaced by another one of its name"):
        bundle_in_use()


def test_two_bundles_of_one_name_are_told_apart(make: Make) -> None:
    promote(make("mine"), reason="")
    with pytest.raises(BundleError, match="Another bundle named mine"):
        promote(make("mine", "2"), reason="")
    assert bundle_in_use().version == "1"


def test_the_bundle_in_use_is_not_deleted_and_others_are(make: Make) -> None:
    one = promote(make("one"), reason="")
    two = promote(make("two"), reason="")
    with pytest.raises(BundleError, match="is in use"):
        retire(two)
    retire(one)
    assert not one.source.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": 1}', '{"schema_version": 1, "choi'])
def test_a_damaged_choice_is_said_and_not_passed_over(text: str) -> None:
    choices_file().write_text(text)
    with pytest.raises(BundleError, match="cannot be read"):
        bundle_in_use()


def test_a_choice_of_a_newer_program_is_refused() -> None:
    choices_file().write_text(json.dumps({"schema_version": 7, "choices": []}))
    with pytest.raises(BundleError, match="schema version 7"):
        bundle_in_use()
