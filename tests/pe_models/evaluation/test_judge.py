"""A bundle on a source: whole, resumed, cancelled; what is refused is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError
from pe_models.evaluation.cohort_source import CohortSource, make_known
from pe_models.evaluation.judge import judge_all, judge_one
from pe_models.evaluation.kept import Judged, KeptScores
from pe_models.evaluation.sources import KnownStudy
from pe_models.phantom.fixed_cohort import FixedCohort
from pe_models.pipeline import Pipeline
from pe_models.progress import Cancelled, CancelToken, Progress


@dataclass
class ListSource:
    """Studies that are in memory; tells which were asked for."""

    known: Sequence[KnownStudy]
    asked: list[str] = field(default_factory=list)
    cohort: str = "listed"
    version: str = "1"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(study.truth.name for study in self.known)

    def studies(self, names: Sequence[str], cancel: CancelToken) -> Iterator[KnownStudy]:
        by_name = {study.truth.name: study for study in self.known}
        for name in names:
            cancel.raise_if_cancelled()
            self.asked.append(name)
            yield by_name[name]


@pytest.fixture(scope="module")
def known(small_cohort: FixedCohort) -> list[KnownStudy]:
    return [make_known(study) for study in small_cohort.studies[:3]]


@pytest.fixture
def kept(tmp_path: Path, tiny_bundle: ModelBundle) -> KeptScores:
    return KeptScores.of(tmp_path, tiny_bundle, "1")


def without_time(judged: Judged) -> Judged:
    return replace(judged, scores=replace(judged.scores, seconds=0.0, timing_ms={}))


def test_the_truth_of_a_phantom_is_that_of_its_voxels(known: list[KnownStudy]) -> None:
    positive, negative, _ = known
    assert negative.truth.emboli == ()
    assert negative.truth.has_pe is False
    assert negative.truth.exam["negative_exam_for_pe"] == 1
    assert positive.emboli is not None
    assert positive.truth.emboli is not None
    assert {e.level for e in positive.truth.emboli} == {"central", "lobar"}
    assert positive.truth.traits["mimic: nodules"] == "yes"
    slices: set[int] = set()
    for embolus, voxels in zip(positive.truth.emboli, positive.emboli, strict=True):
        assert (embolus.first, embolus.last) == (voxels[:, 0].min(), voxels[:, 0].max())
        voxel_mm3 = np.prod(positive.volume.geometry.spacing_mm)
        assert embolus.volume_mm3 == pytest.approx(len(voxels) * voxel_mm3)
        slices |= set(voxels[:, 0].tolist())
    assert {k for k, label in enumerate(positive.truth.image) if label} == slices


def test_scores_are_those_of_the_pipeline(
    tiny_bundle: ModelBundle, known: list[KnownStudy]
) -> None:
    pipeline = Pipeline(tiny_bundle, "cpu")
    judged = judge_one(known[0], pipeline)
    findings = pipeline.run(known[0].volume)
    assert judged.scores.image == tuple(findings.pe_scores())
    assert judged.scores.exam == findings.exam
    assert judged.scores.flags == findings.flags
    assert judged.scores.marks is not None
    assert {mark.slice_index for mark in judged.scores.marks} <= set(range(24))


def test_what_is_kept_is_not_scored_again(
    tiny_bundle: ModelBundle, known: list[KnownStudy], kept: KeptScores
) -> None:
    reports: list[Progress] = []
    first = ListSource(known[:2])
    judge_all(first, tiny_bundle, kept, device="cpu")
    again = ListSource(known)
    outcomes = judge_all(again, tiny_bundle, kept, device="cpu", on_progress=reports.append)
    assert first.asked == list(first.names)
    assert again.asked == [known[2].truth.name]
    assert [judged.truth.name for judged in outcomes.judged] == list(again.names)
    assert [(p.done, p.total) for p in reports] == [(2, 3), (3, 3)]


def test_a_cancelled_evaluation_keeps_what_was_done_and_ends_as_one_that_was_not(
    tiny_bundle: ModelBundle, known: list[KnownStudy], kept: KeptScores, tmp_path: Path
) -> None:
    cancel = CancelToken()

    def stop_after_one(progress: Progress) -> None:
        if progress.done == 1:
            cancel.cancel()

    with pytest.raises(Cancelled):
        judge_all(ListSource(known), tiny_bundle, kept, device="cpu",
                  on_progress=stop_after_one, cancel=cancel)  # fmt: skip
    assert kept.read(known[0].truth.name) is not None
    assert kept.read(known[1].truth.name) is None
    resumed = judge_all(ListSource(known), tiny_bundle, kept, device="cpu")
    fresh = KeptScores.of(tmp_path / "fresh", tiny_bundle, "1")
    whole = judge_all(ListSource(known), tiny_bundle, fresh, device="cpu")
    assert [*map(without_time, resumed.judged)] == [*map(without_time, whole.judged)]


def test_a_study_that_is_no_chest_is_named_with_its_reason_and_not_tried_again(
    tiny_bundle: ModelBundle, known: list[KnownStudy], kept: KeptScores
) -> None:
    water = replace(known[1].volume, hu=np.zeros_like(known[1].volume.hu))
    spoilt = ListSource([known[0], replace(known[1], volume=water)])
    for _ in range(2):
        outcomes = judge_all(spoilt, tiny_bundle, kept, device="cpu")
        assert [refused.name for refused in outcomes.refused] == [known[1].truth.name]
        assert "No lungs" in outcomes.refused[0].reason
    assert spoilt.asked == list(spoilt.names)
    with pytest.raises(DatasetError, match="every study"):
        judge_all(ListSource(spoilt.known[1:]), tiny_bundle, kept, device="cpu")


def test_phantoms_made_in_another_process_are_those_made_here(
    small_cohort: FixedCohort, known: list[KnownStudy]
) -> None:
    source = CohortSource(small_cohort)
    (made,) = source.studies(source.names[:1], CancelToken())
    np.testing.assert_array_equal(made.volume.hu, known[0].volume.hu)
    assert made.truth == known[0].truth
    assert made.volume.geometry == known[0].volume.geometry
    assert not made.volume.hu.flags.writeable
