"""Both classes evenly, in three parts, by slice and by patient alike."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.errors import DatasetError
from pe_models.experiments.study.drawing import draw, splits_of
from pe_models.experiments.study.presets import PartCounts
from pe_models.training.pictures.arrays import shrink_pictures
from pe_models.training.pictures.split import SplitBy
from pe_models.training.pictures.table import PictureTable

WANTED = PartCounts(8, 4, 4)


def _parts(split):
    return split.train, split.validation, split.test


def test_each_part_of_both_splits_has_as_many_slices_with_pe_as_without(slices) -> None:
    drawing = draw(slices, WANTED, seed=1)
    for split in drawing.splits.values():
        for part, count in zip(_parts(split), WANTED.parts, strict=True):
            assert len(set(part.tolist())) == count
            assert drawing.table.labels[part, 0].sum() == count / 2


def test_no_slice_is_in_two_parts_and_by_patient_no_patient_is(slices) -> None:
    drawing = draw(slices, WANTED, seed=1)
    patients = drawing.table.patients
    for by, split in drawing.splits.items():
        whole = np.concatenate(_parts(split))
        assert len(set(whole.tolist())) == whole.size
        seen = [set(patients[part].tolist()) for part in _parts(split)]
        is_apart = sum(map(len, seen)) == len(set.union(*seen))
        assert is_apart is (by is SplitBy.PATIENT)


def test_data_with_fewer_slices_give_both_splits_equally_fewer_of_all_parts(slices) -> None:
    drawing = draw(slices, PartCounts(420, 180, 500), seed=1)
    assert drawing.counts.test < 72  # there are 36 slices with PE
    for split in drawing.splits.values():
        assert tuple(map(len, _parts(split))) == drawing.counts.parts
    assert drawing.counts.train / drawing.counts.test == pytest.approx(420 / 500, rel=0.2)


def test_the_prevalence_is_that_of_all_slices_whose_label_is_known(slices: PictureTable) -> None:
    unknown = tuple(replace(p, labels=(np.nan,)) for p in slices.pictures[:24])
    some = replace(slices, pictures=(*unknown, *slices.pictures[24:]))
    drawing = draw(some, WANTED, seed=1)
    assert drawing.prevalence == pytest.approx(32 / 120)
    assert not np.isnan(drawing.table.labels).any()


def test_a_seed_draws_the_same_slices_and_another_others(slices) -> None:
    keys = [{p.key for p in draw(slices, WANTED, seed=seed).table.pictures} for seed in (1, 1, 2)]
    assert keys[0] == keys[1] != keys[2]


def test_slices_without_labels_are_refused(slices: PictureTable) -> None:
    unknown = tuple(replace(p, labels=(np.nan,)) for p in slices.pictures)
    with pytest.raises(DatasetError, match="None of the slices"):
        draw(replace(slices, pictures=unknown), WANTED, seed=1)


def test_a_slice_that_cannot_be_read_falls_out_of_its_part_alone(slices, tmp_path) -> None:
    drawing = draw(slices, WANTED, seed=1)
    part = drawing.splits[SplitBy.SLICE].test
    gone = int(part[0])
    pictures = list(drawing.table.pictures)
    pictures[gone] = replace(pictures[gone], index=99)
    broken = replace(drawing, table=replace(drawing.table, pictures=tuple(pictures)))
    arrays = shrink_pictures(broken.table, tmp_path, 16)
    found = splits_of(broken, arrays)[SplitBy.SLICE]
    wanted = [pictures[int(index)].key for index in part[1:]]
    assert [arrays.table.pictures[int(index)].key for index in found.test] == wanted
    assert found.train.size == WANTED.train


def test_counts_stay_even_and_keep_both_classes() -> None:
    assert PartCounts(4200, 1800, 5000).scaled(1 / 3) == PartCounts(1400, 600, 1666)
    assert PartCounts(10, 10, 10).scaled(0.01) == PartCounts(2, 2, 2)
