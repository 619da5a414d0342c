"""What a bundle of single pictures says of what it was trained on."""

import pytest

from pe_models.experiments.export import _trained_on
from pe_models.experiments.plans import PLANS, plan_for
from pe_models.experiments.sources import LabelledPictures
from pe_models.tasks import task_for
from pe_models.training.pictures.table import PictureTable


@pytest.mark.parametrize("task", PLANS)
def test_a_pretrained_start_is_named_and_no_other_is(task: str) -> None:
    data = LabelledPictures(PictureTable(task_for(task), ()), "9 pictures", is_phantom=True)
    (shipped,) = plan_for(task, "ship").nets
    said = _trained_on(data, shipped)
    assert said.startswith("9 pictures; start: ImageNet weights of efficientnet_lite0 from the")
    assert [_trained_on(data, net) for net in plan_for(task, "tiny").nets] == ["9 pictures"] * 2
