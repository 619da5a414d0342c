"""What a Series says of itself."""

import numpy as np
import pytest

from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import PixelFormat, SliceSource


def test_an_image_exported_twice_with_other_pixels_is_two_series_with_keys_of_their_own(
    write_series, series_hu
):
    """As a lossless and a lossy copy are: every UID is the same."""
    written = write_series(folder="all/lossless", hu=series_hu)
    write_series(folder="all/lossy", hu=np.minimum(series_hu, 600))

    (study,) = scan_path(written.folder.parent).studies

    assert len(study.series) == 2
    assert len({series.key for series in study.series}) == 2


@pytest.mark.parametrize(
    ("file", "member", "name"),
    [
        ("DOE JANE/IM0001", None, "IM0001"),
        ("disc.zip", "DICOM/S1/IM7", "IM7"),
        ("disc.zip", "DICOM\\S1\\IM7", "IM7"),
    ],
)
def test_a_file_is_named_without_its_folder(file, member, name):
    pixels = PixelFormat("1.2.840.10008.1.2.1", 4, 6, 16, 16, True)
    source = SliceSource(file, "1", "2", 1, 0.0, (0.0, 0.0, 0.0), pixels, member=member)
    assert source.file_name == name
