"""An order that names no preset goes by the one that the bundle in use was made with."""

import subprocess
import sys

import pytest

from pe_models.bundle import ModelBundle, bundle_in_use
from pe_models.errors import TrainingError
from pe_models.retraining.circle import require_start
from pe_models.retraining.order import AS_IN_USE, PhantomData, RetrainOrder, Start
from pe_models.retraining.settling import require_nets, settled, settled_now
from pe_models.training.config import preset, with_settings
from tests.exam_bundles import made_with

PHANTOMS = PhantomData(12, seed=30_000, matrix=64)
ORDER = RetrainOrder(phantoms=PHANTOMS)


def test_an_order_says_by_itself_no_other_preset_than_that_of_the_bundle_in_use() -> None:
    assert (ORDER.preset, ORDER.start) == (AS_IN_USE, Start.IN_USE)


def test_with_the_shipped_bundle_in_use_the_order_can_be_carried_out() -> None:
    order, in_use = settled_now(ORDER), bundle_in_use()
    require_start(order, in_use)
    require_nets(order, in_use)
    assert preset(order.preset).preprocessing == in_use.preprocessing


@pytest.mark.parametrize("name", ["tiny", "tiny-pooled", "laptop"])
def test_an_order_takes_the_preset_of_the_bundle_in_use(
    name: str, tiny_bundle: ModelBundle
) -> None:
    in_use = made_with(preset(name), tiny_bundle)
    order = settled(ORDER, in_use)
    assert order.preset == name
    require_start(order, in_use)


def test_a_named_preset_stays(tiny_bundle: ModelBundle) -> None:
    order = RetrainOrder(phantoms=PHANTOMS, preset="laptop")
    assert settled(order, tiny_bundle) == order
    assert settled_now(order) == order


def test_a_bundle_of_no_preset_is_named_with_what_can_be_done(tiny_bundle: ModelBundle) -> None:
    in_use = made_with(with_settings(preset("tiny"), ["hidden=9"]), tiny_bundle)
    with pytest.raises(TrainingError, match="tiny 1, was made with settings of its own"):
        settled(ORDER, in_use)
    named = RetrainOrder(phantoms=PHANTOMS, preset="tiny")
    with pytest.raises(TrainingError, match=r"those of preset tiny: begin from scratch\.$"):
        require_nets(named, in_use)


def test_nets_of_another_preset_are_refused_with_the_name_of_their_own(
    tiny_bundle: ModelBundle,
) -> None:
    order, in_use = RetrainOrder(phantoms=PHANTOMS, preset="ship"), bundle_in_use()
    for require in (require_nets, require_start):
        with pytest.raises(TrainingError, match=r"or train it on as it was made \(preset wide\)"):
            require(order, made_with(preset("wide"), in_use))


def test_from_scratch_a_preset_is_named() -> None:
    with pytest.raises(TrainingError, match="From scratch there is no bundle to go by"):
        RetrainOrder(phantoms=PHANTOMS, start=Start.SCRATCH)


def test_a_preset_is_found_without_torch() -> None:
    code = (
        "import sys\n"
        "from pe_models.retraining.order import PhantomData, RetrainOrder\n"
        "from pe_models.retraining.settling import settled_now\n"
        "settled_now(RetrainOrder(phantoms=PhantomData(12, 30_000)))\n"
        "print(sorted({'torch', 'timm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
