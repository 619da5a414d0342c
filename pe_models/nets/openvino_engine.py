"""The convolutions of a slice net or a Refiner by OpenVINO: the same numbers, sooner on a CPU.

Optional: without the package ``openvino``, and with ``PE_ENGINE=torch`` in the environment, torch
computes.
"""

import hashlib
import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from pe_models.nets.load import SliceNet
from pe_models.nets.refiner import N_CHANNELS, Refiner
from pe_models.places import user_cache

Net = SliceNet | Refiner

_LOG: Final = logging.getLogger(__name__)

MOST_KEPT: Final = 6
"""Translated nets in the cache, of 12 MB each; the oldest goes."""

_VARIABLE: Final = "PE_ENGINE"
_TORCH: Final = "torch"
_FILE: Final = "net.xml"
_EXAMPLE_PX: Final = 64
_EXAMPLE_SLICES: Final = 5
_TRIAL_PX: Final = 96
_MOST_APART: Final = 1e-3
"""Of what both compute from one trial input, relative to its range; usual is 1e-5."""


class OpenVinoEngine:
    """``net.encode`` of a slice net, ``net`` of a Refiner, on the CPU in float32, for inputs of any
    size.

    A call is computed by one thread; as many calls at once as torch has threads fill the processor.
    """

    def __init__(self, net: Net, *, is_kept: bool = True) -> None:
        """Translates ``net``, which is in inference mode; later changes of its weights are unseen.

        What ``is_kept`` lies in the user's cache, for the same weights again. Raises ImportError
        without OpenVINO, and what OpenVINO does for a net that it cannot take.
        """
        self._model = _kept(net) if is_kept else _translated(net)
        self._streams: _Streams | None = None

    def __call__(self, x: Tensor) -> tuple[Tensor, ...]:
        """What the net gives of ``x``, as it takes it."""
        streams = self._streams
        if streams is None or streams.n != torch.get_num_threads():
            streams = self._streams = _Streams(self._model, torch.get_num_threads())
        return streams.infer(x)


def openvino_engine(net: Net, *, is_kept: bool = True) -> OpenVinoEngine | None:
    """An engine that computes what ``net`` does; None without OpenVINO, or where it differs."""
    if os.environ.get(_VARIABLE) == _TORCH:
        return None
    try:
        engine = OpenVinoEngine(net, is_kept=is_kept)
        distance = _distance(net, engine)
        if is_kept and not distance <= _MOST_APART:  # what lay in the cache was another net's
            _forget(net)
            engine = OpenVinoEngine(net)
            distance = _distance(net, engine)
    except ImportError:
        return None
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        _LOG.warning("OpenVINO does not take this net (%s); torch computes", type(error).__name__)
        return None
    if not distance <= _MOST_APART:
        _LOG.warning("OpenVINO computes something else (%.2g apart); torch computes", distance)
        return None
    return engine


class _Streams:
    """``n`` calls at once, each computed by one thread.

    That is more slices a second than one call at a time by all threads.
    """

    def __init__(self, model: Any, n: int) -> None:
        self.n = n
        self._compiled = _compiled(model, n)
        self._idle: deque[Any] = deque()

    def infer(self, x: Tensor) -> tuple[Tensor, ...]:
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        found = request.infer([np.ascontiguousarray(x.numpy(force=True))])
        answers = tuple(torch.from_numpy(found[place].copy()) for place in range(len(found)))
        self._idle.append(request)
        return answers


class _Forward(nn.Module):
    """What is computed of ``net``, as the forward pass that is traced."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net: Net = net

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return (self.net(x),) if isinstance(self.net, Refiner) else self.net.encode(x)


def _openvino() -> Any:
    """The package; raises ImportError. What reports its use to its maker is kept from loading."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _kept(net: Net) -> Any:
    """``net`` as OpenVINO knows it, from the cache: to translate it takes three seconds."""
    openvino = _openvino()
    folder = _folder_of(net)
    if (folder / _FILE).exists():
        with suppress(RuntimeError):  # damaged: it is made anew
            return openvino.Core().read_model(folder / _FILE)
    model = _translated(net)
    with suppress(OSError, RuntimeError):  # a full disk costs three seconds each time
        _keep(openvino, model, folder)
    return model


def _translated(net: Net) -> Any:
    """The front end is asked directly: ``openvino.convert_model`` would report to its maker."""
    _openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = torch.zeros(_shape(net, _EXAMPLE_PX))
    with warnings.catch_warnings():  # of torch, that it will trace nets in another way one day
        warnings.simplefilter("ignore")
        decoder = TorchScriptPythonDecoder(_Forward(net).eval(), example_input=example)
        front_end = FrontEndManager().load_by_framework("pytorch")
        return front_end.convert(front_end.load(decoder))


def _keep(openvino: Any, model: Any, folder: Path) -> None:
    """Whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        openvino.save_model(model, partial / _FILE, compress_to_fp16=False)
        for path in partial.iterdir():
            path.chmod(0o600)  # as all of the user's files
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        kept = sorted(folder.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns)
        for old in kept[:-MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _forget(net: Net) -> None:
    shutil.rmtree(_folder_of(net), ignore_errors=True)


def _folder_of(net: Net) -> Path:
    return user_cache() / "engines" / _name_of(net, _openvino().__version__)


def _name_of(net: Net, version: str) -> str:
    """Of these weights, by this OpenVINO."""
    digest = hashlib.sha256(f"{type(net).__name__} {version} {torch.__version__}".encode())
    for name, weight in net.state_dict().items():
        digest.update(name.encode())
        digest.update(weight.numpy(force=True).tobytes())
    return digest.hexdigest()[:32]


def _compiled(model: Any, n_streams: int) -> Any:
    hints = {
        "NUM_STREAMS": n_streams,
        "INFERENCE_NUM_THREADS": n_streams,
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
    return _openvino().Core().compile_model(model, "CPU", hints)


def _distance(net: Net, engine: OpenVinoEngine) -> float:
    """How far apart both lie on one input, as a share of the range of the values."""
    x = torch.rand(_shape(net, _TRIAL_PX), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        wanted = _Forward(net)(2.0 * x - 1.0)
    found = engine(2.0 * x - 1.0)
    pairs = zip(wanted, found, strict=True)
    return max(float((w - f).abs().max() / w.abs().max().clamp_min(1e-6)) for w, f in pairs)


def _shape(net: Net, rows: int) -> tuple[int, ...]:
    """Of an input of so many ``rows``."""
    if isinstance(net, Refiner):
        return (1, N_CHANNELS, _EXAMPLE_SLICES, rows, _EXAMPLE_PX)
    return (1, net.channels, rows, _EXAMPLE_PX)
