"""One radiograph: what it shows is where its truth says, and what it does not show is nowhere."""

import numpy as np
import pytest

from pe_models.phantom.chance import stream
from pe_models.phantom.radiograph.chest import Chest, in_slabs
from pe_models.phantom.radiograph.filling import Filling
from pe_models.phantom.radiograph.film import Film
from pe_models.phantom.radiograph.lines import add_lines, draw_lines
from pe_models.phantom.radiograph.mimics import Lookalike, add_lookalike
from pe_models.phantom.radiograph.picture import make_radiograph
from pe_models.phantom.radiograph.pneumonia import draw_pneumonia
from pe_models.phantom.radiograph.view import Position, View
from pe_models.phantom.spec import PhantomError

PX = 128


def _added(chest: Chest, kind: Lookalike, position: Position) -> np.ndarray:
    filling = Filling.of(chest.lungs)
    add_lookalike(kind, filling, chest.scene, position, stream(3, kind.value))
    return filling.density - chest.lungs.density


def _height(chest: Chest, added: np.ndarray) -> float:
    """Mean z (mm) of what was added."""
    return float((chest.lungs.z * added).sum() / added.sum())


@pytest.mark.parametrize("place", range(3))
def test_a_picture_with_pneumonia_has_a_box_an_opacity_that_a_reader_could_see(
    chest: Chest, place: int
) -> None:
    sick = make_radiograph(chest, place, px=PX, is_pneumonia=True)
    assert sick.truth.is_pneumonia
    assert len(sick.truth.boxes) == len(sick.truth.forms)
    for box in sick.truth.boxes:
        assert 0 <= box.x < box.x + box.width <= PX
        assert 0 <= box.y < box.y + box.height <= PX
        assert min(box.width, box.height) * sick.pitch_mm >= 45.0


def test_what_an_opacity_adds_lies_within_its_own_lung(chest: Chest) -> None:
    for seed in range(4):
        filling = Filling.of(chest.lungs)
        (first, *_) = draw_pneumonia(chest.lungs, np.random.default_rng(seed))
        box, added = first.fill(filling, chest.scene.opacities.fissures, stream(seed, "test"))
        x = chest.lungs.x[:, :, box[2]]
        # Its border is soft: half of it may reach across the midline, where there is no lung.
        beyond = (added * ((x > first.edge_mm) if first.is_right else (x < -first.edge_mm))).sum()
        assert added.sum() > 0
        assert beyond == pytest.approx(0.0, abs=1e-4)
        assert (filling.density[box] - chest.lungs.density[box])[chest.lungs.cover[box] == 0].max(
            initial=0.0
        ) == 0.0


def test_a_healthy_picture_has_no_box_and_the_class_of_its_mimics(chest: Chest) -> None:
    truths = [make_radiograph(chest, p, px=64, is_pneumonia=False).truth for p in range(6)]
    assert all(truth.boxes == () == truth.forms for truth in truths)
    assert {t.detailed_class for t in truths} == {"Normal", "No Lung Opacity / Not Normal"}
    assert all((t.detailed_class == "Normal") == (not t.lookalikes) for t in truths)


def test_equal_arguments_give_equal_pixels_and_other_places_other_pictures(chest: Chest) -> None:
    first, again, other = (
        make_radiograph(chest, place, px=PX, is_pneumonia=True) for place in (0, 0, 1)
    )
    assert np.array_equal(first.grey, again.grey)
    assert first.truth == again.truth
    assert not np.array_equal(first.grey, other.grey)


@pytest.mark.parametrize("px", [63, 2049])
def test_a_size_that_no_picture_has_is_refused(chest: Chest, px: int) -> None:
    with pytest.raises(PhantomError, match="64 to 2048"):
        make_radiograph(chest, 0, px=px, is_pneumonia=False)


def test_fluid_stands_at_the_base_of_who_stands_and_along_the_back_of_who_lies(
    chest: Chest,
) -> None:
    standing = _added(chest, Lookalike.EFFUSION, Position.PA)
    lying = _added(chest, Lookalike.EFFUSION, Position.AP)
    assert _height(chest, standing) < _height(chest, lying)
    heights = [np.ptp(chest.lungs.z[each.max(axis=(1, 2)) > 0.4]) for each in (standing, lying)]
    assert heights[1] > heights[0] + 50.0


def test_a_large_heart_and_a_short_breath_fill_the_lungs_low_down(chest: Chest) -> None:
    middle = _height(chest, chest.lungs.cover)
    for kind in (Lookalike.CARDIOMEGALY, Lookalike.POOR_INSPIRATION):
        assert _height(chest, _added(chest, kind, Position.PA)) < middle - 15.0


@pytest.mark.parametrize("kind", Lookalike)
def test_each_mimic_fills_lung_alone(chest: Chest, kind: Lookalike) -> None:
    added = _added(chest, kind, Position.PA)
    assert added.max() > 0.05
    assert added.min() >= 0.0
    assert added[chest.lungs.cover == 0].max() == 0.0


def test_dense_things_are_bright_and_a_lower_dose_is_noisier(chest: Chest) -> None:
    view = View.draw(stream(1, "view"))
    water = view.project(chest.slabs, chest, PX)
    film = Film(0.018, 0.3, 0.01, 0.5, 0.3, 0.5, 2.0, 99.0, 1.0)
    grey = film.expose(water, view.field_mm / PX, stream(1, "film"))
    assert np.corrcoef(grey.ravel(), water.ravel())[0, 1] > 0.8
    assert (grey.min(), grey.max()) == (0.0, 1.0)
    twice = [
        Film(0.018, 0.3, noise, 0.5, 0.3, 0.5, 2.0, 99.0, 1.0).expose(
            water, view.field_mm / PX, stream(2, "film")
        )
        for noise in (0.01, 0.05)
    ]
    assert np.abs(twice[1] - grey).mean() > 2 * np.abs(twice[0] - grey).mean()


def test_lines_add_to_what_is_in_the_way(chest: Chest) -> None:
    rng = stream(5, "lines")
    view = next(v for v in (View.draw(rng) for _ in range(50)) if v.position is Position.AP)
    lines = next(found for found in (draw_lines(view, rng) for _ in range(50)) if len(found) > 5)
    water = np.zeros((PX, PX), np.float32)
    add_lines(water, lines, chest, view)
    assert water.min() == 0.0
    assert 0.002 < (water > 3.0).mean() < 0.2


def test_filling_everything_makes_everything_dense(chest: Chest) -> None:
    filling = Filling.of(chest.lungs)
    whole = tuple(slice(0, n) for n in filling.density.shape)
    filling.fill((whole[0], whole[1], whole[2]), np.ones_like(filling.density), 1.0)
    water = in_slabs(filling.density).sum(axis=0)
    assert water.max() > in_slabs(chest.lungs.density).sum(axis=0).max() - 1e-3
    assert filling.density[chest.lungs.cover > 0.99].min() > 0.98
