"""A store of another version or a damaged one, opened."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pe_models.errors import DatasetError
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.store import Store, key_of, open_store, open_stores


def test_a_store_of_another_version_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"schema_version": 99}')
    with pytest.raises(DatasetError, match="version"):
        open_store(tmp_path)


def test_a_store_of_version_1_is_read_as_whole_slices_without_tissues(
    store: Store, tmp_path: Path
) -> None:
    folder = shutil.copytree(store.folder, tmp_path / "old")
    added = ("labels_sha256", "lookalikes", "kept", "whole_px", "whole_slices", "lung_box")
    for path in [folder / "index.json", *(folder / "studies").glob("*.json")]:
        record = json.loads(path.read_text())
        rest = {name: value for name, value in record.items() if name not in added}
        path.write_text(json.dumps({**rest, "schema_version": 1}))
    for study, other in zip(open_store(folder).studies, store.studies, strict=True):
        assert other.has_labels
        assert not study.has_labels
        assert study.slice_px == other.slice_px == (64, 64)
        assert study.image == other.image


def test_stores_are_opened_as_one(store: Store, array_store: Store) -> None:
    both = open_stores([store.folder, array_store.folder])
    assert both.studies == store.studies + array_store.studies
    for part in (store, array_store):
        for study in part.studies:
            assert np.array_equal(both.hu(study), part.hu(study))
            assert np.array_equal(both.labels(study), part.labels(study))


def test_stores_that_share_a_study_are_refused(store: Store) -> None:
    with pytest.raises(DatasetError, match="share a study"):
        open_stores([store.folder, store.folder])


def test_a_reserved_store_makes_all_of_them_reserved(
    store: Store, array_store: Store, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(array_store.folder, tmp_path / "reserved"))
    index = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**index, "is_reserved": True}))
    assert open_stores([store.folder, folder]).is_reserved


def test_a_damaged_array_is_refused(cohort: Path, tmp_path: Path) -> None:
    made = prepare(Source(cohort / "train.csv", dicom=cohort), tmp_path)
    study = made.studies[0]
    path = tmp_path / "studies" / f"{key_of(study.study_uid)}.npy"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DatasetError, match="cannot be read"):
        made.hu(study)
