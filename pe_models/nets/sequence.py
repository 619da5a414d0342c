"""SequenceNet: all slices of an exam together -> a score each, and the exam's nine labels."""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from pe_models.bundle import Attention
from pe_models.nets.fixed_steps import from_steps, to_steps

_LOWEST: Final = -1e4
_HIGHEST: Final = (1, 4, 16)
"""Of so many slices the highest evidence is averaged."""
_APART: Final = 2
"""A step so far away knows nothing of a slice."""


class SequenceOutput(NamedTuple):
    """``image_logit`` (batch, slice), 0 beyond an exam's end; ``exam_logit`` (batch, label)."""

    image_logit: Tensor
    exam_logit: Tensor


class SequenceNet(nn.Module):
    """The winner's arrangement: steps of features and their differences, GRU, two poolings.

    A step is ``[f_i, f_i - f_(i-1), f_i - f_(i+1)]``, squeezed by a linear layer. Attention knows
    content only, not position; padding enters neither pooling, nor the GRU's backward direction.
    Any length is taken as it is. Where a slice's vector ends in its own logit, the image score
    begins from that. With ``moved_by_others`` it is moved by what the other slices say and by
    nothing else: a net that has seen phantoms alone may read a slice's other numbers wrongly on
    real CT, and what the slice shows must not be lost by that. Where
    its last numbers are evidence, such as clot by zone, the highest of the exam speak for the
    exam's labels directly too: a few hundred exams teach that, while a GRU learns them by heart.

    The winner's own arrangement differs in what SequenceArchitecture names: no bottleneck, exams of
    a fixed number of steps, padding that is not masked, attention that knows the place.
    """

    feature_mean: Tensor
    feature_std: Tensor

    def __init__(
        self,
        *,
        embedding: int,
        bottleneck: int,
        hidden: int,
        n_labels: int,
        ends_in_logit: bool = False,
        n_evidence: int = 0,
        dropout: float = 0.0,
        steps: int | None = None,
        masks_padding: bool = True,
        attention: Attention = Attention.CONTENT,
        moved_by_others: bool = False,
    ) -> None:
        super().__init__()
        self.steps, self.masks_padding = steps, masks_padding
        self.moved_by_others = moved_by_others
        self.register_buffer("feature_mean", torch.zeros(embedding))
        self.register_buffer("feature_std", torch.ones(embedding))
        self.squeeze = (
            nn.Sequential(nn.Linear(3 * embedding, bottleneck), nn.ReLU())
            if bottleneck
            else nn.Identity()
        )
        self.drop = nn.Dropout(dropout)
        n_inputs = bottleneck or 3 * embedding
        self.gru = nn.GRU(n_inputs, hidden, batch_first=True, bidirectional=True)
        self.attention = _attention(attention, hidden, steps)
        self.image_head = nn.Linear(2 * hidden, 1)
        self.exam_head = nn.Linear(4 * hidden, n_labels)
        self.own_head = _identity() if ends_in_logit else None
        self.n_evidence = n_evidence
        n_highest = len(_HIGHEST) * n_evidence
        self.evidence_head = nn.Linear(n_highest, n_labels) if n_evidence else None

    def forward(self, features: Tensor, lengths: Tensor) -> SequenceOutput:
        """(batch, slice, embedding) and (batch,) int64, each at least 1 -> SequenceOutput."""
        if self.steps is None:
            return self._read(features, lengths)
        short, n_steps = to_steps(features, lengths, self.steps)
        output = self._read(short, n_steps)
        image_logit = from_steps(output.image_logit, lengths, features.shape[1])
        return SequenceOutput(image_logit, output.exam_logit)

    def _read(self, features: Tensor, lengths: Tensor) -> SequenceOutput:
        mask = torch.arange(features.shape[1], device=features.device) < lengths[:, None]
        heeded = mask if self.masks_padding else torch.ones_like(mask)
        scaled = (features - self.feature_mean) / self.feature_std
        steps = self.drop(self.squeeze(_with_differences(scaled, heeded)))
        hidden = self._recur(steps, lengths)  # (batch, slice, 2 * hidden)
        seen = _of_others(hidden) if self.moved_by_others else hidden
        image_logit = self.image_head(seen)  # (batch, slice, 1)
        if self.own_head is not None:
            image_logit = image_logit + self.own_head(features[:, :, -1:])
        pooled = torch.cat([self._attend(hidden, mask), _masked_max(hidden, heeded)], dim=1)
        exam_logit = self.exam_head(self.drop(pooled))
        if self.evidence_head is not None:
            evidence = _masked_highest(scaled[:, :, -self.n_evidence :], mask)
            exam_logit = exam_logit + self.evidence_head(self.drop(evidence))
        return SequenceOutput(image_logit.squeeze(2) * mask, exam_logit)

    def set_feature_scale(self, mean: Tensor, std: Tensor) -> None:
        """Standardises features by the training set's ``mean`` and ``std`` (embedding,)."""
        self.feature_mean.copy_(mean)
        self.feature_std.copy_(std)

    def _recur(self, steps: Tensor, lengths: Tensor) -> Tensor:
        if not self.masks_padding:
            whole: Tensor = self.gru(steps)[0]
            return whole
        packed = pack_padded_sequence(steps, lengths.cpu(), batch_first=True, enforce_sorted=False)
        hidden, _ = pad_packed_sequence(
            self.gru(packed)[0], batch_first=True, total_length=steps.shape[1]
        )
        return hidden

    def _attend(self, hidden: Tensor, mask: Tensor) -> Tensor:
        score = self.attention(hidden).squeeze(2).masked_fill(~mask, _LOWEST)
        weight = torch.softmax(score, dim=1)  # (batch, slice)
        return torch.einsum("bs,bsh->bh", weight, hidden)


def _of_others(hidden: Tensor) -> Tensor:
    """(batch, slice, 2 * hidden): what the GRU has made of the other slices, from both sides.

    A step knows its neighbours by its differences, so it is that before the slice before, and that
    after the slice after.
    """
    forward, backward = hidden.chunk(2, dim=2)
    n_steps = hidden.shape[1]
    before = functional.pad(forward, (0, 0, _APART, 0))[:, :n_steps]
    after = functional.pad(backward, (0, 0, 0, _APART))[:, -n_steps:]
    return torch.cat([before, after], dim=2)


def _with_differences(scaled: Tensor, mask: Tensor) -> Tensor:
    """(batch, slice, 3 * embedding): beside each slice how it differs from its neighbours."""
    before = torch.cat([scaled[:, :1], scaled[:, :-1]], dim=1)
    after = torch.cat([scaled[:, 1:], scaled[:, -1:]], dim=1)
    has_next = torch.cat([mask[:, 1:], torch.zeros_like(mask[:, :1])], dim=1)
    after = torch.where(has_next[:, :, None], after, scaled)
    return torch.cat([scaled, scaled - before, scaled - after], dim=2)


class PlacedAttention(nn.Module):
    """The winner's: ``tanh(w . h_t + b_t)``, with a bias for each step ``t``."""

    def __init__(self, n_inputs: int, steps: int) -> None:
        super().__init__()
        self.weight = nn.Linear(n_inputs, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(steps, 1))

    def forward(self, hidden: Tensor) -> Tensor:
        """(batch, step, n_inputs) -> (batch, step, 1)."""
        return torch.tanh(self.weight(hidden) + self.bias)


def _attention(kind: Attention, hidden: int, steps: int | None) -> nn.Module:
    if kind is Attention.CONTENT:
        return nn.Sequential(nn.Linear(2 * hidden, hidden), nn.Tanh(), nn.Linear(hidden, 1))
    if steps is None:
        raise ValueError("attention by place needs a fixed number of steps")
    return PlacedAttention(2 * hidden, steps)


def _identity() -> nn.Linear:
    """A line that is y = x at first."""
    line = nn.Linear(1, 1)
    with torch.no_grad():
        line.weight.fill_(1.0)
        line.bias.zero_()
    return line


def _masked_max(hidden: Tensor, mask: Tensor) -> Tensor:
    return hidden.masked_fill(~mask[:, :, None], _LOWEST).amax(dim=1)  # (batch, 2 * hidden)


def _masked_highest(evidence: Tensor, mask: Tensor) -> Tensor:
    """(batch, 3 * n_evidence): means over the slices with the highest of each number."""
    highest = evidence.masked_fill(~mask[:, :, None], _LOWEST).sort(dim=1, descending=True).values
    total = (highest * mask[:, :, None]).cumsum(dim=1)  # the padding has sunk to the end
    lengths = mask.sum(dim=1)
    rows = torch.arange(len(mask), device=mask.device)
    counts = [lengths.clamp(max=n) for n in _HIGHEST]
    return torch.cat([total[rows, n - 1] / n[:, None] for n in counts], dim=1)
