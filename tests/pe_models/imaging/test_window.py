"""Window: the linear exact function of PS3.3 C.11.2.1.3.2, in 256 greys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.window import PE_WINDOW, Window


@given(st.floats(1, 5000), st.floats(-1000, 3000), st.integers(-32768, 32767))
def test_grey_is_linear_between_black_and_white(width, centre, hu):
    window = Window(width, centre)

    (grey,) = window.to_grey(np.array([hu], dtype=np.int16))

    exact = np.clip((hu - window.low_hu) / width, 0, 1) * 255
    # float32 keeps about 7 digits of hu * 255 / width
    assert abs(float(grey) - exact) <= 0.5 + 1e-6 * (abs(hu) + abs(centre) + width) * 255 / width


def test_the_pe_window_is_width_700_centre_100():
    hu = np.array([-1000, -250, 100, 450, 3000], dtype=np.int16)

    assert (PE_WINDOW.low_hu, PE_WINDOW.high_hu) == (-250, 450)
    assert PE_WINDOW.to_grey(hu).tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize("width", [0.5, 0, -3, float("nan")])
def test_a_window_without_width_is_refused(width):
    with pytest.raises(ValueError, match="width"):
        Window(width, 40)
