"""An analysis beside a plain eager loop over its nets for slices, on the same slices.

    python -m benchmarks.analyze [--bundle NAME_OR_DIR] [--slices 275] [--rounds 5] [--threads N]

The Volume is a phantom of slices of 512 x 512. "Plain loop" is torch in float32 over the same
windowed slices in batches of 16, and over their maps in one piece where the bundle has a Refiner,
with no survey, places, heart, sequence net or cancel. Both orders, median and spread in seconds.
Also: when the coarse track stands, how far the slices' scores lie from the plain loop's, how far
bfloat16 would move them, and how long a cancel takes to be heeded.
Bars, of 275 slices on two cores: coarse track within 8 s, all within 75 s and a third of the plain
loop's time, scores within 0.005; the exit status is 1 where one is missed.
"""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import timm
import torch

from pe_models.bundle import DEFAULT_BUNDLE, load_bundle
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.nets.kept_maps import over_crop
from pe_models.nets.refiner import refiner_input
from pe_models.nets.refining import RefinerReader
from pe_models.nets.slice_output import SliceOutput
from pe_models.nets.tissues import evidence_logit, smoothed_scores
from pe_models.parallel import usable_cores
from pe_models.phantom.spec import PhantomSpec
from pe_models.phantom.study import make_phantom
from pe_models.pipeline import Pipeline, use_threads
from pe_models.pipeline.nets_at_work import COARSE_STEP
from pe_models.pipeline.refining import RefinerAtWork
from pe_models.preprocess import neighbour_step, slice_inputs
from pe_models.progress import Cancelled, CancelToken, Progress

BATCH = 16
COARSE_BAR_S, WHOLE_BAR_S, RATIO_BAR, SCORE_BAR = 8.0, 75.0, 3.0, 0.005


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", default=DEFAULT_BUNDLE)
    parser.add_argument("--slices", type=int, default=275)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_cores())
    args = parser.parse_args()
    use_threads(args.threads)
    pipeline, volume = Pipeline(load_bundle(args.bundle), "cpu"), phantom_volume(args.slices)
    print(f"{args.slices} slices, {args.threads} threads, torch {torch.__version__}, ", end="")
    print(f"timm {timm.__version__}, bundle {pipeline.bundle.name} {pipeline.bundle.version}")
    nets = BareNets(pipeline, volume)
    median_s = report(
        {"analysis": lambda: pipeline.analyze(volume), "plain loop": nets.scores}, args.rounds
    )
    ratio = median_s["plain loop"] / median_s["analysis"]
    coarse_s = statistics.median(seconds_to_coarse(pipeline, volume) for _ in range(args.rounds))
    plain = nets.scores()
    apart = (plain - nets.scores_of_readers()).abs().max().item()
    engine = pipeline.one_slice_reader.reader.engine
    print(f"engine: {'torch' if engine is None else type(engine).__name__}")
    print(f"the coarse track stands after {coarse_s:.2f} s; the plain loop takes {ratio:.2f} x")
    print(
        f"scores of slices, before the sequence net, lie {apart:.2g} from the plain loop's at most"
    )
    moved = (plain - nets.scores_in_bfloat16()).abs().max().item()
    print(f"bfloat16 would move a slice's score by up to {moved:.4f}")
    delays_s = [0.05 * (turn + 1) for turn in range(args.rounds)]
    waited = [seconds_to_cancel(pipeline, volume, delay_s) for delay_s in delays_s]
    print(f"a cancel is heeded after {statistics.median(waited):.2f} s, at most {max(waited):.2f}")
    is_met = coarse_s <= COARSE_BAR_S and median_s["analysis"] <= WHOLE_BAR_S
    return 0 if is_met and ratio >= RATIO_BAR and apart <= SCORE_BAR else 1


def phantom_volume(n_slices: int) -> Volume:
    phantom = make_phantom(900_001, PhantomSpec(n_slices=n_slices))
    stamps = tuple(SliceStamp(f"2.25.{k}", k, None, float(k)) for k in range(n_slices))
    return Volume(phantom.hu, phantom.geometry, VolumeOrigin("2.25.1", "2.25.2", stamps))


class BareNets:
    """The bundle's slice net, and its Refiner where it has one, on the slices of one Volume."""

    def __init__(self, pipeline: Pipeline, volume: Volume) -> None:
        nets = pipeline.one_slice_reader
        self._reader, self._refiner, self._params = nets.reader, nets.refiner, nets.params
        self._volume, self._crop = volume, pipeline.run(volume).crop
        self._hu = torch.from_numpy(volume.hu.copy())

    def scores(self) -> torch.Tensor:
        refiner = self._refiner
        if refiner is not None:
            refiner = replace(refiner, reader=RefinerReader(refiner.reader.net))
        return self._scores(self._reader.net, refiner)

    def scores_of_readers(self) -> torch.Tensor:
        """By what the analysis reads slices with."""
        return self._scores(self._reader, self._refiner)

    def scores_in_bfloat16(self) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return self.scores()

    @torch.inference_mode()
    def _scores(
        self, read: Callable[[torch.Tensor], SliceOutput], refiner: RefinerAtWork | None
    ) -> torch.Tensor:
        outputs = []
        for first in range(0, len(self._hu), BATCH):
            x = slice_inputs(
                self._hu,
                range(first, min(first + BATCH, len(self._hu))),
                crop=self._crop,
                spacing_mm=self._volume.geometry.spacing_mm,
                params=self._params,
            )
            outputs.append(read(x.contiguous(memory_format=torch.channels_last)))
        if refiner is None:
            return torch.cat([output.logit for output in outputs]).float().sigmoid()
        return self._refined(torch.cat([maps_of(output) for output in outputs]).float(), refiner)

    def _refined(self, tissues: torch.Tensor, refiner: RefinerAtWork) -> torch.Tensor:
        volume, n_slices = self._volume, len(tissues)
        rows, cols = map(over_crop, refiner.sides(volume, self._crop))
        grey = refiner.grey_of(volume, self._hu, self._crop, range(n_slices))
        seen = refiner_input(tissues[:, :, rows, cols], grey)
        step = neighbour_step(volume.geometry.spacing_mm[0], self._params.neighbour_mm)
        logits = torch.empty(n_slices)
        for first in range(step):
            logits[first::step] = evidence_logit(
                smoothed_scores(refiner.reader(seen[:, first::step]).float())
            )
        return logits.sigmoid()


def maps_of(output: SliceOutput) -> torch.Tensor:
    """(batch, tissue, map_row, map_col)."""
    if output.tissues is None:
        raise ValueError("a pooled slice net has no maps that a refiner could go over")
    return output.tissues


def seconds_to_coarse(pipeline: Pipeline, volume: Volume) -> float:
    """Seconds from the start of an analysis until every 8th slice has its score; ends it there."""
    n_coarse, cancel, seen = -(-volume.n_slices // COARSE_STEP), CancelToken(), 0
    start, taken_s = time.perf_counter(), 0.0

    def on_coarse(indices: Sequence[int], scores: Sequence[float]) -> None:
        nonlocal seen, taken_s
        seen += len(indices)
        if seen >= n_coarse and not taken_s:
            taken_s = time.perf_counter() - start
            cancel.cancel()

    with suppress(Cancelled):
        pipeline.analyze(volume, cancel=cancel, on_coarse=on_coarse)
    return taken_s


def seconds_to_cancel(pipeline: Pipeline, volume: Volume, delay_s: float) -> float:
    """Seconds from a cancel, ``delay_s`` after the slices began, to the end of the run."""
    cancel, cancelled_at = CancelToken(), 0.0

    def cancel_now() -> None:
        nonlocal cancelled_at
        cancelled_at = time.perf_counter()
        cancel.cancel()

    timer = threading.Timer(delay_s, cancel_now)

    def on_progress(progress: Progress) -> None:
        if progress.stage == "localize" and progress.done == progress.total:
            timer.start()

    try:
        pipeline.run(volume, on_progress, cancel)
    except Cancelled:
        return time.perf_counter() - cancelled_at
    raise RuntimeError("the run ended before it was cancelled")


def report(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Prints and returns the median seconds of each work."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()  # warm
    for turn in range(rounds):
        for name in sorted(works, reverse=bool(turn % 2)):
            start = time.perf_counter()
            works[name]()
            seconds[name].append(time.perf_counter() - start)
    ours = statistics.median(seconds["analysis"])
    for name, found in seconds.items():
        median = statistics.median(found)
        spread = f"{min(found):.2f} to {max(found):.2f}"
        print(f"  {name:20} {median:6.2f} s  ({spread})  analysis takes {ours / median:.2f} x")
    return {name: statistics.median(found) for name, found in seconds.items()}


if __name__ == "__main__":
    sys.exit(main())
