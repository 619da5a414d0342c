"""Right, left and central by the patient's geometry; distances are those of the phantom's chest."""

import pytest

from pe_models.findings import Side
from pe_models.placing.frame import Offset
from pe_models.placing.sides import side_of


@pytest.mark.parametrize(
    ("offset", "side"),
    [
        (Offset(-45.0, 10.0, -40.0), Side.RIGHT),  # interlobar artery
        (Offset(50.0, 15.0, -30.0), Side.LEFT),
        (Offset(-5.0, -22.0, -26.0), Side.RIGHT),  # the main artery where it crosses the middle
        (Offset(5.0, -28.0, -25.0), Side.RIGHT),
        (Offset(26.0, -22.0, -17.0), Side.LEFT),
        (Offset(16.0, -50.0, -30.0), Side.CENTRAL),  # trunk
        (Offset(-4.0, -50.0, -30.0), Side.CENTRAL),
        (Offset(-40.0, -60.0, -30.0), Side.RIGHT),  # arteries of the middle lobe
        (Offset(60.0, -60.0, -30.0), Side.LEFT),  # of the lingula
        (Offset(16.0, -50.0, -80.0), Side.LEFT),  # below the trunk
    ],
)
def test_a_place_has_the_side_of_its_artery(offset: Offset, side: Side) -> None:
    assert side_of(offset) is side
