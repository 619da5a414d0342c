"""Variation: never flipped, a function of seed and step, the same in every part of a batch."""

from dataclasses import replace

import torch
from torch.testing import assert_close

from pe_models.training.batches.augment import Draws, augment, augment_boxed, finer_steps
from pe_models.training.batches.parts import Part
from pe_models.training.batches.samplers import step_generator
from pe_models.training.config import Augmentation

NAN = float("nan")
PE = [700.0]
STILL = Augmentation(
    shift=0.0,
    scale=0.0,
    rotation_degrees=0.0,
    contrast=0.0,
    brightness_hu=0.0,
    noise_low_hu=1e-6,
    noise_high_hu=1e-6,
)


def test_augmentation_never_flips() -> None:
    grey = torch.zeros(1, 3, 40, 60)
    grey[:, :, :20, 40:] = 1.0
    for step in range(20):
        varied = augment(grey, Augmentation(), widths_hu=PE, draws=Draws(step_generator(1, step)))
        assert varied[:, :, :15, 45:].mean() > varied[:, :, 25:, :15].mean() + 0.3
        assert varied[:, :, :15, 45:].mean() > varied[:, :, :15, :15].mean() + 0.3


def test_augmentation_with_everything_off_changes_nothing() -> None:
    grey = torch.rand(2, 3, 24, 24)
    same = augment(grey, STILL, widths_hu=PE, draws=Draws(step_generator(1, 1)))
    assert_close(same, grey, atol=1e-5, rtol=0)


def test_augmentation_is_a_function_of_seed_and_step() -> None:
    grey = torch.rand(2, 3, 24, 24)

    def varied(step: int) -> torch.Tensor:
        return augment(grey, Augmentation(), widths_hu=PE, draws=Draws(step_generator(5, step)))

    assert_close(varied(3), varied(3), atol=0, rtol=0)
    assert (varied(3) - varied(4)).abs().max() > 0.01


def test_noise_has_the_strength_that_was_asked_for() -> None:
    noisy = replace(STILL, noise_low_hu=30.0, noise_high_hu=30.0)
    grey = torch.full((4, 3, 64, 64), 0.5)
    varied = augment(grey, noisy, widths_hu=PE, draws=Draws(step_generator(1, 1)))
    assert_close(varied.std(dim=(2, 3)), torch.full((4, 3), 30 / 700), rtol=0.02, atol=0)


def test_a_box_moves_with_its_slice() -> None:
    x = torch.zeros(6, 3, 100, 100)
    x[:, :, 30:60, 20:80] = 1.0
    boxes = torch.tensor([[0.2, 0.3, 0.8, 0.6]]).repeat(6, 1)
    moved, placed = augment_boxed(x, boxes, Augmentation(), draws=Draws(step_generator(2, 7)))
    for image, box in zip(moved, placed, strict=True):
        rows = torch.nonzero(image[0].amax(dim=1) > 0.5).flatten()
        cols = torch.nonzero(image[0].amax(dim=0) > 0.5).flatten()
        seen = torch.stack([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1]) / 100
        assert_close(box, seen, atol=0.015, rtol=0)
    assert (placed - boxes).abs().max() > 0.02


def test_an_exam_may_be_seen_as_if_its_slices_lay_closer() -> None:
    features = torch.arange(5.0)[:, None].repeat(1, 3)
    image = torch.tensor([0.0, 0.0, 1.0, 1.0, NAN])
    lengths = set()
    for step in range(40):
        steps, labels = finer_steps(
            features, image, slice_mm=2.5, finest_mm=1.0, generator=step_generator(1, step)
        )
        n = len(steps)
        lengths.add(n)
        assert len(labels) == n
        assert_close(steps[:, 1], torch.linspace(0, 4, n))
        positive = torch.nonzero(labels == 1).flatten() * 4 / (n - 1)
        assert positive.min() >= 1.5
        assert positive.max() <= 3.5
        assert torch.isnan(labels[-1])
    assert min(lengths) == 5
    assert max(lengths) == 11  # (5 - 1) * 2.5 + 1


def test_an_exam_of_thin_slices_stays_as_it_is() -> None:
    features, image = torch.rand(7, 3), torch.zeros(7)
    steps, labels = finer_steps(
        features, image, slice_mm=0.8, finest_mm=1.0, generator=step_generator(1, 1)
    )
    assert steps is features
    assert labels is image


def test_a_sample_is_varied_the_same_in_whichever_part_it_falls() -> None:
    grey, params = torch.rand(4, 3, 24, 24), Augmentation(noise_high_hu=0.0, cutouts=2)
    whole = augment(grey, params, widths_hu=PE, draws=Draws(step_generator(1, 1)))
    for part in (Part(0, 2), Part(1, 2)):
        draws = Draws(step_generator(1, 1), part)
        assert_close(augment(part.of(grey), params, widths_hu=PE, draws=draws), part.of(whole))


def test_the_noise_of_two_parts_differs() -> None:
    grey, params = (
        torch.full((1, 3, 24, 24), 0.5),
        Augmentation(shift=0.0, scale=0.0, rotation_degrees=0.0),
    )
    one, two = (
        augment(grey, params, widths_hu=PE, draws=Draws(step_generator(1, 1), Part(k, 2)))
        for k in (0, 1)
    )
    residue = [x[0, 0] - x[0, 0].mean() for x in (one, two)]
    correlation = torch.corrcoef(torch.stack([r.flatten() for r in residue]))[0, 1]
    assert abs(float(correlation)) < 0.5
