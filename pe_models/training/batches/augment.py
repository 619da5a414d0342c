"""Training slices and exams, varied on the fly. Never flipped: left and right are labels."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.config.stage import Augmentation


class Draws:
    """Random numbers of one part of a step's batch, those that its samples have in the whole one.

    They are drawn on the CPU, so that a step is the same on every device; but for noise, which is
    drawn where it is needed.
    """

    def __init__(self, generator: torch.Generator, part: Part = WHOLE) -> None:
        self._generator, self._part = generator, part

    def uniform(self, n: int, *more: int) -> Tensor:
        """(n, *more) in [-1, 1]."""
        whole = torch.rand(n * self._part.count, *more, generator=self._generator)
        return 2.0 * self._part.of(whole) - 1.0

    def pairs(self, n: int) -> Tensor:
        """(n, 2) in [-1, 1], one column after the other."""
        return torch.stack([self.uniform(n), self.uniform(n)], dim=1)

    def for_noise(self) -> torch.Generator:
        """Noise is drawn for the part alone: it is as large as the pictures."""
        if self._part.index:
            self._generator.manual_seed(self._generator.initial_seed() + self._part.index)
        return self._generator


def _at(device: torch.device, generator: torch.Generator) -> torch.Generator:
    """``generator``, or one of its seed on ``device``: pictures are not drawn far from the net."""
    if device.type == generator.device.type:
        return generator
    return torch.Generator(device).manual_seed(generator.initial_seed())


def augment(
    grey: Tensor, params: Augmentation, *, widths_hu: Sequence[float], draws: Draws
) -> Tensor:
    """Warped, brightened and noisy ``grey`` (batch, channel, px, px) in [0, 1]; same shape, range.

    ``widths_hu`` are those of the windows that turn HU into grey, each over as many channels.
    """
    n_slices = grey.shape[1] // len(widths_hu)
    of_hu = 1.0 / grey.new_tensor(widths_hu).repeat_interleave(n_slices)[:, None, None]
    warped = _warp(grey, params, draws)
    contrast = 1.0 + params.contrast * draws.uniform(len(grey))
    brightness = params.brightness_hu * draws.uniform(len(grey))
    varied = (warped - 0.5) * _spread(contrast, grey) + 0.5 + _spread(brightness, grey) * of_hu
    varied = cut_out(varied, params.cutouts, params.cutout_share, value=0.0, draws=draws)
    if params.noise_high_hu > 0:
        noise = _noise(grey[:, :n_slices], params, draws.for_noise())
        varied = varied + noise.repeat(1, len(widths_hu), 1, 1) * of_hu
    return varied.clamp(0.0, 1.0)


def cut_out(x: Tensor, n_holes: int, share: float, *, value: float, draws: Draws) -> Tensor:
    """``x`` (batch, channel, row, col) with square holes of ``value`` anywhere in each sample.

    A hole is ``share`` of the sides long; at the border a part of it lies beyond.
    """
    rows, cols = x.shape[2:]
    row = torch.linspace(0.0, 1.0, rows, device=x.device)
    col = torch.linspace(0.0, 1.0, cols, device=x.device)
    for _ in range(n_holes):
        centre = (0.5 * draws.uniform(len(x), 2) + 0.5).to(x.device)  # (batch, 2: row, col)
        in_rows = (row - centre[:, :1]).abs() <= 0.5 * share  # (batch, row)
        in_cols = (col - centre[:, 1:]).abs() <= 0.5 * share  # (batch, col)
        hole = in_rows[:, None, :, None] & in_cols[:, None, None, :]  # (batch, 1, row, col)
        x = x.masked_fill(hole, value)
    return x


def augment_boxed(
    x: Tensor, boxes: Tensor, params: Augmentation, *, draws: Draws
) -> tuple[Tensor, Tensor]:
    """Localizer slices (batch, 3, px, px), normalised, and boxes (batch, 4) moved with them.

    Shifted and stretched along both axes, each by itself; the border is continued outside.
    Boxes are clipped to [0, 1].
    """
    n = len(x)
    shift = 2.0 * params.localizer_shift * draws.pairs(n)
    stretch = params.localizer_scale * draws.pairs(n)
    shift, scale = shift.to(x.device), 1.0 + stretch.to(x.device)  # (batch, 2: x, y)
    theta = torch.cat([torch.diag_embed(scale), shift[:, :, None]], dim=2)  # (batch, 2, 3)
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    moved = functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
    corners = 2.0 * boxes.reshape(n, 2, 2) - 1.0  # (batch, corner, 2: x, y), in [-1, 1]
    placed = (corners - shift[:, None]) / scale[:, None]
    return moved, ((placed + 1.0) / 2.0).clamp(0.0, 1.0).reshape(n, 4)


def finer_steps(
    features: Tensor,
    image: Tensor,
    *,
    slice_mm: float,
    finest_mm: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Features (step, embedding) and labels (step,) as of slices lying closer than ``slice_mm``.

    Their distance is drawn on a log scale from ``finest_mm`` up; features are interpolated, labels
    taken from the nearest slice. A sequence net thus meets exams of every slice thickness.
    """
    share = float(torch.rand(1, generator=generator))
    finer = max(1.0, slice_mm / finest_mm) ** share
    n_steps = round((len(features) - 1) * finer) + 1
    if n_steps == len(features):
        return features, image
    steps = functional.interpolate(
        features.T[None], size=n_steps, mode="linear", align_corners=True
    )[0].T
    nearest = torch.linspace(0, len(image) - 1, n_steps).round().long()
    return steps, image[nearest]


def _warp(grey: Tensor, params: Augmentation, draws: Draws) -> Tensor:
    n = len(grey)
    angle = math.radians(params.rotation_degrees) * draws.uniform(n)
    scale = 1.0 + params.scale * draws.uniform(n)
    shift = 2.0 * params.shift * draws.pairs(n)
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    rotation = torch.stack([cosine, -sine, sine, cosine], dim=1).reshape(n, 2, 2)
    theta = torch.cat([rotation, shift[:, :, None]], dim=2).to(grey.device)  # (batch, 2, 3)
    grid = functional.affine_grid(theta, list(grey.shape), align_corners=False)
    return functional.grid_sample(grey, grid, padding_mode="zeros", align_corners=False)


def _noise(grey: Tensor, params: Augmentation, generator: torch.Generator) -> Tensor:
    """HU of noise, of a random grain of one to three pixels; its sd is drawn on a log scale."""
    batch, channels, rows, cols = grey.shape
    grain = 1.0 + 2.0 * float(torch.rand(1, generator=generator))
    coarse = torch.randn(
        *(batch, channels, math.ceil(rows / grain), math.ceil(cols / grain)),
        generator=_at(grey.device, generator),
        device=grey.device,
    )
    noise = functional.interpolate(coarse, size=(rows, cols), mode="bicubic", align_corners=False)
    noise = noise / noise.std(dim=(2, 3), keepdim=True).clamp_min(1e-6)
    low, high = math.log(params.noise_low_hu), math.log(params.noise_high_hu)
    share = torch.rand(batch, generator=generator)
    sd_hu = torch.exp(low + (high - low) * share)
    return noise * _spread(sd_hu, grey)


def _spread(values: Tensor, like: Tensor) -> Tensor:
    """(batch,) -> (batch, 1, 1, 1) on the device of ``like``."""
    return values.to(like.device)[:, None, None, None]
