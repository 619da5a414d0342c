"""A 95-slice analysis beside the bare slice net, in float32 and bfloat16, on the same slices.

    python benchmarks/analyze.py [--bundle NAME_OR_DIR] [--rounds 5] [--threads N]

The Volume is a phantom of 95 slices of 512 x 512. "Bare net" is one loop over the same windowed
slices in batches of 16, with no survey, maps, sequence net or cancel: what the analysis adds is the
ratio. Both orders, median and spread in seconds. Also: how long a running analysis takes to heed a
cancel, and how far bfloat16 moves a slice's score.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable

import timm
import torch

from pe_models.bundle import DEFAULT_BUNDLE, load_bundle
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.parallel import usable_cores
from pe_models.phantom.spec import PhantomSpec
from pe_models.phantom.study import make_phantom
from pe_models.pipeline import Pipeline, use_threads
from pe_models.preprocess import slice_inputs
from pe_models.progress import Cancelled, CancelToken, Progress

N_SLICES = 95
BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", default=DEFAULT_BUNDLE)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_cores())
    args = parser.parse_args()
    use_threads(args.threads)
    pipeline, volume = Pipeline(load_bundle(args.bundle), "cpu"), phantom_volume()
    print(f"{N_SLICES} slices, {args.threads} threads, torch {torch.__version__}, ", end="")
    print(f"timm {timm.__version__}, bundle {pipeline.bundle.name} {pipeline.bundle.version}")
    net = BareNet(pipeline, volume)
    report(
        {
            "analysis": lambda: pipeline.analyze(volume),
            "bare net, float32": net.scores,
            "bare net, bfloat16": net.scores_in_bfloat16,
        },
        args.rounds,
    )
    moved = (net.scores() - net.scores_in_bfloat16()).abs().max().item()
    print(f"bfloat16 moves a slice's score by up to {moved:.4f}")
    delays_s = [0.05 * (turn + 1) for turn in range(args.rounds)]
    waited = [seconds_to_cancel(pipeline, volume, delay_s) for delay_s in delays_s]
    print(f"a cancel is heeded after {statistics.median(waited):.2f} s, at most {max(waited):.2f}")


def phantom_volume() -> Volume:
    phantom = make_phantom(900_001, PhantomSpec(n_slices=N_SLICES))
    stamps = tuple(SliceStamp(f"2.25.{k}", k, None, float(k)) for k in range(N_SLICES))
    return Volume(phantom.hu, phantom.geometry, VolumeOrigin("2.25.1", "2.25.2", stamps))


class BareNet:
    """The bundle's slice net alone, on the slices of one Volume."""

    def __init__(self, pipeline: Pipeline, volume: Volume) -> None:
        self._net = pipeline._at_work.nets.slice_classifier
        self._params = pipeline.bundle.preprocessing
        self._spacing_mm = volume.geometry.spacing_mm
        self._crop = pipeline.run(volume).crop
        self._hu = torch.from_numpy(volume.hu.copy())

    @torch.inference_mode()
    def scores(self) -> torch.Tensor:
        logits = []
        for first in range(0, N_SLICES, BATCH):
            x = slice_inputs(
                self._hu,
                range(first, min(first + BATCH, N_SLICES)),
                crop=self._crop,
                spacing_mm=self._spacing_mm,
                params=self._params,
            )
            logits.append(self._net(x.contiguous(memory_format=torch.channels_last)).logit)
        return torch.cat(logits).float().sigmoid()

    def scores_in_bfloat16(self) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return self.scores()


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


def report(works: dict[str, Callable[[], object]], rounds: int) -> None:
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


if __name__ == "__main__":
    main()
