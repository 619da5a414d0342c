"""A source that keeps its studies makes each of them once, in the order that is asked for."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from pe_models.evaluation.sources import KeptInMemory, KnownStudy
from pe_models.evaluation.truth import StudyTruth
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.labels import EXAM_LABELS
from pe_models.progress import Cancelled, CancelToken


class Counted:
    """Three tiny studies; counts how often each is made."""

    cohort, version, names = "three", "1", ("a", "b", "c")

    def __init__(self) -> None:
        self.made: list[str] = []

    def studies(self, names: Sequence[str], cancel: CancelToken) -> Iterator[KnownStudy]:
        for name in names:
            self.made.append(name)
            yield known(name)


def known(name: str) -> KnownStudy:
    stamps = (SliceStamp("1.2", None, None, 0.0),)
    volume = Volume(
        np.zeros((1, 2, 3), np.int16), Geometry.axial((1, 2, 3), (1.0, 1.0, 1.0)),
        VolumeOrigin("1", "2", stamps),
    )  # fmt: skip
    return KnownStudy(volume, StudyTruth(name, (0,), dict.fromkeys(EXAM_LABELS), None, {}), None)


def test_each_study_is_made_once_and_comes_in_the_order_asked_for() -> None:
    source = Counted()
    kept, token = KeptInMemory(source), CancelToken()
    assert [s.truth.name for s in kept.studies(["b"], token)] == ["b"]
    assert [s.truth.name for s in kept.studies(["c", "b", "a"], token)] == ["c", "b", "a"]
    assert [s.truth.name for s in kept.studies(kept.names, token)] == ["a", "b", "c"]
    assert source.made == ["b", "c", "a"]
    assert (kept.cohort, kept.version) == ("three", "1")


def test_it_stops_between_studies() -> None:
    kept, token = KeptInMemory(Counted()), CancelToken()
    studies = kept.studies(["a", "b"], token)
    next(studies)
    token.cancel()
    with pytest.raises(Cancelled):
        next(studies)
