"""What labels tell of PE, and how patients are dealt by it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pe_models.labels import CENTRAL, EXAM_LABELS, INDETERMINATE, NEGATIVE, RIGHT
from pe_models.retraining.circle import config_of
from pe_models.retraining.gathering import compared_keys
from pe_models.retraining.order import PhantomData, RetrainOrder
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.classes import PatientClass, class_of, has_pe
from pe_models.training.store.cohort import describe_cohort
from pe_models.training.store.split import folds_by_patient, split_by_patient

UNKNOWN: dict[str, int | None] = dict.fromkeys(EXAM_LABELS)
ANY_PE = {**UNKNOWN, NEGATIVE: 0, INDETERMINATE: 0}
NONE = {**dict.fromkeys(EXAM_LABELS, 0), NEGATIVE: 1}


@pytest.mark.parametrize(
    ("image", "exam", "told"),
    [
        ((0, 1, None), NONE, True),
        ((0, 0), ANY_PE, False),
        ((None, None), ANY_PE, True),
        ((0, None), ANY_PE, True),
        ((None, None), {**UNKNOWN, RIGHT: 1}, True),
        ((None, None), {**UNKNOWN, RIGHT: 0, CENTRAL: 0}, None),
        ((None, None), {**UNKNOWN, NEGATIVE: 0}, None),
        ((None, 0), NONE, False),
        ((None, 0), {**UNKNOWN, INDETERMINATE: 1}, False),
        ((None, 0), UNKNOWN, None),
        ((), NONE, False),
    ],
)
def test_slices_tell_first_and_then_exam_labels(
    image: tuple[int | None, ...], exam: dict[str, int | None], told: bool | None
) -> None:
    assert has_pe(image, exam) is told


def studies(store: Store, kind: str, n: int) -> list[StudyRecord]:
    """``n`` patients with PE (p), without (n), with PE on no known slice (e), or untold (u)."""
    one = store.studies[0]
    blank = (None,) * one.n_slices
    image, exam = {
        "p": ((1, *(0,) * (one.n_slices - 1)), ANY_PE),
        "n": ((0,) * one.n_slices, NONE),
        "e": (blank, ANY_PE),
        "u": (blank, UNKNOWN),
    }[kind]
    names = [f"{kind}{k:02}" for k in range(n)]
    return [replace(one, key=name, group=name, image=image, exam=exam) for name in names]


def of_kind(keys: Sequence[str], kind: str) -> int:
    return sum(key.startswith(kind) for key in keys)


def test_patients_are_classed_by_their_slices(store: Store) -> None:
    p, n, e, u = (studies(store, kind, 1)[0] for kind in "pneu")
    found = [class_of(own) for own in ([p], [n], [e], [u], [p, n], [n, u], [n, e])]
    assert found == [
        PatientClass.WITH_PE, PatientClass.WITHOUT_PE, PatientClass.UNTOLD, PatientClass.UNTOLD,
        PatientClass.WITH_PE, PatientClass.WITHOUT_PE, PatientClass.UNTOLD,
    ]  # fmt: skip
    assert class_of([replace(n, image=(None,) * n.n_slices)]) is PatientClass.UNTOLD


def mixed(store: Store) -> list[StudyRecord]:
    """Few patients with slices that tell, many whose slices are all unknown."""
    return [
        s for kind, n in (("p", 4), ("n", 3), ("e", 9), ("u", 4)) for s in studies(store, kind, n)
    ]


@pytest.mark.parametrize("salt", range(20))
def test_those_compared_on_have_slices_with_pe_and_slices_without(store: Store, salt: int) -> None:
    salted = [replace(study, key=f"{study.key}-{salt}") for study in mixed(store)]
    keys = tuple(compared_keys(salted))
    assert (of_kind(keys, "p"), of_kind(keys, "n")) == (1, 1)
    assert of_kind(keys, "e") + of_kind(keys, "u") == 3  # a quarter of 13


def test_each_class_is_held_out_alike(store: Store) -> None:
    for name in "abcdefgh":
        split = split_by_patient(mixed(store), held_out_fraction=0.34, name=name)
        assert (of_kind(split.held_out, "p"), of_kind(split.held_out, "n")) == (1, 1)
        assert len(split.train) + len(split.held_out) == 20
        assert not set(split.train) & set(split.held_out)


def test_patients_whose_slices_do_not_tell_have_their_fold_too(store: Store) -> None:
    folds = folds_by_patient(mixed(store), n_folds=3, name="default")
    assert sorted(key for fold in folds for key in fold) == sorted(s.key for s in mixed(store))
    assert all(of_kind(fold, "n") == 1 for fold in folds)


def test_the_card_counts_exams_that_are_known_to_have_pe(store: Store) -> None:
    every = tuple(mixed(store))
    split = split_by_patient(every, held_out_fraction=0.0, name="default")
    cohort = describe_cohort(replace(store, studies=every), split)
    assert (cohort.n_train, cohort.n_train_positive) == (20, 13)


def test_a_retraining_calibrates_on_a_patient_of_each_class(store: Store) -> None:
    order = RetrainOrder(phantoms=PhantomData(12, seed=30_000), preset="tiny")
    config = config_of(order, mixed(store))
    split = split_by_patient(
        mixed(store), held_out_fraction=config.held_out_fraction, name=config.split
    )
    assert min(of_kind(split.held_out, "p"), of_kind(split.held_out, "n")) >= 1
