"""A bundle gets a net of the heart, and its pipeline measures ventricles."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from pe_models.bundle import HEART_FILE, HeartSpec, ModelBundle, load_bundle, write_bundle
from pe_models.cli import main
from pe_models.errors import BundleError, DatasetError
from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.strain import StrainRule
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import Volume
from pe_models.labels import RV_LV_GTE_1, RV_LV_LT_1
from pe_models.nets.heart_net import HeartNet
from pe_models.nets.save import half_weights
from pe_models.pipeline import Pipeline
from pe_models.placing.rules import PlaceRules
from pe_models.training.heart.calibrate import add_heart
from pe_models.training.heart.config import HeartConfig
from pe_models.training.rules.writing import FittedRules, write_with_rules
from pe_models.training.store import Store
from pe_models.training.weights.heart import TrainedHeart

CALIBRATION = HeartCalibration(1.0, 0.5, 0.05, 0.5, 40, "tests")


@pytest.fixture(scope="module")
def trained() -> TrainedHeart:
    torch.manual_seed(3)
    config = HeartConfig(width=2)
    spec = HeartSpec(2, config.preprocessing, "nothing", CALIBRATION)
    return TrainedHeart(spec, half_weights(HeartNet(2)))


@pytest.fixture(scope="module")
def with_heart(
    tiny_bundle: ModelBundle, trained: TrainedHeart, tmp_path_factory: pytest.TempPathFactory
) -> ModelBundle:
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    return write_bundle(
        tmp_path_factory.mktemp("b") / "hearty",
        replace(tiny_bundle.spec, name="hearty", heart=trained.spec),
        {**files, HEART_FILE: trained.weights},
    )


class FromTruth(HeartNet):
    """Gives what ``scores`` (slice, 2, row, col) say of the slices, in the order of asking."""

    def __init__(self) -> None:
        super().__init__(1)

    def forward(self, x: Tensor) -> Tensor:
        grey = x[:, 1]
        right, left = 40.0 * (grey - 0.45), 40.0 * (0.15 - (grey - 0.1).abs())
        return torch.stack([right, left, torch.zeros_like(grey)], dim=1)


def test_a_bundle_remembers_its_heart(with_heart: ModelBundle, trained: TrainedHeart) -> None:
    read = load_bundle(str(with_heart.source))
    assert read.heart == trained.spec
    assert read.heart is not None
    assert read.heart.calibration == CALIBRATION
    assert read.read(HEART_FILE) == trained.weights


def test_a_bundle_without_a_heart_still_loads_and_measures_none(
    tiny_bundle: ModelBundle, tiny_chest: Volume
) -> None:
    assert tiny_bundle.heart is None
    assert Pipeline(tiny_bundle, "cpu").run(tiny_chest).heart is None


def test_a_heart_without_its_file_is_refused(
    tiny_bundle: ModelBundle, trained: TrainedHeart, tmp_path: Path
) -> None:
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    with pytest.raises(BundleError, match=r"heart\.safetensors"):
        write_bundle(tmp_path / "b", replace(tiny_bundle.spec, heart=trained.spec), files)


def test_an_untrained_heart_finds_none_and_says_so(
    with_heart: ModelBundle, tiny_chest: Volume
) -> None:
    heart = Pipeline(with_heart, "cpu").run(tiny_chest).heart
    assert heart is not None
    assert heart.refusal is not None
    assert heart.message


def bright_heart(chest: Volume) -> Volume:
    """The chest with two blocks of blood of known widths where the heart lies."""
    hu = np.clip(chest.hu, -1024, 60)
    _, rows, cols = hu.shape
    for index in range(4, 12):
        hu[index, rows // 2 - 16 : rows // 2, cols // 2 - 8 : cols // 2 + 4] = 560
        hu[index, rows // 2 - 16 : rows // 2, cols // 2 + 6 : cols // 2 + 16] = 280
    return replace(chest, hu=hu)


def mirrored(volume: Volume) -> Volume:
    """The same patient, whose columns are stored from their left to their right."""
    cols = volume.geometry.shape[2]
    directions = volume.geometry.directions
    across = directions[2]
    x, y, z = volume.geometry.to_patient_mm((0, 0, cols - 1))
    geometry = Geometry(
        volume.geometry.shape,
        volume.geometry.spacing_mm,
        (float(x), float(y), float(z)),
        (directions[0], directions[1], (-across[0], -across[1], -across[2])),
    )
    return replace(volume, hu=np.ascontiguousarray(volume.hu[:, :, ::-1]), geometry=geometry)


def test_lines_lie_on_the_slices_as_they_are_stored(
    with_heart: ModelBundle, tiny_chest: Volume
) -> None:
    """Whichever way round they are: the same widths, at mirrored columns."""
    pipeline = Pipeline(with_heart, "cpu")
    assert pipeline._heart_reader is not None
    pipeline._heart_reader._net = FromTruth()
    chest = bright_heart(tiny_chest)
    cols = chest.geometry.shape[2]
    plain, turned = pipeline.heart(chest), pipeline.heart(mirrored(chest))
    assert plain is not None
    assert turned is not None
    for one, other in ((plain.rv, turned.rv), (plain.lv, turned.lv)):
        assert one is not None
        assert other is not None
        assert other.mm == pytest.approx(one.mm)
        assert other.start == pytest.approx((one.start[0], cols - 1 - one.start[1]))
    pixel_mm = chest.geometry.spacing_mm[2]
    assert plain.rv is not None
    assert plain.lv is not None
    assert plain.rv.mm == pytest.approx(12 * pixel_mm + 1.0, abs=pixel_mm)
    assert plain.lv.mm == pytest.approx(10 * pixel_mm + 0.5, abs=pixel_mm)
    assert pipeline.run(chest).heart == plain


def test_the_exam_is_told_by_the_ratio_where_the_bundle_weighs_it(
    with_heart: ModelBundle, tiny_chest: Volume, tmp_path: Path
) -> None:
    rule = StrainRule(0.0, 0.0, 1.0, "tests")
    weighing = write_with_rules(with_heart, FittedRules(PlaceRules(), rule), tmp_path / "b")
    assert weighing.heart is not None
    assert weighing.heart.strain == rule
    told = {}
    for bundle in (with_heart, weighing):
        pipeline = Pipeline(bundle, "cpu")
        assert pipeline._heart_reader is not None
        pipeline._heart_reader._net = FromTruth()
        told[bundle.sha256] = pipeline.run(bright_heart(tiny_chest))
    before, after = told[with_heart.sha256], told[weighing.sha256]
    assert after.heart is not None
    assert after.heart.range is not None
    both = min(1.0, sum(before.exam[label].calibrated for label in (RV_LV_GTE_1, RV_LV_LT_1)))
    share = after.exam[RV_LV_GTE_1].calibrated / both
    assert share == pytest.approx(after.heart.range.p_gte_1, abs=1e-3)
    assert after.exam[RV_LV_GTE_1].raw == before.exam[RV_LV_GTE_1].raw


def test_a_store_without_true_widths_calibrates_nothing(
    tiny_bundle: ModelBundle, trained: TrainedHeart, cut_store: Store, tmp_path: Path
) -> None:
    unknown = [replace(study, ventricles_mm=None) for study in cut_store.studies]
    for store in (
        replace(cut_store, studies=tuple(unknown)),
        replace(cut_store, is_reserved=True),
    ):
        with pytest.raises(DatasetError, match="not reserved for evaluation"):
            add_heart(tiny_bundle, trained, store, tmp_path / "b", version="2")


def test_too_few_measured_hearts_leave_no_bundle(
    tiny_bundle: ModelBundle, trained: TrainedHeart, cut_store: Store, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="needs 20 studies"):
        add_heart(tiny_bundle, trained, cut_store, tmp_path / "b", version="2", device="cpu")
    assert list(tmp_path.iterdir()) == []


def test_a_phantoms_store_knows_its_ventricles(cut_store: Store) -> None:
    for study in cut_store.studies:
        assert study.ventricles_mm is not None
        rv_mm, lv_mm = study.ventricles_mm
        assert 20.0 < rv_mm < 80.0
        assert 20.0 < lv_mm < 80.0
        is_strained = study.exam["rv_lv_ratio_gte_1"]
        assert not study.is_positive or is_strained == int(rv_mm >= lv_mm)


def test_the_command_line_tells_what_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["heart", "train", "--data", str(tmp_path), "--out", str(tmp_path / "r")]) == 1
    assert "index.json" in capsys.readouterr().err
