"""Series -> one preallocated buffer -> Volume, progressively, from where the reader is outward."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models import parallel
from pe_models.errors import ReadError
from pe_models.imaging.dicom.elements import DEFLATED_LITTLE, HeaderError
from pe_models.imaging.encodings.codecs import SYNTAXES, Codec, DecodeError, TruncatedError
from pe_models.imaging.files.sources import OPEN_ERRORS, reason
from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.imaging.reading.pixel_files import PixelFiles, is_direct, read_direct
from pe_models.imaging.reading.stored import meaning_of, to_hu
from pe_models.imaging.study import Series, SliceSource
from pe_models.imaging.volume import PADDING_HU, Volume, VolumeOrigin, kind_of
from pe_models.imaging.warnings import SeriesWarning, WarningCode, lossy_warning
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress

_REPORT_S: Final = 0.004
"""A batch lasts about this long: short beside a frame of the display, long beside its own cost."""

OnLoaded = Callable[[Sequence[int]], None]


Fault = tuple[WarningCode, str]


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """What reading found. ``padding`` is packed as ``Volume.padding`` is."""

    padding: NDArray[np.uint8] | None
    warnings: tuple[SeriesWarning, ...]
    missing_slices: frozenset[int]


def read_volume(
    series: Series,
    *,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Volume:
    """The whole series. Raises ReadError where no slice can be read, and Cancelled."""
    hu = np.empty(series.geometry.shape, dtype=np.int16)
    n_loaded = 0

    def report(indices: Sequence[int]) -> None:
        nonlocal n_loaded
        n_loaded += len(indices)
        on_progress(Progress("read", n_loaded, series.n_slices))

    order = LoadingOrder(series.n_slices)
    return volume_from(series, hu, read_into(series, hu, order, on_loaded=report, cancel=cancel))


def read_into(
    series: Series,
    hu: NDArray[np.int16],
    order: LoadingOrder,
    *,
    on_loaded: OnLoaded,
    cancel: CancelToken | None,
) -> ReadOutcome:
    """Fills writable ``hu`` (slice, row, col) in ``order``, whose focus may move meanwhile.

    ``on_loaded`` gets the indices of each batch of slices that are valid now, in this thread. A
    slice that cannot be read is not among them; it becomes ``PADDING_HU`` throughout and is named
    in a warning. Raises ReadError where that is every slice, and Cancelled.
    """
    if hu.shape != series.geometry.shape or hu.dtype != np.int16:
        raise ValueError(f"hu is {hu.dtype} {hu.shape}, the series is {series.geometry.shape}")
    with PixelFiles() as files:
        reading = _Reading(series, hu, files)
        for batch in reading.batches(order, cancel or CancelToken()):
            came = [index for index in batch if index not in reading.faults]
            if came:
                on_loaded(came)
    if len(reading.faults) == series.n_slices:
        why = next(iter(reading.faults.values()))[1]
        raise ReadError(
            f"None of the {series.n_slices} slices of this series can be read: {why}. "
            "Export it again, uncompressed, and open the new files."
        )
    return ReadOutcome(reading.padding, reading.warnings(), frozenset(reading.faults))


def volume_from(series: Series, hu: NDArray[np.int16], outcome: ReadOutcome) -> Volume:
    """The Volume over ``hu`` itself, without copying."""
    origin = VolumeOrigin.of(series)
    codes = origin.warning_codes | {warning.code for warning in outcome.warnings}
    return Volume(
        hu=hu,
        geometry=series.geometry,
        origin=VolumeOrigin(
            origin.study_uid,
            origin.series_uid,
            origin.slices,
            origin.slice_thickness_mm,
            frozenset(codes),
        ),
        kind=kind_of(series),
        padding=outcome.padding,
        missing_slices=outcome.missing_slices,
    )


class _Reading:
    """One reading of one series into one buffer."""

    def __init__(self, series: Series, hu: NDArray[np.int16], files: PixelFiles) -> None:
        self._slices = series.slices
        self._told = series.warnings
        self._hu = hu
        self._files = files
        self._meaning = meaning_of(series.modality)
        self.padding: NDArray[np.uint8] | None = None
        self._padded: dict[int, NDArray[np.uint8]] = {}
        self.faults: dict[int, Fault] = {}
        self._lossy: set[int] = set()

    def batches(self, order: LoadingOrder, cancel: CancelToken) -> Iterator[list[int]]:
        """Reads the slices in ``order``; the first slice alone, so that it shows at once."""
        batch: list[int] = []
        due = 0.0
        for index in self._read(order, cancel):
            batch.append(index)
            if (now := time.monotonic()) >= due:
                yield batch
                batch, due = [], now + _REPORT_S
        if batch:
            yield batch
        self._collect_padding()

    def warnings(self) -> tuple[SeriesWarning, ...]:
        """One warning a reason, with the names of the files."""
        return (*self._fault_warnings(), *self._loss_warnings())

    def _fault_warnings(self) -> Iterator[SeriesWarning]:
        by_reason: dict[Fault, list[str]] = defaultdict(list)
        for index, fault in sorted(self.faults.items()):
            by_reason[fault].append(self._slices[index].file_name)
        for (code, why), names in by_reason.items():
            yield SeriesWarning(
                code,
                f"{_slices(len(names))} cannot be shown: {why}.",
                tuple(dict.fromkeys(names)),
            )

    def _loss_warnings(self) -> Iterator[SeriesWarning]:
        """Of loss that only the pixels show."""
        told = {name for w in self._told if w.code is WarningCode.LOSSY for name in w.files}
        names = dict.fromkeys(self._slices[index].file_name for index in sorted(self._lossy))
        untold = tuple(name for name in names if name not in told)
        if untold:
            yield lossy_warning(untold)

    def _read(self, order: Iterable[int], cancel: CancelToken) -> Iterator[int]:
        """Native pixels go at the disk's pace in this thread; what is decoded uses all cores."""
        n_threads = min(parallel.usable_cores(), len(self._slices))
        is_shared = any(map(_shares_packed_file, self._slices))
        if n_threads > 1 and not is_shared and any(map(_is_packed, self._slices)):
            yield from parallel.map_threads(
                self._read_slice, order, n_threads=n_threads, cancel=cancel
            )
            return
        for index in order:
            cancel.raise_if_cancelled()
            yield self._read_slice(index)

    def _read_slice(self, index: int) -> int:
        source, out = self._slices[index], self._hu[index]
        try:
            if is_direct(source):
                read_direct(source, out)
                words, is_lossy = out.view(np.uint16), False
            else:
                stored = self._files.read(source)
                words, is_lossy = stored.words, stored.is_lossy
                if is_lossy:
                    self._lossy.add(index)
            padding = to_hu(words, source.pixels, self._meaning, out, is_lossy=is_lossy)
        except TruncatedError as error:
            self._give_up(index, WarningCode.TRUNCATED, str(error))
        except (DecodeError, HeaderError) as error:
            self._give_up(index, WarningCode.UNDECODABLE, str(error))
        except OPEN_ERRORS as error:
            self._give_up(index, WarningCode.UNDECODABLE, f"not readable: {reason(error)}")
        else:
            if padding is not None:
                self._padded[index] = np.packbits(padding, axis=1)
        return index

    def _give_up(self, index: int, code: WarningCode, why: str) -> None:
        self._hu[index] = PADDING_HU
        self.faults[index] = (code, why)

    def _collect_padding(self) -> None:
        if not self._padded:
            return
        n_slices, rows, cols = self._hu.shape
        self.padding = np.zeros((n_slices, rows, (cols + 7) // 8), dtype=np.uint8)
        for index, packed in self._padded.items():
            self.padding[index] = packed
        self._padded.clear()


def _is_packed(source: SliceSource) -> bool:
    """Whether its pixels have to be decoded or inflated, which takes longer than reading."""
    syntax = SYNTAXES.get(source.pixels.transfer_syntax)
    is_encoded = syntax is not None and syntax.codec is not Codec.NATIVE
    return is_encoded or source.member is not None or source.pixel_offset is None


def _shares_packed_file(source: SliceSource) -> bool:
    """Whether it is a frame among others in a file that is unpacked whole, and once at a time."""
    is_packed = source.member is not None or source.pixels.transfer_syntax == DEFLATED_LITTLE
    return is_packed and source.frame_number is not None


def _slices(count: int) -> str:
    return "1 slice" if count == 1 else f"{count} slices"
