"""A store of another version or a damaged one, opened."""

import json
import shutil
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.store import Store, key_of, open_store


def test_a_store_of_another_version_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"schema_version": 99}')
    with pytest.raises(DatasetError, match="version"):
        open_store(tmp_path)


def test_a_store_of_version_1_is_read_as_whole_slices_without_tissues(
    store: Store, tmp_path: Path
) -> None:
    folder = shutil.copytree(store.folder, tmp_path / "old")
    added = ("labels_sha256", "lookalikes", "kept", "whole_px", "whole_slices")
    for path in [folder / "index.json", *(folder / "studies").glob("*.json")]:
        record = json.loads(path.read_text())
        rest = {name: value for name, value in record.items() if name not in added}
        path.write_text(json.dumps({**rest, "schema_version": 1}))
    for study, other in zip(open_store(folder).studies, store.studies, strict=True):
        assert other.has_labels
        assert not study.has_labels
        assert study.slice_px == other.slice_px == (64, 64)
        assert study.image == other.image


def test_a_damaged_array_is_refused(cohort: Path, tmp_path: Path) -> None:
    made = prepare(Source(cohort / "train.csv", dicom=cohort), tmp_path)
    study = made.studies[0]
    path = tmp_path / "studies" / f"{key_of(study.study_uid)}.npy"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DatasetError, match="cannot be read"):
        made.hu(study)
