"""A check through the whole pipeline: first it stores, then it compares, and a fault turns red."""

from dataclasses import replace
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.bundle import DEFAULT_BUNDLE, ModelBundle, load_bundle
from pe_models.checking.card import drift_of, read_cards
from pe_models.checking.check import check_cohort, check_installation, make_reference
from pe_models.checking.reference import Reference, find_reference, own_file, shipped_file
from pe_models.errors import InputError
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.fixed_cohort import FixedCohort, FixedStudy, cohort_text, read_fixed_cohort
from pe_models.phantom.spec import Level, PhantomSpec
from pe_models.progress import CancelToken, Progress


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One phantom, small, with a central embolus."""
    spec = PhantomSpec(matrix=64, n_slices=24, is_positive=True, levels=(Level.CENTRAL,))
    path = tmp_path_factory.mktemp("check") / "check.json"
    path.write_text(cohort_text(FixedCohort("check", "2", (FixedStudy(900_710, spec),))))
    return path


@pytest.fixture(scope="module")
def reference(tiny_bundle: ModelBundle, cohort: Path) -> Reference:
    return make_reference(
        tiny_bundle, cohort, device="cpu", on_progress=lambda _: None, cancel=CancelToken()
    )


def test_the_first_check_of_a_bundle_stores_what_later_ones_are_compared_with(
    tiny_bundle: ModelBundle, cohort: Path, reference: Reference
) -> None:
    seen: list[Progress] = []
    card = check_installation(
        tiny_bundle, cohort, device="cpu", on_progress=seen.append, cancel=CancelToken()
    )
    assert card.is_green
    assert card.is_first
    assert card.n_emboli >= 1
    assert card.ms_a_slice > 0
    assert read_cards() == (card,)
    assert [(p.done, p.total) for p in seen] == [(0, 1), (1, 1)]
    stored = Reference.read(own_file(tiny_bundle))
    assert stored.bundle_sha256 == tiny_bundle.sha256
    assert drift_of(reference.studies, stored) < 1e-6  # stored with seven digits


def test_scores_that_moved_turn_the_card_red_and_the_exit_status_to_1(
    tiny_bundle: ModelBundle,
    cohort: Path,
    reference: Reference,
    capsys: pytest.CaptureFixture[str],
) -> None:
    moved = (reference.studies[0].scores[0] + 0.05, *reference.studies[0].scores[1:])
    other = replace(reference.studies[0], scores=moved)
    replace(reference, studies=(other,)).write(own_file(tiny_bundle))
    command = ["check", "--bundle", str(tiny_bundle.source), "--cohort", str(cohort)]
    assert cli.main([*command, "--device", "cpu"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("RED")
    assert "lies 0.050 from the stored one" in said
    assert cli.main(["check", "--history"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["red"]


def test_stored_results_of_another_bundle_or_generator_are_not_compared_with(
    tiny_bundle: ModelBundle,
) -> None:
    stored = Reference("tiny 1", tiny_bundle.sha256, "2.3.0", "2026-11-21", "cpu", ())
    stored.write(own_file(tiny_bundle))
    assert find_reference(tiny_bundle, "2.3.0") == stored
    assert find_reference(tiny_bundle, "9.9.9") is None


def test_stored_results_that_are_spoilt_are_refused(tiny_bundle: ModelBundle) -> None:
    own_file(tiny_bundle).write_text('{"schema_version": 1, "studies": 3}')
    with pytest.raises(InputError, match=r"stored results .* cannot be read"):
        find_reference(tiny_bundle, "2.3.0")


def test_the_shipped_results_are_those_of_the_shipped_bundle_generator_and_phantoms() -> None:
    """Where this fails: `pe-models check --store` makes them anew."""
    bundle = load_bundle(DEFAULT_BUNDLE)
    stored = Reference.read(shipped_file(bundle))
    assert stored.bundle_sha256 == bundle.sha256
    assert stored.generator_version == GENERATOR_VERSION
    studies = read_fixed_cohort(check_cohort()).studies
    assert [study.name for study in stored.studies] == [study.name for study in studies]
    assert sum(study.n_emboli for study in stored.studies) >= len(studies) // 2
