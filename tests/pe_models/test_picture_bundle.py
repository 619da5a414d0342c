"""A bundle of one picture net: written, read, refused, and told apart from one of exams."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models import places
from pe_models.bundle import (
    PICTURE_FILE,
    ModelBundle,
    PictureArchitecture,
    PictureBundle,
    bundle_for,
    copy_bundle,
    import_bundle,
    list_bundles,
    load_bundle,
    load_picture_bundle,
    remove_bundle,
    write_picture_bundle,
)
from pe_models.errors import BundleError
from pe_models.nets.pictures.inference import picture_scores
from pe_models.nets.pictures.load import load_picture_net
from pe_models.tasks import HEMORRHAGE
from tests.picture_bundles import spec_of, write_tiny

SPEC = spec_of(HEMORRHAGE)


@pytest.fixture
def head_bundle(tmp_path: Path) -> PictureBundle:
    return write_tiny(tmp_path, SPEC)


def test_what_is_written_is_read_again(head_bundle: PictureBundle) -> None:
    again = load_picture_bundle(head_bundle.source)
    assert again.spec == SPEC
    assert again.stamp().calibrated_on == "phantoms"
    assert again.sha256 == head_bundle.sha256


def test_its_net_gives_a_score_a_label(head_bundle: PictureBundle) -> None:
    net = load_picture_net(head_bundle, torch.device("cpu"))
    small = np.random.default_rng(0).integers(-100, 200, (3, 32, 32)).astype(np.int16)
    scores = picture_scores(net, small, head_bundle.spec.picture, torch.device("cpu"))
    assert scores.shape == (3, 6)
    assert ((scores > 0) & (scores < 1)).all()


def test_it_is_not_taken_for_a_bundle_of_exams_nor_the_other_way_round(
    head_bundle: PictureBundle, tiny_bundle: ModelBundle
) -> None:
    with pytest.raises(BundleError, match="'hemorrhage'"):
        load_bundle(head_bundle.source)
    with pytest.raises(BundleError, match="whole examinations"):
        load_picture_bundle(tiny_bundle.source)


def test_a_changed_weight_is_refused(head_bundle: PictureBundle) -> None:
    file = head_bundle.source / PICTURE_FILE
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(BundleError, match="was changed"):
        load_picture_bundle(head_bundle.source)


def test_weights_of_another_net_are_refused(head_bundle: PictureBundle, tmp_path: Path) -> None:
    spec = replace(SPEC, architecture=PictureArchitecture("test_efficientnet"))
    files = {PICTURE_FILE: head_bundle.read(PICTURE_FILE)}
    other = write_picture_bundle(tmp_path / "other", spec, files)
    with pytest.raises(BundleError, match="does not fit"):
        load_picture_net(other, torch.device("cpu"))


def test_a_net_that_nobody_knows_is_refused(head_bundle: PictureBundle, tmp_path: Path) -> None:
    spec = replace(SPEC, architecture=PictureArchitecture("no_such_net"))
    files = {PICTURE_FILE: head_bundle.read(PICTURE_FILE)}
    other = write_picture_bundle(tmp_path / "other", spec, files)
    with pytest.raises(BundleError, match="cannot be built"):
        load_picture_net(other, torch.device("cpu"))


def test_the_users_bundle_of_a_task_comes_first(head_bundle: PictureBundle) -> None:
    kept = import_bundle(head_bundle.source)
    assert bundle_for("hemorrhage").sha256 == head_bundle.sha256
    assert list_bundles("hemorrhage")[0].path == places.user_bundles() / "hemorrhage-tiny"
    remove_bundle(kept)
    assert "hemorrhage-tiny" not in [listing.path.name for listing in list_bundles("hemorrhage")]


def test_a_task_without_a_bundle_says_how_to_make_one() -> None:
    with pytest.raises(BundleError, match=r"pe-models task fracture"):
        bundle_for("fracture")


def test_it_travels_as_a_zip(head_bundle: PictureBundle, tmp_path: Path) -> None:
    assert copy_bundle(head_bundle, tmp_path / "head.zip").sha256 == head_bundle.sha256


@pytest.mark.parametrize("field", ["picture", "architecture", "thresholds", "labels"])
def test_a_manifest_that_lacks_a_field_is_refused(field: str) -> None:
    from pe_models.bundle.pictures import picture_spec_from
    from pe_models.bundle.records import plain

    record = plain(SPEC)
    assert picture_spec_from(record) == SPEC
    del record[field]
    with pytest.raises(KeyError):
        picture_spec_from(record)
