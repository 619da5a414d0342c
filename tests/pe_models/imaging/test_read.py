"""Pixels of every encoding come out as exact HU; what cannot be read is named, never invented."""

import zipfile
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom.encaps import encapsulate

from pe_models import parallel
from pe_models.errors import ReadError
from pe_models.imaging.read import read_into, read_volume, volume_from
from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.study import Series
from pe_models.imaging.volume import PADDING_HU, VolumeKind
from pe_models.imaging.warnings import WarningCode
from pe_models.progress import Cancelled, CancelToken

from .conftest import phantom_hu


def the_series(folder: Path) -> Series:
    (study,) = scan_folder(folder)
    (series,) = study.series
    return series


def test_every_lossless_encoding_reads_as_the_same_hu(write_series, lossless_encoding):
    written = write_series(encoding=lossless_encoding)

    volume = read_volume(the_series(written.folder))

    np.testing.assert_array_equal(volume.hu, written.hu)
    assert volume.kind is VolumeKind.HU
    assert volume.padding is None
    assert not volume.missing_slices
    assert not volume.hu.flags.writeable


def test_every_lossless_encoding_keeps_signed_pixels(write_series, lossless_encoding):
    def signed(dataset, index):
        stored = np.frombuffer(dataset.PixelData, "<u2").astype(np.int32) - 1024
        dataset.PixelRepresentation = 1
        dataset.BitsStored, dataset.HighBit = 16, 15
        dataset.RescaleIntercept = 0
        dataset.PixelData = stored.astype("<i2").tobytes()

    written = write_series(encoding=lossless_encoding, edit=signed)

    np.testing.assert_array_equal(read_volume(the_series(written.folder)).hu, written.hu)


def test_bits_above_bits_stored_are_ignored_and_the_sign_is_that_of_the_high_bit(write_series):
    def signed_12_bits_beside_overlay(dataset, index):
        stored = np.frombuffer(dataset.PixelData, "<u2").astype(np.int32) - 1024
        stored = np.clip(stored, -2048, 2047) & 0x0FFF
        dataset.PixelRepresentation = 1
        dataset.RescaleIntercept = 0
        dataset.PixelData = (stored | 0x5000).astype("<u2").tobytes()

    written = write_series(edit=signed_12_bits_beside_overlay)

    np.testing.assert_array_equal(
        read_volume(the_series(written.folder)).hu, np.clip(written.hu, -2048, 2047)
    )


def test_eight_bit_pixels_are_rescaled(write_series):
    def eight_bits(dataset, index):
        grey = (np.arange(40 * 60) % 251).astype(np.uint8)
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.RescaleSlope, dataset.RescaleIntercept = 4, -1000
        dataset.PixelData = grey.tobytes()

    written = write_series(edit=eight_bits)

    expected = (np.arange(40 * 60) % 251).reshape(40, 60) * 4 - 1000
    np.testing.assert_array_equal(read_volume(the_series(written.folder)).hu[1], expected)


@pytest.mark.parametrize("vr", ["OB", "OW"])
def test_big_endian_bytes_are_swapped_in_pairs_where_they_are_stored_as_words(write_series, vr):
    # PS3.5 8.1.2 and A.3: OW is ordered word by word, whatever a word holds.
    grey = (np.arange(40 * 60) % 251).reshape(40, 60).astype(np.uint8)

    def eight_bits(dataset, index):
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.PixelData = (grey.view(np.uint16).byteswap() if vr == "OW" else grey).tobytes()
        dataset["PixelData"].VR = vr

    written = write_series(encoding="big endian", edit_encoded=eight_bits)

    volume = read_volume(the_series(written.folder))

    np.testing.assert_array_equal(volume.hu[0], grey.astype(np.int16) - 1024)


def test_frames_of_an_odd_number_of_bytes_share_words(write_series):
    frames = (np.arange(3 * 5 * 7) % 251).reshape(3, 5, 7).astype(np.uint8)

    def three_frames(dataset, index):
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape
        words = np.frombuffer(frames.tobytes() + b"\0", np.uint16).byteswap()
        dataset.PixelData = words.tobytes()
        dataset["PixelData"].VR = "OW"

    written = write_series(hu=phantom_hu()[:1], encoding="big endian", edit_encoded=three_frames)

    volume = read_volume(the_series(written.folder))

    np.testing.assert_array_equal(volume.hu, frames.astype(np.int16) - 1024)


def test_rescale_is_taken_slice_by_slice(write_series):
    def own_rescale(dataset, index):
        dataset.RescaleSlope = [1, 0.5, 2][index]
        dataset.RescaleIntercept = [-1024, -100.25, 0][index]

    written = write_series(edit=own_rescale)

    stored = written.hu.astype(np.float64) + 1024
    expected = np.stack([stored[0] - 1024, stored[1] * 0.5 - 100.25, stored[2] * 2])
    np.testing.assert_array_equal(
        read_volume(the_series(written.folder)).hu, np.rint(expected).astype(np.int16)
    )


def test_values_beyond_int16_are_clipped_not_wrapped(write_series):
    def full_range(dataset, index):
        words = np.linspace(0, 65535, 40 * 60).astype("<u2")
        dataset.BitsStored, dataset.HighBit = 16, 15
        dataset.PixelData = words.tobytes()

    hu = read_volume(the_series(write_series(edit=full_range).folder)).hu

    words = np.linspace(0, 65535, 40 * 60).astype(np.uint16).astype(np.int64).reshape(40, 60)
    np.testing.assert_array_equal(hu[0], np.clip(words - 1024, -32768, 32767))


@pytest.mark.parametrize("declared", [(-2000, "SS"), (63536, "US")])
def test_padding_reads_as_minus_1024_whatever_its_vr(write_series, declared):
    value, vr = declared

    def padded(dataset, index):
        stored = np.frombuffer(dataset.PixelData, "<u2").astype(np.int16)
        stored[:100] = -2000
        stored[100] = -1500
        dataset.PixelRepresentation = 1
        dataset.BitsStored, dataset.HighBit = 16, 15
        dataset.add_new(0x00280120, vr, value)
        dataset.PixelData = stored.astype("<i2").tobytes()

    volume = read_volume(the_series(write_series(edit=padded).folder))

    mask = volume.padding_mask(2).ravel()
    assert mask[:100].all()
    assert not mask[100:].any()
    assert (volume.hu[2].ravel()[:100] == PADDING_HU).all()
    assert volume.hu[2].ravel()[100] == -1500 - 1024


def test_a_padding_range_is_padding_throughout(write_series):
    def padded(dataset, index):
        dataset.PixelPaddingValue = 0
        dataset.PixelPaddingRangeLimit = 60
        dataset["PixelPaddingValue"].VR = dataset["PixelPaddingRangeLimit"].VR = "US"

    written = write_series(edit=padded)
    volume = read_volume(the_series(written.folder))

    expected = (written.hu >= -1024) & (written.hu <= -964)
    assert expected.any()
    for index in range(3):
        np.testing.assert_array_equal(volume.padding_mask(index), expected[index])
    assert (volume.hu[expected] == PADDING_HU).all()
    np.testing.assert_array_equal(volume.hu[~expected], written.hu[~expected])


def test_padding_outside_bits_stored_is_found(write_series):
    def padded(dataset, index):
        words = np.frombuffer(dataset.PixelData, "<u2").copy()
        words[:7] = 63536
        dataset.add_new(0x00280120, "US", 63536)
        dataset.PixelData = words.tobytes()

    volume = read_volume(the_series(write_series(edit=padded).folder))

    assert volume.padding_mask(0).ravel()[:9].tolist() == [True] * 7 + [False] * 2


def test_an_mr_keeps_its_stored_values_and_is_marked_raw(write_series):
    def mr(dataset, index):
        dataset.Modality = "MR"

    written = write_series(edit=mr)
    series = the_series(written.folder)
    volume = read_volume(series)

    assert volume.kind is VolumeKind.RAW
    assert WarningCode.NOT_CT in {warning.code for warning in series.warnings}
    np.testing.assert_array_equal(volume.hu, written.hu + 1024)


def test_monochrome1_inverts_a_radiograph_but_not_a_ct(write_series):
    def inverted(modality):
        def edit(dataset, index):
            dataset.PhotometricInterpretation = "MONOCHROME1"
            dataset.Modality = modality

        return edit

    radiograph = write_series(folder="dx", edit=inverted("DX"))
    ct = write_series(folder="ct", edit=inverted("CT"))

    np.testing.assert_array_equal(
        read_volume(the_series(radiograph.folder)).hu, 4095 - (radiograph.hu + 1024)
    )
    np.testing.assert_array_equal(read_volume(the_series(ct.folder)).hu, ct.hu)


def test_a_zip_is_read_without_unpacking(write_series, tmp_path):
    written = write_series(encoding="JPEG-LS")
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in written.files:
            packed.write(file, f"../../{file.name}")

    np.testing.assert_array_equal(read_volume(the_series(archive)).hu, written.hu)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["series", "study.zip"]


def test_loading_spreads_from_the_first_slice_and_reports_each_slice_once(write_series, series_hu):
    hu = np.concatenate([np.minimum(series_hu, 2900) + offset for offset in range(0, 90, 10)])
    series = the_series(write_series(hu=hu).folder)
    buffer = np.empty(series.geometry.shape, dtype=np.int16)
    loaded: list[int] = []

    def on_loaded(indices):
        loaded.extend(indices)
        np.testing.assert_array_equal(buffer[list(indices)], hu[list(indices)])

    outcome = read_into(
        series, buffer, LoadingOrder(27, focus=20), on_loaded=on_loaded, cancel=None
    )

    assert loaded[:5] == [20, 21, 19, 22, 18]
    assert sorted(loaded) == list(range(27))
    assert np.shares_memory(volume_from(series, buffer, outcome).hu, buffer)


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS"])
def test_loading_follows_the_reader(write_series, series_hu, encoding):
    series = the_series(write_series(hu=np.concatenate([series_hu] * 40), encoding=encoding).folder)
    buffer = np.empty(series.geometry.shape, dtype=np.int16)
    order = LoadingOrder(120, focus=10)
    loaded: list[int] = []

    def on_loaded(indices):
        loaded.extend(indices)
        order.move_to(100)

    read_into(series, buffer, order, on_loaded=on_loaded, cancel=None)

    decoded_ahead = 3 * parallel.usable_cores()
    assert 100 in loaded[: 2 + decoded_ahead]
    assert sorted(loaded) == list(range(120))


@pytest.mark.parametrize("encoding", ["explicit", "JPEG-LS"])
def test_cancel_stops_within_a_batch(write_series, series_hu, encoding):
    hu = np.concatenate([series_hu] * 20)
    series = the_series(write_series(hu=hu, encoding=encoding).folder)
    cancel = CancelToken()
    loaded: list[int] = []

    def on_loaded(indices):
        loaded.extend(indices)
        cancel.cancel()

    buffer = np.empty(series.geometry.shape, dtype=np.int16)
    with pytest.raises(Cancelled):
        read_into(series, buffer, LoadingOrder(60), on_loaded=on_loaded, cancel=cancel)
    assert len(loaded) == 1


@pytest.mark.parametrize(
    "encoding", ["explicit", "JPEG-LS", "RLE", "JPEG 2000", "JPEG lossless 70"]
)
def test_a_truncated_slice_is_named_and_left_out(write_series, encoding):
    written = write_series(encoding=encoding)
    broken = written.files[1]
    broken.write_bytes(broken.read_bytes()[:-400])

    series = the_series(written.folder)
    buffer = np.empty(series.geometry.shape, dtype=np.int16)
    came: list[int] = []
    outcome = read_into(series, buffer, LoadingOrder(3), on_loaded=came.extend, cancel=None)
    assert sorted(came) == sorted({0, 1, 2} - outcome.missing_slices), "drawn as air till the end"

    assert outcome.missing_slices == {1}
    assert (buffer[1] == PADDING_HU).all()
    np.testing.assert_array_equal(buffer[[0, 2]], written.hu[[0, 2]])
    (warning,) = outcome.warnings
    assert warning.code is WarningCode.TRUNCATED
    assert warning.files == (broken.name,)


def test_pixels_that_end_before_the_file_does_are_not_read_from_what_follows(write_series):
    def short(dataset, index):
        if index == 1:
            dataset.PixelData = dataset.PixelData[:200]
            dataset.DataSetTrailingPadding = b"\x11" * 9000

    written = write_series(edit_encoded=short)
    series = the_series(written.folder)
    volume = read_volume(series)

    assert volume.missing_slices == {1}
    assert [warning.code for warning in series.warnings] == [WarningCode.TRUNCATED]


def test_a_codestream_cut_short_within_its_fragment_is_truncated(write_series):
    def cut(dataset, index):
        if index == 2:
            whole = dataset.PixelData
            dataset.PixelData = encapsulate([whole[20 : len(whole) // 2]])
            dataset["PixelData"].is_undefined_length = True

    series = the_series(write_series(encoding="JPEG lossless 70", edit_encoded=cut).folder)
    volume = read_volume(series)

    assert volume.missing_slices == {2}
    assert WarningCode.TRUNCATED in volume.origin.warning_codes


def test_an_encoding_that_is_declared_wrongly_is_decoded_as_what_it_is(write_series):
    def lie(dataset, index):
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"

    written = write_series(encoding="JPEG-LS", edit_encoded=lie)

    np.testing.assert_array_equal(read_volume(the_series(written.folder)).hu, written.hu)


@pytest.mark.parametrize("is_declared", [False, True])
def test_loss_is_told_once_whether_a_header_declares_it_or_not(
    write_series, series_hu, is_declared
):
    hu = np.minimum(series_hu, 3000)

    def lose(dataset, index):
        if index != 1:
            words = (hu[index] + 1024).astype(np.uint16)
            dataset.PixelData = encapsulate([imagecodecs.jpegls_encode(words, level=2)])
            dataset["PixelData"].is_undefined_length = True
            dataset.LossyImageCompression = "01" if is_declared else "00"

    series = the_series(write_series(hu=hu, encoding="JPEG-LS", edit_encoded=lose).folder)
    read = np.empty(series.geometry.shape, np.int16)
    outcome = read_into(series, read, LoadingOrder(3), on_loaded=lambda _: None, cancel=None)

    (warning,) = (*series.warnings, *outcome.warnings)
    assert warning.code is WarningCode.LOSSY
    assert sorted(warning.files) == ["IM0001", "IM0003"]
    assert WarningCode.LOSSY in volume_from(series, read, outcome).origin.warning_codes
    assert 0 < np.abs(read - hu).max() <= 2


def test_native_pixels_declared_compressed_are_undecodable_not_invented(write_series):
    written = write_series()
    lied = (
        written.files[2]
        .read_bytes()
        .replace(
            b"\x10\x00UI\x14\x001.2.840.10008.1.2.1\0", b"\x10\x00UI\x16\x001.2.840.10008.1.2.4.80"
        )
    )
    written.files[2].write_bytes(lied)

    volume = read_volume(the_series(written.folder))

    assert volume.missing_slices == {0}
    assert WarningCode.UNDECODABLE in volume.origin.warning_codes


def test_a_damaged_codestream_is_undecodable(write_series):
    def damage(dataset, index):
        if index == 1:
            frame = bytearray(dataset.PixelData)
            frame[40:-40] = bytes(len(frame) - 80)
            dataset.PixelData = bytes(frame)

    volume = read_volume(the_series(write_series(encoding="JPEG-LS", edit_encoded=damage).folder))

    assert volume.missing_slices == {1}


def test_a_codestream_of_another_size_is_undecodable(write_series):
    def shrink(dataset, index):
        if index == 1:
            dataset.Rows = 39
            dataset.Rows, dataset.Columns = 60, 40

    written = write_series(encoding="JPEG-LS", edit_encoded=shrink)
    (study,) = scan_folder(written.folder)
    turned = next(series for series in study.series if series.rows == 60)

    with pytest.raises(ReadError, match="40 x 60 pixels, the header declares 60 x 40"):
        read_volume(turned)


def test_an_unknown_encoding_is_warned_of_and_refused(write_series):
    def video(dataset, index):
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
        dataset.PixelData = encapsulate([b"\0\0\0\x01video"])

    series = the_series(write_series(encoding="JPEG-LS", edit_encoded=video).folder)

    assert WarningCode.UNDECODABLE in {warning.code for warning in series.warnings}
    with pytest.raises(ReadError, match="None of the 3 slices"):
        read_volume(series)


def test_native_pixels_of_an_unknown_encoding_are_not_guessed_at(write_series):
    # That of GE's archives has big endian pixels behind a little endian header.
    written = write_series(encoding="implicit")
    for file in written.files:
        stored = file.read_bytes()
        file.write_bytes(stored.replace(b"1.2.840.10008.1.2\0", b"1.2.840.113619.5.2"))
    series = the_series(written.folder)

    assert WarningCode.UNDECODABLE in {warning.code for warning in series.warnings}
    with pytest.raises(ReadError, match=r"1\.2\.840\.113619\.5\.2 is not read here"):
        read_volume(series)


def test_a_file_that_vanishes_after_the_scan_is_a_missing_slice(write_series):
    written = write_series()
    series = the_series(written.folder)
    written.files[0].unlink()

    volume = read_volume(series)

    assert volume.missing_slices == {2}
    np.testing.assert_array_equal(volume.hu[:2], written.hu[:2])


def test_a_buffer_of_the_wrong_shape_is_refused(write_series):
    series = the_series(write_series().folder)
    with pytest.raises(ValueError, match="hu is"):
        read_into(
            series,
            np.empty((3, 60, 40), dtype=np.int16),
            LoadingOrder(3),
            on_loaded=lambda _: None,
            cancel=None,
        )


def test_progress_counts_every_slice(write_series):
    reports = []
    read_volume(the_series(write_series().folder), on_progress=reports.append)

    assert (reports[-1].done, reports[-1].total) == (3, 3)
