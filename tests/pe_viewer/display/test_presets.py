"""The window presets on the number keys."""

from pe_models.imaging.window import PE_WINDOW, Window
from pe_viewer.actions import N_WINDOW_PRESETS
from pe_viewer.display.presets import load_window_presets, opening_window


def test_key_1_is_the_window_of_pulmonary_embolism() -> None:
    first = load_window_presets()[0]
    assert first.window == PE_WINDOW
    assert first.text == "PE  W 700 L 100"


def test_there_is_a_preset_for_each_number_key() -> None:
    presets = load_window_presets()
    assert len(presets) == N_WINDOW_PRESETS
    assert len({preset.name for preset in presets}) == N_WINDOW_PRESETS


def test_a_head_opens_in_the_window_of_the_brain_and_all_else_in_that_of_the_pe() -> None:
    assert opening_window("HEAD") == opening_window("brain") == Window(80.0, 40.0)
    assert opening_window("CHEST") == opening_window("") == PE_WINDOW
