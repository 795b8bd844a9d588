"""Functions of tensors as functions of arrays, and of arrays in the memory of a CUDA device."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Callable

import torch

if TYPE_CHECKING:
    import numpy as np

FIRST_ON_TABLE = 29
"""The first token of the trick under way; those before are always there."""


class OfTensors:
    """A module, or a function of tensors, as an evaluator asks it."""

    def __init__(self, function: Callable[..., Any], device: Any, name: str) -> None:
        self.function, self.name = function, name
        # A module looks tokens up.
        self.is_module = isinstance(function, torch.nn.Module)
        if device is None:
            first = next(function.parameters(), None)  # type: ignore[attr-defined]
            device = "cpu" if first is None else first.device
        self.device = torch.device(device)
        forward = getattr(function, "forward") if self.is_module else function
        self.wants_movers = self.is_module and sum(
            it.default is it.empty and it.kind in (it.POSITIONAL_ONLY, it.POSITIONAL_OR_KEYWORD)
            for it in inspect.signature(forward).parameters.values()
        ) >= 3

    def values(self, tokens: torch.Tensor) -> torch.Tensor:
        """Points `[B, 7]` of tokens `[B, 32, 12]` int8, on whatever device each of them is."""
        tokens = tokens.to(self.device)
        mask = (tokens != 0).any(2)
        mask[:, :FIRST_ON_TABLE] = True
        inputs = [tokens.long() if self.is_module else tokens, mask]
        if self.wants_movers:
            # The seat whose tokens say that their owner is the mover.
            inputs.append((tokens[:, 1:FIRST_ON_TABLE:7, 5] == 0).int().argmax(1))
        outputs = self.function(*inputs)
        values = outputs[0] if isinstance(outputs, (tuple, list)) else outputs
        if not isinstance(values, torch.Tensor):
            raise TypeError(f"evaluator {self.name}: expected a tensor of values, not {type(values).__name__}")
        if values.shape != (len(tokens), 7):
            raise ValueError(f"evaluator {self.name}: expected values of shape [{len(tokens)}, 7], not {list(values.shape)}")
        return values

    def __call__(self, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Of arrays in the host's memory."""
        with torch.inference_mode():
            values: np.ndarray = self.values(torch.from_numpy(tokens)).float().cpu().numpy()
        return values

    def in_place(self, tokens: Any, outputs: Any, ordinal: int) -> None:
        """Of arrays in the memory of a CUDA device, as whoever has `__cuda_array_interface__`; values are written there."""
        device = torch.device("cuda", ordinal)
        with torch.cuda.device(device), torch.inference_mode():
            self._write(torch.as_tensor(tokens, device=device), torch.as_tensor(outputs, device=device))
            # What reads the values next is on another stream.
            torch.cuda.current_stream(device).synchronize()

    def _write(self, tokens: torch.Tensor, outputs: torch.Tensor) -> None:
        outputs.copy_(self.values(tokens))
