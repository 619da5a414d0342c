"""Emboli in every form."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.phantom.branches import Branch
from pe_models.phantom.clot import Clot, Form, Plate
from pe_models.phantom.clot_plan import draw_clot_plan
from pe_models.phantom.emboli import place_emboli
from pe_models.phantom.flow import Flow
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.spec import Level
from pe_models.phantom.texture import Texture
from pe_models.phantom.tubes import tube

CLOT = Clot(Level.LOBAR, "right", Form.COMPLETE, 50.0, 5.0, 0.0,
            tube([(0, 0, -20), (0, 0, 20)], 5.0))  # fmt: skip


def _across() -> Canvas:
    step = np.arange(-8.0, 8.01, 0.25, dtype=np.float32)
    return Canvas(step[None, :], step[:, None], 0.0, 0.5, np.zeros((step.size, step.size)))


def _area_mm2(clot: Clot) -> float:
    canvas = _across()
    smooth = np.zeros(canvas.hu.shape, np.float32)
    return float((clot.distance_on(canvas, smooth, smooth) < 0).sum()) * 0.25**2


def test_a_whole_clot_has_the_area_of_its_tube() -> None:
    assert _area_mm2(CLOT) == pytest.approx(np.pi * 25, rel=0.03)


def test_a_channel_is_taken_out_of_the_clot() -> None:
    channel = tube([(0, 0, -20), (0, 0, 20)], 3.0)
    assert _area_mm2(replace(CLOT, channel=channel)) == pytest.approx(np.pi * (25 - 9), rel=0.03)


def test_a_web_is_a_plate_across_the_lumen() -> None:
    web = replace(CLOT, plates=(Plate((0, 0, 0), (1, 0, 0), 1.0),))
    assert _area_mm2(web) == pytest.approx(10.0 * 1.0, rel=0.3)  # the smooth texture bends none


def test_acute_and_chronic_forms_are_told_apart() -> None:
    acute = {form for form in Form if form.is_acute}
    assert acute == {Form.SADDLE, Form.FLOATING, Form.WALL, Form.COMPLETE}


def _line(name_side: str, end: tuple[float, float, float], radius: float, level: Level,
          parent: int) -> Branch:  # fmt: skip
    points = np.linspace((0, 0, 0), end, 12).astype(np.float32)
    return Branch(points, np.full(12, radius, np.float32), level, name_side, parent)


TREE = (
    _line("central", (0, -30, -20), 14.0, Level.CENTRAL, -1),
    _line("right", (-50, 5, -5), 11.0, Level.CENTRAL, 0),
    _line("left", (50, 5, -5), 10.0, Level.CENTRAL, 0),
    _line("right", (-60, 10, -60), 7.0, Level.LOBAR, 1),
    _line("left", (60, 10, -60), 2.5, Level.SEGMENTAL, 2),
    _line("right", (-90, 30, -80), 1.4, Level.SUBSEGMENTAL, 3),
)


@pytest.mark.parametrize("level", [Level.CENTRAL, Level.LOBAR, Level.SEGMENTAL,
                                   Level.SUBSEGMENTAL])  # fmt: skip
def test_every_level_takes_clots_of_that_level(level: Level) -> None:
    forms = set()
    for seed in range(60):
        (clot,) = place_emboli(seed, 0, TREE, draw_clot_plan(seed, (level,))).clots
        assert clot.level is level
        assert 12 <= clot.hu <= 135
        forms.add(clot.form)
    chronic = {Form.ECCENTRIC, Form.RECANALISED, Form.WEB, Form.SHRUNKEN}
    assert {Form.FLOATING, Form.WALL, Form.COMPLETE} <= forms or level is Level.CENTRAL
    assert forms & chronic
    assert (Form.SADDLE in forms) == (level is Level.CENTRAL)


def test_a_saddle_lies_on_both_sides() -> None:
    plan = draw_clot_plan(0, (Level.CENTRAL,))
    saddles = [c for seed in range(80) for c in place_emboli(seed, 0, TREE, plan).clots
               if c.form is Form.SADDLE]  # fmt: skip
    assert saddles
    for clot in saddles:
        x = clot.body.start[:, 0]
        assert x.min() < -5 < 5 < x.max()
        assert clot.side == "central"


def test_a_complete_clot_widens_its_vessel_and_an_old_one_narrows_it() -> None:
    seen = set()
    for seed in range(120):
        emboli = place_emboli(seed, 0, TREE, draw_clot_plan(seed, (Level.LOBAR,)))
        before, after = TREE[3].radii.mean(), emboli.arteries[3].radii.mean()
        form = emboli.clots[0].form
        seen.add(form)
        if form is Form.COMPLETE:
            assert after > before
        elif form is Form.SHRUNKEN:
            assert after < 0.95 * before
        else:
            assert after == before
        assert emboli.arteries[3].radii[-1] == TREE[3].radii[-1]
    assert {Form.COMPLETE, Form.SHRUNKEN} <= seen


def test_clots_begin_outside_the_lumen_of_the_parent() -> None:
    for seed in range(40):
        (clot,) = place_emboli(seed, 0, TREE, draw_clot_plan(seed, (Level.SEGMENTAL,))).clots
        nearest = np.linalg.norm(clot.body.start, axis=1).min()
        assert nearest > TREE[2].radii[0] - 3.0


def test_acute_clots_read_as_real_ones_do() -> None:
    """Real emboli: mean 37, median 47 HU, noise and partial volume included (430 CTPAs)."""
    clots = [
        c
        for seed in range(300)
        for c in place_emboli(seed, 0, TREE, draw_clot_plan(seed, ())).clots
    ]
    acute = [c.hu for c in clots if c.is_acute]
    chronic = [c.hu for c in clots if not c.is_acute]
    assert 40 < np.median(acute) < 54
    assert np.median(chronic) > np.median(acute) + 10
    assert 0.1 < len(chronic) / len(clots) < 0.3


def test_vessels_beyond_a_complete_clot_are_starved_and_no_others() -> None:
    seen = set()
    for seed in range(120):
        emboli = place_emboli(seed, 0, TREE, draw_clot_plan(seed, (Level.LOBAR,)))
        is_complete = emboli.clots[0].form is Form.COMPLETE
        assert emboli.starved == ((5,) if is_complete else ())
        seen.add(is_complete)
    assert seen == {True, False}


def test_starved_vessels_carry_less_contrast_but_more_than_clot() -> None:
    canvas = _across()
    blood = Texture.make(0, "blood", 16.0)
    plain = Flow(0.0)
    starved = plain.beyond_clots(3, tube([(0, 0, -20), (0, 0, 20)], 4.0))
    assert starved.starved_loss > 0.05
    strength = starved.strength(canvas, blood)
    middle = strength.shape[0] // 2
    assert strength[middle, middle] == pytest.approx(1 - starved.starved_loss)
    assert strength[0, 0] == 1.0
    assert strength.min() >= 0.5


def test_no_clot_closes_the_pulmonary_trunk() -> None:
    in_trunk = 0
    for seed in range(150):
        emboli = place_emboli(seed, 0, TREE[:3], draw_clot_plan(seed, (Level.CENTRAL,)))
        assert not {1, 2} & set(emboli.starved)
        (clot,) = emboli.clots
        if clot.form is not Form.SADDLE and np.abs(clot.body.start[:, 0]).max() < 6:
            in_trunk += 1
            assert clot.form not in (Form.COMPLETE, Form.RECANALISED, Form.SHRUNKEN)
    assert in_trunk > 10
