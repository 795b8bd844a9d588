"""What the parts of the wheel weigh, by the linker's map of its library.

    maturin build --profile wheel --out DIR -- -C link-arg=-Wl,-Map=MAP
    python benches/python/wheel_parts.py MAP WHEEL

Code, constants and their tables for exceptions are counted where their symbol or section says which crate they are of; the
wheel is compressed, so its bytes are told beside.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections import Counter
from pathlib import Path

# The first that a symbol names decides.
PARTS = {
    "Boneyard": r"boneyard",
    "Parquet and Arrow": r"parquet|arrow|thrift|lexical",
    "CubeCL": r"cubecl|tracel|cudarc",
    "compiler for Vulkan, and wgpu": r"naga|wgpu|spirv|ash|gpu_alloc|glow|rspirv|metal",
    "networks on the processor": r"candle|gemm|safetensors|pulp",
    "zstd": r"zstd|ZSTD|HUF_|FSE_|huf_|COVER_|XXH|POOL_",
    "Python's edge": r"pyo3|numpy|ndarray",
    "Rust's library": r"core|alloc|std|hashbrown|compiler_builtins|rustc_demangle|gimli|addr2line|object|miniz",
}


def crates(symbol: str) -> list[str]:
    """The crates that a mangled symbol names, in order."""
    legacy = re.findall(r"(?<=ZN)\d+([A-Za-z_]\w*?)(?=\d|E|$)|\$(?:LT|u20|GT)\$?([a-z_]\w+?)\.\.", symbol)
    v0 = re.findall(r"C[s][0-9A-Za-z]*_\d+([a-z]\w*?)(?=\d|N|I|C|B|E|_|$)", symbol)
    return [name for pair in legacy for name in pair if name] + v0


def part_of(symbol: str) -> str:
    for name in [*crates(symbol), symbol]:
        for part, pattern in PARTS.items():
            if part != "Rust's library" and re.search(pattern, name):
                return part
    return "Rust's library" if re.match(r"_ZN|_R", symbol) else "constants without a name"


def main() -> None:
    text, wheel = Path(sys.argv[1]).read_text(errors="replace"), Path(sys.argv[2])
    sizes: Counter[str] = Counter()
    sections: Counter[str] = Counter()
    # Lines of lld's map: addresses, size, alignment, then `file:(section)`.
    for size, section in re.findall(r"^ *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ +\S*?:?\((\.[^)]+)\)$", text, re.M):
        name = re.sub(r"^\.(text|rodata|data\.rel\.ro|data|bss|gcc_except_table|eh_frame|tbss|tdata)(\.(unlikely|hot|cst\d+|str\d+\.\d+))?\.?", "", section)
        # Bytes that are included have no name; of this size there are only networks.
        sizes["networks that come with it" if section.startswith(".rodata") and int(size, 16) > 1 << 20 else part_of(name)] += int(size, 16)
        sections[section.split(".")[1]] += int(size, 16)
    total = sum(sizes.values())
    with zipfile.ZipFile(wheel) as files:
        [library] = [info for info in files.infolist() if info.filename.endswith((".so", ".pyd", ".dylib"))]
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB; the library has {library.file_size / 1e6:.2f} MB, "
          f"compressed {library.compress_size / 1e6:.2f} MB; the map tells of {total / 1e6:.2f} MB")
    for part, size in sizes.most_common():
        print(f"{part:32} {size / 1e6:6.2f} MB  {size / total:5.1%}")
    print("by section:", ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in sections.most_common(8)))


if __name__ == "__main__":
    main()
