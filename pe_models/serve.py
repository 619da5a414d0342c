"""The inference worker: requests in, events out, one job at a time. The protocol is in ``wire``.

A process of its own, so that torch never holds the window's interpreter lock and a crash or an
exhausted memory is a failed job there. It ends when its standard input does. Nothing it logs holds
patient data: it is sent none but UIDs, and logs those neither.
"""

import faulthandler
import logging
import os
import queue
import sys
from pathlib import Path
from typing import TextIO

from pe_models import wire
from pe_models.bundle import bundle_in_use, load_any_bundle
from pe_models.errors import InputError, PEError
from pe_models.imaging.volume import Volume
from pe_models.parallel import SharedArray, background_threads, start_thread
from pe_models.pipeline import AnyPipeline, Pipelines, open_pipeline, use_threads
from pe_models.progress import Cancelled, CancelToken

logger = logging.getLogger(__name__)


def serve(*, bundle: str | None = None, device: str = "auto") -> int:
    """Serves standard input until it ends; returns the exit status."""
    faulthandler.enable()
    events = _own_output()
    use_threads(background_threads())

    def open_main() -> AnyPipeline:
        return open_pipeline(load_any_bundle(bundle) if bundle else bundle_in_use(), device)

    Server(Pipelines(open_main, device), sys.stdin, events).run()
    return 0


class Server:
    """Answers requests from one stream on another.

    ``run`` does the jobs on the thread that calls it, while a thread of its own reads requests, so
    that a Cancel is seen at once.
    """

    def __init__(self, pipelines: Pipelines, requests: TextIO, events: TextIO) -> None:
        self._pipelines = pipelines
        self._requests = requests
        self._events = events
        self._tokens: dict[int, CancelToken] = {}
        self._queue: queue.SimpleQueue[wire.Request | wire.WireError | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Loads the nets, then serves until a Shutdown or the end of the requests."""
        start_thread(self._read_requests, name="pe-requests")
        try:
            self._do(wire.Describe(wire.NO_REQUEST))
            while (item := self._queue.get()) is not None:
                self._do(item)
        except BrokenPipeError:  # the window has gone, and with it everyone who would read this
            logger.info("the reader of events has gone")

    def _read_requests(self) -> None:
        """On a thread of its own: queues requests, and passes on a Cancel at once."""
        for line in self._requests:
            try:
                request = wire.decode_request(line)
            except wire.WireError as error:
                self._queue.put(error)
                continue
            if isinstance(request, wire.Shutdown):
                break
            if isinstance(request, wire.Cancel):
                self._cancel(request.request_id)
                continue
            self._tokens[request.request_id] = CancelToken()
            self._queue.put(request)
        for request_id in tuple(self._tokens):
            self._cancel(request_id)
        self._queue.put(None)

    def _cancel(self, request_id: int) -> None:
        token = self._tokens.get(request_id)
        if token is not None:
            token.cancel()

    def _do(self, item: wire.Request | wire.WireError) -> None:
        """Answers one request; whatever fails is an event, and the worker lives on."""
        try:
            answer = self._answer(item)
        except Cancelled:
            answer = wire.Cancelled(item.request_id)
        except PEError as error:
            answer = wire.Failed(item.request_id, str(error))
        except MemoryError:
            answer = wire.Failed(
                item.request_id, "There is not enough memory. Close other programs and try again."
            )
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of a job
            logger.error("a request failed: %s", _places(error))
            answer = wire.Failed(
                item.request_id,
                f"The analysis stopped because of a fault in the program ({type(error).__name__}); "
                "the worker's log says where.",
            )
        self._tokens.pop(item.request_id, None)
        self._send(answer)

    def _answer(self, item: wire.Request | wire.WireError) -> wire.Event:
        if isinstance(item, wire.WireError):
            raise item
        if isinstance(item, wire.Analyze):
            return self._analyze(item)
        if isinstance(item, wire.Explain):
            return self._explain(item)
        main = self._pipelines.main
        return wire.Ready(item.request_id, main.bundle.stamp(), str(main.device), main.methods)

    def _analyze(self, request: wire.Analyze) -> wire.Done:
        cancel = self._tokens[request.request_id]
        cancel.raise_if_cancelled()
        volume = _attached(request.volume)
        analysis = self._pipelines.analyze(
            volume,
            on_progress=lambda p: self._send(wire.Progressed(request.request_id, p)),
            on_coarse=lambda i, s: self._send(wire.Coarse(request.request_id, i, s)),
            cancel=cancel,
        )
        return wire.Done(request.request_id, analysis.findings, analysis.heatmaps)

    def _explain(self, request: wire.Explain) -> wire.Done:
        self._tokens[request.request_id].raise_if_cancelled()
        pipeline = self._pipelines.of_bundle(request.bundle_sha256)
        if pipeline is None:
            raise InputError("Another bundle made these findings: analyse again for its maps.")
        heatmap = pipeline.explain(
            _attached(request.volume),
            request.slice_index,
            crop=request.crop,
            method=request.method or pipeline.methods[0],
        )
        return wire.Done(request.request_id, None, (heatmap,))

    def _send(self, event: wire.Event) -> None:
        self._events.write(f"{wire.encode(event)}\n")
        self._events.flush()


def _attached(reference: wire.VolumeReference) -> Volume:
    """The Volume over the window's shared memory; the memory stays while the Volume lives."""
    try:
        shared = SharedArray.attach(reference.segment_name, reference.geometry.shape)
    except FileNotFoundError as error:
        raise InputError("The series was closed before its turn came.") from error
    hu = shared.array
    shared.close()
    return reference.volume_over(hu)


def _own_output() -> TextIO:
    """Standard output, kept for events alone: what libraries print goes to standard error."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return events


def _places(error: BaseException) -> str:
    """Kind and places of an error, without its message, which may hold what was sent."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places)}"
