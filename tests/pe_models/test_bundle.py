"""Bundles are refused with a reason as soon as anything about them is wrong."""

import hashlib
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pe_models import places
from pe_models.bundle import (
    MANIFEST,
    MODEL_CARD,
    NET_FILES,
    SEQUENCE_FILE,
    Architecture,
    BundleCard,
    BundleSpec,
    ModelBundle,
    Preprocessing,
    SequenceArchitecture,
    SliceArchitecture,
    SliceHead,
    import_bundle,
    list_bundles,
    load_bundle,
    remove_bundle,
    write_bundle,
)
from pe_models.calibration import Calibration, Platt, ZoneThresholds
from pe_models.errors import BundleError
from pe_models.labels import EXAM_LABELS
from pe_models.placing.exam_sides import ExamSideRule, SideWeights
from pe_models.placing.levels import N_NUMBERS, LevelRule
from pe_models.placing.rules import PlaceRules

SPEC = BundleSpec(
    name="tiny",
    version="1.2",
    task="pe",
    created="2026-11-21",
    preprocessing=Preprocessing(input_px=96, neighbour_mm=3.5),
    architecture=Architecture(
        "test_efficientnet",
        SliceArchitecture("test_efficientnet", 256),
        SequenceArchitecture(256, 16, 8),
    ),
    labels=EXAM_LABELS,
    flag_threshold=0.4,
    calibration=Calibration("phantoms", {"chronic_pe": Platt(0.9, -0.2)}),
    zones=ZoneThresholds(0.2, 0.7, 0.05, 0.1, 30, 40),
    card=BundleCard("phantoms alone", "research", "not for patients", "Apache-2.0", {"auc": 0.9}),
)
FILES = {name: name.encode() * 50 for name in (*NET_FILES, MODEL_CARD)}


@pytest.fixture
def bundle(tmp_path: Path) -> ModelBundle:
    return write_bundle(tmp_path / "tiny", SPEC, FILES)


def test_a_bundle_reads_back_as_it_was_written(bundle: ModelBundle) -> None:
    again = load_bundle(bundle.source)
    assert again == bundle
    assert again.spec == SPEC
    assert again.read(SEQUENCE_FILE) == FILES[SEQUENCE_FILE]
    stamp = again.stamp()
    assert (stamp.name, stamp.version, stamp.sha256) == ("tiny", "1.2", bundle.sha256)
    assert stamp.calibrated_on == "phantoms"


def test_a_zip_is_the_same_bundle_as_its_folder(bundle: ModelBundle, tmp_path: Path) -> None:
    zipped = write_bundle(tmp_path / "tiny.zip", SPEC, FILES)
    assert (zipped.spec, zipped.sha256) == (bundle.spec, bundle.sha256)


def test_a_zip_with_one_top_folder_is_read(bundle: ModelBundle, tmp_path: Path) -> None:
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in bundle.source.iterdir():
            archive.write(file, f"tiny/{file.name}")
    assert load_bundle(path).sha256 == bundle.sha256


@pytest.mark.parametrize("name", [*NET_FILES, MODEL_CARD])
def test_one_changed_byte_is_refused(bundle: ModelBundle, name: str) -> None:
    path = bundle.source / name
    content = bytearray(path.read_bytes())
    content[7] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=f"{name} was changed"):
        load_bundle(bundle.source)


def test_a_missing_file_is_named(bundle: ModelBundle) -> None:
    (bundle.source / SEQUENCE_FILE).unlink()
    with pytest.raises(BundleError, match=f"lacks its file {SEQUENCE_FILE}"):
        load_bundle(bundle.source)


def test_a_changed_threshold_is_refused(bundle: ModelBundle) -> None:
    manifest = bundle.source / MANIFEST
    manifest.write_text(
        manifest.read_text().replace('"flag_threshold": 0.4', '"flag_threshold": 0.9')
    )
    with pytest.raises(BundleError, match=r"bundle\.json was changed"):
        load_bundle(bundle.source)


def test_another_schema_version_is_refused(bundle: ModelBundle) -> None:
    manifest = bundle.source / MANIFEST
    record = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**record, "schema_version": 99}))
    with pytest.raises(BundleError, match="schema version 99"):
        load_bundle(bundle.source)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"schema_version": 1}'])
def test_a_manifest_that_is_none_is_refused(bundle: ModelBundle, content: bytes) -> None:
    (bundle.source / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError):
        load_bundle(bundle.source)


def test_a_broken_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(path)


def test_an_unknown_name_says_where_to_look() -> None:
    with pytest.raises(BundleError, match="bundle list"):
        load_bundle("no-such-bundle")


def test_a_name_never_leaves_the_bundle_folders() -> None:
    with pytest.raises(BundleError, match="no model bundle"):
        load_bundle("../../etc")


def test_another_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(BundleError, match="left as it is"):
        write_bundle(tmp_path / "thesis", SPEC, FILES)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_writing_again_replaces_the_bundle_and_leaves_no_scraps(bundle: ModelBundle) -> None:
    newer = write_bundle(bundle.source, replace(SPEC, version="2"), FILES)
    assert newer.version == "2"
    assert [path.name for path in bundle.source.parent.iterdir()] == ["tiny"]


def test_an_imported_bundle_is_found_by_name_and_can_be_removed(bundle: ModelBundle) -> None:
    imported = import_bundle(bundle.source)
    assert load_bundle("tiny") == imported
    assert imported.source.parent == places.user_bundles()
    assert imported in [listing.bundle for listing in list_bundles()]
    with pytest.raises(BundleError, match="already"):
        import_bundle(bundle.source)
    remove_bundle(imported)
    with pytest.raises(BundleError):
        load_bundle("tiny")


def test_a_broken_bundle_is_listed_with_its_reason() -> None:
    (places.user_bundles() / "half").mkdir()
    problems = [listing.problem for listing in list_bundles() if listing.path.name == "half"]
    assert problems == [f"Bundle half lacks its file {MANIFEST}."]


def test_a_bundle_without_a_net_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=SEQUENCE_FILE):
        write_bundle(tmp_path / "x", SPEC, {k: v for k, v in FILES.items() if k != SEQUENCE_FILE})
    assert list(tmp_path.iterdir()) == []


DENSE = replace(
    SPEC,
    preprocessing=Preprocessing(pixel_mm=0.75),
    architecture=Architecture(
        "test_efficientnet",
        SliceArchitecture("test_efficientnet", 54, SliceHead.DENSE, 8),
        SequenceArchitecture(54, 16, 8),
    ),
)


def test_a_dense_bundle_reads_back_as_it_was_written(tmp_path: Path) -> None:
    again = load_bundle(write_bundle(tmp_path / "dense", DENSE, FILES).source)
    assert again.spec == DENSE
    assert again.architecture.slice_classifier.head is SliceHead.DENSE


def as_version_1(bundle: ModelBundle, target: Path) -> Path:
    """The bundle as the first version of this program wrote it: without heads and scales."""
    shutil.copytree(bundle.source, target)
    record = json.loads((target / MANIFEST).read_text())
    record["schema_version"] = 1
    for name in ("head", "width"):
        del record["architecture"]["slice_classifier"][name]
    del record["preprocessing"]["pixel_mm"], record["sha256"]
    text = json.dumps(record, sort_keys=True)
    record["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (target / MANIFEST).write_text(json.dumps(record))
    return target


def test_a_bundle_of_version_1_is_what_it_was(bundle: ModelBundle, tmp_path: Path) -> None:
    old = load_bundle(as_version_1(bundle, tmp_path / "old"))
    assert old.spec == bundle.spec
    assert old.architecture.slice_classifier.head is SliceHead.POOLED


def test_an_imported_bundle_of_version_1_keeps_its_hash(
    bundle: ModelBundle, tmp_path: Path
) -> None:
    old = load_bundle(as_version_1(bundle, tmp_path / "old"))
    assert import_bundle(old.source).sha256 == old.sha256


@pytest.mark.parametrize(
    "change", [{"head": "dense"}, {"width": 8}, {"head": "wide"}, {"depth": 3}]
)
def test_an_architecture_that_cannot_be_is_refused(
    bundle: ModelBundle, change: dict[str, object]
) -> None:
    manifest = bundle.source / MANIFEST
    record = json.loads(manifest.read_text())
    record["architecture"]["slice_classifier"].update(change)
    del record["sha256"]
    text = json.dumps(record, sort_keys=True)
    record["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    manifest.write_text(json.dumps(record))
    with pytest.raises(BundleError, match="incomplete"):
        load_bundle(bundle.source)


PLACES = PlaceRules(
    0.7,
    0.95,
    LevelRule((1.5,) * N_NUMBERS, (0.5,) * N_NUMBERS, ((1.0,) * (N_NUMBERS + 1),) * 4),
    ExamSideRule(SideWeights(0.1, 0.9, 0.8, -0.3), SideWeights(-4.0, 0.2, 1.1)),
    "20 phantoms",
)


def test_rules_for_places_travel_in_the_bundle(tmp_path: Path) -> None:
    written = write_bundle(tmp_path / "placing", replace(SPEC, places=PLACES), FILES)
    assert load_bundle(written.source).places == PLACES


def test_a_bundle_made_before_there_were_rules_for_places_has_none(bundle: ModelBundle) -> None:
    record = json.loads((bundle.source / MANIFEST).read_text())
    del record["places"]
    _write_manifest(bundle.source, record)
    assert load_bundle(bundle.source).places is None


def test_rules_for_places_that_mean_nothing_refuse_the_bundle(tmp_path: Path) -> None:
    written = write_bundle(tmp_path / "placing", replace(SPEC, places=PLACES), FILES)
    record = json.loads((written.source / MANIFEST).read_text())
    record["places"]["least_score"] = 1.5
    _write_manifest(written.source, record)
    with pytest.raises(BundleError, match="least score"):
        load_bundle(written.source)


def test_a_rule_for_levels_of_other_numbers_refuses_the_bundle(tmp_path: Path) -> None:
    written = write_bundle(tmp_path / "placing", replace(SPEC, places=PLACES), FILES)
    record = json.loads((written.source / MANIFEST).read_text())
    record["places"]["levels"]["mean"].pop()
    _write_manifest(written.source, record)
    with pytest.raises(BundleError, match="a rule for levels of 20 numbers"):
        load_bundle(written.source)


def _write_manifest(folder: Path, record: dict[str, Any]) -> None:
    """With the hash of its own text."""
    rest = {key: value for key, value in record.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps({**rest, "sha256": digest}))
