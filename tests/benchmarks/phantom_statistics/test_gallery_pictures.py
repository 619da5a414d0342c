"""The gallery shows every mimic and every form; its pictures are small, grey and explained."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.phantom_statistics import gallery, views
from benchmarks.phantom_statistics.montage import Frame
from pe_models.imaging.window import Window
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import Level, Mimic, PhantomSpec

ROOT = Path(__file__).resolve().parents[3]
SPEC = PhantomSpec(matrix=160, n_slices=40, is_positive=True, levels=(Level.LOBAR,), mimics=())
WIDE = Window(2000.0, 0.0)


@pytest.fixture(scope="module")
def sampler() -> PhantomSampler:
    return PhantomSampler.plan(10, SPEC)


def test_every_mimic_has_a_row() -> None:
    addressed = {mimic for mimics in gallery.ADDRESSED.values() for mimic in mimics}
    assert addressed | set(gallery.UNADDRESSED) == set(Mimic)


def test_a_clot_lies_in_the_middle_of_its_tile(sampler: PhantomSampler) -> None:
    """Blood reads 300 HU in this phantom, the clot, which fills its artery, about 50."""
    tile = views.at_clot(sampler, 0, Frame(1.0, (61, 61), WIDE))
    block = sampler.block(views.region_about(sampler, sampler.chest.clots[0]))
    clot_grey = int(WIDE.to_grey(np.array([np.median(block.hu[block.clot == 1])], np.int16))[0])
    assert np.median(tile[29:32, 29:32]) == pytest.approx(clot_grey, abs=8)


def test_a_height_is_that_slice(sampler: PhantomSampler) -> None:
    """The trachea lies in the midline 40 mm above the carina; below it the heart is there."""
    frame = Frame(2.0, (21, 21), WIDE)
    above = views.at_height(sampler, 45.0, Frame(2.0, (81, 81), WIDE))
    below = views.at_height(sampler, -80.0, frame)
    assert above.min() == 0
    assert np.median(below) > 100


def test_a_coronal_plane_stands_upright(sampler: PhantomSampler) -> None:
    """Domes of the liver at the bottom, lungs above them."""
    slice_mm = sampler.geometry.spacing_mm[0]
    height = round(slice_mm * sampler.geometry.n_slices / 2.0)
    plane = views.coronal(sampler, 10.0, Frame(2.0, (height, 120), WIDE))
    lower, upper = plane[-height // 8 :], plane[height // 3 : height // 2]
    assert lower[:, 30:60].mean() > upper[:, 30:60].mean() + 40


def test_pictures_are_written_as_8_bit_grey(tmp_path: Path) -> None:
    gallery.write_pictures(["chests-mediastinum"], tmp_path)
    picture = cv2.imread(str(tmp_path / "chests-mediastinum.png"), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.dtype == np.uint8
    assert picture.ndim == 2
    assert picture.std() > 40


def test_the_gallery_of_the_docs_is_whole_small_and_explained() -> None:
    folder = ROOT / "docs" / "gallery"
    text = (ROOT / "docs" / "phantom.md").read_text(encoding="utf-8")
    assert {path.stem for path in folder.glob("*.png")} == set(gallery.PICTURES)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3_000_000
    assert all(f"](gallery/{name}.png)" in text for name in gallery.PICTURES)


@pytest.mark.long
def test_every_picture_can_be_drawn(tmp_path: Path) -> None:
    gallery.write_pictures(gallery.PICTURES, tmp_path)
    assert len(list(tmp_path.glob("*.png"))) == len(gallery.PICTURES)
