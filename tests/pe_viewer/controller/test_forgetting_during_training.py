"""A study that a training is at work on is forgotten when that has ended, and never by half."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pe_models.progress import CancelToken
from pe_models.retraining.folder import RetrainFolder, runs_folder
from pe_models.retraining.order import PhantomData, RetrainOrder
from pe_models.training.run.lock import RunLock
from pe_viewer.form.answers import Presence
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sign_off import SignOff
from pe_viewer.library.database import LibraryError
from pe_viewer.library.library import Library
from pe_viewer.review import Review
from pe_viewer.services.library import forget_all, forget_studies
from pe_viewer.services.review_labels import copy_reviews, gather_reviews

if TYPE_CHECKING:
    from tests.pe_viewer.controller.conftest import Bench, WriteCt

SIGNED = Review(
    form=CtpaForm(presence=Presence.ABSENT),
    sign_off=SignOff("Dr Reader", datetime(2026, 11, 20, tzinfo=UTC)),
)


@pytest.fixture
def run(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> RetrainFolder:
    """A training that was made of the signed reading of the study in view."""
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: len(s.library) == 1)
    bench.controller.reviewing.seal(SIGNED, notice="")
    key = bench.state.snapshot.series_key
    bench.wait(lambda s: bench.library.readings.load(key).review == SIGNED)
    data = gather_reviews(bench.library, CancelToken()).data
    assert data is not None
    made = RetrainFolder(runs_folder() / "retrained-1")
    reviews = copy_reviews(data, made.folder)
    made.write_order(RetrainOrder(PhantomData(1, 30_000), reviews=reviews, preset="tiny"))
    return made


def forget_this(bench: "Bench") -> None:
    bench.controller.cataloguing.forget_studies([bench.state.snapshot.library[0].study_key])


def forget_every(bench: "Bench") -> None:
    bench.controller.cataloguing.forget_all()


@pytest.mark.parametrize("forgets", [forget_this, forget_every])
def test_the_reader_is_told_and_the_study_stays_open_until_the_training_has_ended(
    bench: "Bench", run: RetrainFolder, forgets: "Callable[[Bench], None]"
) -> None:
    with RunLock(run.lock_file):
        forgets(bench)
        bench.wait(lambda s: "training retrained-1 is at work" in s.notice)
        assert bench.state.snapshot.review == SIGNED
        assert len(bench.state.snapshot.library) == 1
    forgets(bench)
    bench.wait(lambda s: s.series is None and not s.library)


def test_nothing_is_removed_while_a_training_is_at_work(bench: "Bench", run: RetrainFolder) -> None:
    """One that began since the reader asked is refused, too."""

    def forget_one(library: Library) -> None:
        forget_studies(library, {bench.state.snapshot.library[0].study_key: []})

    with RunLock(run.lock_file):
        for forgets in (forget_all, forget_one):
            with pytest.raises(LibraryError, match="Nothing was forgotten"):
                forgets(bench.library)
        forget_studies(bench.library, {"another": []})
    assert len(bench.library.studies.entries()) == 1
    assert (run.folder / "reviews" / "labels.csv").read_text().count("\n") > 1
