"""Trains a small dense net on phantom arrays alone, for a bounded time on one thread.

    python -m benchmarks.transfer.phantom_cache --out cohorts/transfer
    python -m benchmarks.transfer.train_small --phantoms cohorts/transfer --out runs/transfer

Easy phantoms first, then all; the last weights, averaged, are the result: no real CT and no score
chooses among them. The last tenth of the phantoms is held out for the threshold.
"""

import argparse
import json
import time
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.transfer.crops import Crop, Places, draw_crop
from benchmarks.transfer.dense_net import (
    STRIDE,
    DenseNet,
    DenseOutput,
    imagenet_dense_net,
    window_inputs,
)
from benchmarks.transfer.phantom_cache import (
    BLOOD,
    CLOT,
    VEIN,
    TrainingPhantom,
    cached,
    is_easy_seed,
    read_cached,
)

WEIGHTS_FILE = "dense.safetensors"
RECORD_FILE = "training.json"
HELD_OUT_EVERY = 10

_LOG_EVERY = 50
_POSITIVE_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class SmallTraining:
    """How long, how much, how fast."""

    minutes: float = 30.0
    batch: int = 12
    pool: int = 16
    easy_share: float = 0.2
    backbone_rate: float = 6e-4
    head_rate: float = 2e-3
    decay: float = 1e-3
    averaging: float = 0.997
    seed: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantoms", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="go on from an earlier training, hard at once")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    paths, _ = split(list(cached(args.phantoms)))
    plan = SmallTraining(minutes=args.minutes, seed=args.seed)
    start = imagenet_dense_net()
    if args.start:
        plan = replace(plan, easy_share=0.0)
        start.load_state_dict(load_file(args.start / WEIGHTS_FILE))
    net, steps = train(start, paths, plan)
    record = {"plan": asdict(plan), "steps": steps, "phantoms": len(paths)}
    save(args.out, net, record | {"start": args.start.name if args.start else "ImageNet"})


def save(folder: Path, net: DenseNet, record: dict[str, Any]) -> None:
    """Writes the weights, and how they came about."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in net.state_dict().items()}, folder / WEIGHTS_FILE)
    (folder / RECORD_FILE).write_text(json.dumps(record, indent=1), encoding="utf-8")


def split(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Phantoms to train on, and those held out for the threshold."""
    held_out = paths[::HELD_OUT_EVERY]
    return [path for path in paths if path not in held_out], held_out


def train(start: DenseNet, paths: list[Path], plan: SmallTraining) -> tuple[DenseNet, int]:
    """The averaged net after ``plan.minutes``, in inference mode, and the number of its steps."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    net = start.to(memory_format=torch.channels_last).train()
    averaged = deepcopy(net).eval()
    optimizer = _optimizer(net, plan)
    pool = Pool(paths, plan, rng)
    began, steps = time.monotonic(), 0
    while (share := (time.monotonic() - began) / (60.0 * plan.minutes)) < 1.0:
        for group in optimizer.param_groups:
            group["lr"] = group["top"] * _rate(share, steps)
        x, labels = pool.batch(is_easy=share < plan.easy_share)
        loss = dense_loss(net(x), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        steps += 1
        _average(averaged, net, min(plan.averaging, 1.0 - 1.0 / (steps + 1)))
        if steps % _LOG_EVERY == 0:
            print(f"{share:5.1%} of the time, step {steps}: loss {loss.item():.3f}", flush=True)
    return averaged, steps


class Pool:
    """A few phantoms in memory, the oldest replaced with every second batch."""

    def __init__(self, paths: list[Path], plan: SmallTraining, rng: np.random.Generator) -> None:
        self._easy = [path for path in paths if is_easy_seed(int(path.stem))]
        self._all = paths
        self._plan = plan
        self._rng = rng
        self._turn = 0
        self._held: list[tuple[TrainingPhantom, Places]] = []

    def batch(self, *, is_easy: bool) -> tuple[Tensor, Tensor]:
        """Inputs (batch, 3, row, col) and labels (batch, row, col)."""
        self._renew(self._easy if is_easy else self._all)
        most_noise_hu = 15.0 if is_easy else 45.0
        crops = [self._crop(most_noise_hu) for _ in range(self._plan.batch)]
        x = window_inputs(torch.from_numpy(np.stack([crop.hu for crop in crops])))
        return x, torch.from_numpy(np.stack([crop.label for crop in crops]))

    def _renew(self, paths: list[Path]) -> None:
        self._turn += 1
        missing = max(self._turn % 2, self._plan.pool - len(self._held))
        for _ in range(missing):
            phantom = read_cached(paths[int(self._rng.integers(len(paths)))])
            self._held.append((phantom, Places.of(phantom, self._rng)))
        del self._held[: -self._plan.pool]

    def _crop(self, most_noise_hu: float) -> Crop:
        phantom, places = self._held[int(self._rng.integers(len(self._held)))]
        return draw_crop(phantom, places, self._rng, most_noise_hu=most_noise_hu)


def dense_loss(output: DenseOutput, labels: Tensor) -> Tensor:
    """Clot, artery and vein at the map's cells, and the highest cell against the crop's label.

    ``labels`` (batch, row, col) hold the values of the cache. A cell's target is the share of its
    pixels; clots count more, and as overlap (Dice) too, for they fill few cells.
    """
    clot = _cells(labels == CLOT)
    artery = _cells((labels == CLOT) | (labels == BLOOD))
    vein = _cells(labels == VEIN)
    heavy = torch.tensor(_POSITIVE_WEIGHT)
    cross = functional.binary_cross_entropy_with_logits
    found = output.clot.sigmoid()
    dice = 1 - (2 * (found * clot).sum() + 20) / (found.sum() + clot.sum() + 20)
    peak = functional.avg_pool2d(output.clot[:, None], 3, stride=1).amax(dim=(1, 2, 3))
    return (
        5.0 * cross(output.clot, clot, pos_weight=heavy)
        + 0.5 * dice
        + 2.0 * cross(output.artery, artery, pos_weight=heavy / 2)
        + 1.0 * cross(output.vein, vein, pos_weight=heavy / 2)
        + 0.1 * cross(peak, (clot.amax(dim=(1, 2)) > 0.5).float())
    )


def _cells(mask: Tensor) -> Tensor:
    return functional.avg_pool2d(mask.float()[:, None], STRIDE)[:, 0]


@torch.no_grad()
def _average(averaged: DenseNet, net: DenseNet, keep: float) -> None:
    """Moves ``averaged`` toward ``net``: an average over the last steps, of all when few."""
    for own, other in zip(averaged.state_dict().values(), net.state_dict().values(), strict=True):
        if own.is_floating_point():
            own.lerp_(other, 1.0 - keep)


def _optimizer(net: DenseNet, plan: SmallTraining) -> torch.optim.AdamW:
    backbone = list(net.backbone.parameters())
    known = {id(p) for p in backbone}
    head = [p for p in net.parameters() if id(p) not in known]
    groups = [
        {"params": backbone, "top": plan.backbone_rate},
        {"params": head, "top": plan.head_rate},
    ]
    return torch.optim.AdamW(groups, lr=plan.head_rate, weight_decay=plan.decay)


def _rate(share: float, step: int) -> float:
    """Warm for 50 steps, then a cosine down to the end of the time."""
    return min(1.0, (step + 1) / 50) * (0.5 + 0.5 * float(np.cos(np.pi * min(share, 1.0)))) + 1e-3


if __name__ == "__main__":
    main()
