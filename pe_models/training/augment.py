"""Training slices and exams, varied on the fly. Never flipped: left and right are labels."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from pe_models.training.config import Augmentation


def augment(
    grey: Tensor, params: Augmentation, *, width_hu: float, generator: torch.Generator
) -> Tensor:
    """Warped, brightened and noisy ``grey`` (batch, 3, px, px) in [0, 1]; same shape and range.

    ``generator`` lives on the CPU, so that a step is the same on every device. ``width_hu`` is
    that of the window, which turns HU into grey.
    """
    warped = _warp(grey, params, generator)
    contrast = 1.0 + params.contrast * _uniform(len(grey), generator)
    brightness = params.brightness_hu / width_hu * _uniform(len(grey), generator)
    varied = (warped - 0.5) * _spread(contrast, grey) + 0.5 + _spread(brightness, grey)
    return (varied + _noise(grey, params, width_hu, generator)).clamp(0.0, 1.0)


def augment_boxed(
    x: Tensor, boxes: Tensor, params: Augmentation, *, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Localizer slices (batch, 3, px, px), normalised, and boxes (batch, 4) moved with them.

    Shifted and stretched along both axes, each by itself; the border is continued outside.
    Boxes are clipped to [0, 1].
    """
    n = len(x)
    spread = 2.0 * params.localizer_shift
    shift = spread * torch.stack([_uniform(n, generator), _uniform(n, generator)], dim=1)
    stretch = torch.stack([_uniform(n, generator), _uniform(n, generator)], dim=1)
    stretch = params.localizer_scale * stretch
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


def _warp(grey: Tensor, params: Augmentation, generator: torch.Generator) -> Tensor:
    n = len(grey)
    angle = math.radians(params.rotation_degrees) * _uniform(n, generator)
    scale = 1.0 + params.scale * _uniform(n, generator)
    shift = 2.0 * params.shift * torch.stack([_uniform(n, generator), _uniform(n, generator)], 1)
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    rotation = torch.stack([cosine, -sine, sine, cosine], dim=1).reshape(n, 2, 2)
    theta = torch.cat([rotation, shift[:, :, None]], dim=2).to(grey.device)  # (batch, 2, 3)
    grid = functional.affine_grid(theta, list(grey.shape), align_corners=False)
    return functional.grid_sample(grey, grid, padding_mode="zeros", align_corners=False)


def _noise(
    grey: Tensor, params: Augmentation, width_hu: float, generator: torch.Generator
) -> Tensor:
    """Noise of a random grain between one and three pixels; its sd is drawn on a log scale."""
    batch, channels, rows, cols = grey.shape
    grain = 1.0 + 2.0 * float(torch.rand(1, generator=generator))
    coarse = torch.randn(
        batch, channels, math.ceil(rows / grain), math.ceil(cols / grain), generator=generator
    )
    noise = functional.interpolate(coarse, size=(rows, cols), mode="bicubic", align_corners=False)
    noise = noise / noise.std(dim=(2, 3), keepdim=True).clamp_min(1e-6)
    low, high = math.log(params.noise_low_hu), math.log(params.noise_high_hu)
    share = torch.rand(batch, generator=generator)
    sd_hu = torch.exp(low + (high - low) * share)
    return noise.to(grey.device) * _spread(sd_hu / width_hu, grey)


def _uniform(n: int, generator: torch.Generator) -> Tensor:
    """(n,) in [-1, 1]."""
    return 2.0 * torch.rand(n, generator=generator) - 1.0


def _spread(values: Tensor, like: Tensor) -> Tensor:
    """(batch,) -> (batch, 1, 1, 1) on the device of ``like``."""
    return values.to(like.device)[:, None, None, None]
