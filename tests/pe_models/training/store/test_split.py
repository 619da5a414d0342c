"""Which studies are held out."""

from pe_models.training.store import Store
from pe_models.training.store.split import split_by_patient


def test_no_patient_is_on_both_sides_of_the_split(store: Store) -> None:
    split = split_by_patient(store.studies, held_out_fraction=0.34, name="default")
    groups = {study.key: study.group for study in store.studies}
    assert len(split.train) + len(split.held_out) == 6
    assert not {groups[k] for k in split.train} & {groups[k] for k in split.held_out}
    positive = {study.key for study in store.studies if study.is_positive}
    assert len(positive & set(split.held_out)) == len(split.held_out) / 2 == 1
    others = {
        split_by_patient(store.studies, held_out_fraction=0.34, name=n).held_out for n in "abcd"
    }
    assert len(others) > 1
