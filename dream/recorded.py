"""What is done to pictures of one size over and over goes in; it comes out recorded, where the device can play it back by itself.

On CUDA a small network's hundred little kernels take longer to start than to run: a graph starts them all at once.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Thought = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Pictures as a network sees them go in; how well they do, (N,), and their gradient come out."""

_WORTH_IT = 4
"""Times that something is done before it is recorded: a guess, for recording takes as long as doing it some times."""
_KEPT = 8
_COUNTED = 256


class CudaRecorder:
    """Makes CUDA graphs. All of one recorder's work in the same memory, for they are played one after the other."""

    def __init__(self) -> None:
        self._pool: Any = None

    def __call__(self, think: Thought, seen: Tensor) -> Thought:
        """A recording of a thought about pictures like these; what it returns holds until any of this recorder's is played again."""
        shown = seen.clone(memory_format=torch.preserve_format)
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):  # libraries choose their ways and their work space at the first call
            for _ in range(2):
                think(shown)
        torch.cuda.current_stream().wait_stream(beside)
        self._pool = self._pool or torch.cuda.graph_pool_handle()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            heard, gradient = think(shown)

        def replay(seen: Tensor) -> tuple[Tensor, Tensor]:
            shown.copy_(seen)
            graph.replay()
            return heard, gradient

        return replay


class Recorded:
    """Thinks; and where the same is thought of the same sort of pictures again and again, has it recorded.

    Args:
        record: makes a recording of a thought about pictures; a CUDA graph by default.
    """

    def __init__(self, *, record: Callable[[Thought, Tensor], Thought] | None = None) -> None:
        self._record = record or CudaRecorder()
        self._times: Counter[object] = Counter()
        self._recordings: OrderedDict[object, Thought] = OrderedDict()
        self._is_able = True

    def __len__(self) -> int:
        return len(self._recordings)

    def __call__(self, think: Thought, seen: Tensor, *, about: object) -> tuple[Tensor, Tensor]:
        """What is thought of pictures.

        Args:
            about: what the thought depends on beside them.
        """
        key = (about, seen.shape)
        if len(self._times) > _COUNTED:
            self._times.clear()  # tiles at edges are of ever other sizes
        self._times[key] += 1
        if self._is_able and self._times[key] > _WORTH_IT and key not in self._recordings:
            self._keep(key, think, seen)
        recording = self._recordings.get(key)
        if recording is None:
            return think(seen)
        self._recordings.move_to_end(key)
        return recording(seen)

    def _keep(self, key: object, think: Thought, seen: Tensor) -> None:
        try:
            self._recordings[key] = self._record(think, seen)
        except RuntimeError:  # something in it that cannot be recorded, or no memory left for it: then it is done anew every time
            self._is_able = False
            return
        while len(self._recordings) > _KEPT:
            self._recordings.popitem(last=False)
