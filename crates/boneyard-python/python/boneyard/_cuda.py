"""CUDA's run-time compiler and headers, where pip has put them."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
import sys
from pathlib import Path

_SYSTEM = Path("/usr/local/cuda/include/cuda_runtime.h")


def find(device: str) -> None:
    """Lets CUDA be found where the packages are that PyTorch brings, unless the system or `CUDA_PATH` has it.

    Nothing is done for the CPU, and nothing that was found is changed.
    """
    if isinstance(device, str) and device.startswith(("auto", "cuda")) and sys.platform == "linux":
        _find()


@functools.cache
def _find() -> None:
    if "CUDA_PATH" in os.environ or _SYSTEM.exists():
        return
    spec = importlib.util.find_spec("nvidia")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec is not None else []
    for folder in folders:
        # One folder a version since CUDA 13, one a package before.
        homes = [*sorted(folder.glob("cu[0-9]*"), reverse=True), folder / "cuda_runtime"]
        for home in homes:
            compilers = [*home.glob("lib/libnvrtc*.so*"), *folder.glob("cuda_nvrtc/lib/libnvrtc*.so*")]
            if (home / "include" / "cuda_runtime.h").exists() and compilers:
                # Its built-in headers first: who loads a library by its name later gets the one that is loaded.
                for library in sorted(compilers, key=lambda path: "builtins" not in path.name):
                    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
                os.environ["CUDA_PATH"] = str(home)
                return
