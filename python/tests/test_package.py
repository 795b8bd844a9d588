"""The package as a whole: documentation, types, and input of every kind."""

import doctest
import importlib
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import boneyard
from conftest import ROOT

MODULES = ["boneyard", "boneyard.original"]
for extra, needed in [("boneyard.pettingzoo", "pettingzoo"), ("boneyard.torch", "torch"),
                      ("boneyard.ray", "ray")]:
    try:
        importlib.import_module(needed)
        MODULES.append(extra)
    except ModuleNotFoundError:
        pass


def public():
    """Every public name, with where it is from."""
    for name in MODULES:
        module = importlib.import_module(name)
        names = getattr(module, "__all__", None) or [
            it for it, value in vars(module).items() if getattr(value, "__module__", None) == name and it[0] != "_"
        ]
        for it in names:
            yield name, it


def test_every_public_name_is_in_the_docs_page_and_in_a_test():
    page = (ROOT / "docs" / "PYTHON.md").read_text()
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for module, name in public():
        assert re.search(rf"`[^`]*\b{name}\b[^`]*`", page), f"docs/PYTHON.md does not name {module}.{name}"
        assert name in tests, f"no test names {module}.{name}"


def test_the_docs_page_names_nothing_that_is_not_there():
    page = (ROOT / "docs" / "PYTHON.md").read_text()
    for row in re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", page, re.M):
        for name in re.findall(r"`([\w.]+)`", row):
            module, _, it = name.removeprefix("boneyard.").rpartition(".")
            if module and f"boneyard.{module}" not in MODULES:
                continue
            owner = importlib.import_module(f"boneyard.{module}") if module else boneyard
            assert hasattr(owner, it), name


def test_everything_public_is_documented():
    for module, name in public():
        value = getattr(importlib.import_module(module), name)
        if callable(value):
            assert value.__doc__, f"{module}.{name}"
            for member, method in vars(value).items() if isinstance(value, type) else ():
                inherited = any(hasattr(base, member) for base in value.__mro__[1:])
                if member[0] != "_" and callable(method) and not inherited:
                    assert method.__doc__, f"{module}.{name}.{member}"


@pytest.mark.parametrize("name", [*MODULES, "boneyard._batch", "boneyard._generate", "boneyard._questions",
                                  "boneyard._positions", "boneyard._labels", "boneyard._evaluators", "boneyard._functions"])
def test_examples_in_the_documentation_run(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
    assert result.attempted > 0 or name in ("boneyard.torch", "boneyard.ray")


def test_types_are_right(tmp_path):
    """Of the package, and of the examples that use it."""
    pytest.importorskip("mypy")
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nstrict = True\nignore_missing_imports = True\nallow_subclassing_any = True\n"
                      "disallow_untyped_calls = False\nwarn_unused_ignores = False\ncache_dir = " + str(tmp_path / "cache") + "\n")
    package = Path(boneyard.__file__).parent
    for what in (["-p", "boneyard"], *([str(path)] for path in sorted((ROOT / "examples" / "python").glob("*.py")))):
        checked = subprocess.run(
            [sys.executable, "-m", "mypy", "--config-file", str(config), *what], capture_output=True, text=True,
            cwd=package.parent.parent if (package.parent / "boneyard").exists() else None,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
    assert (package / "py.typed").exists() and (package / "_boneyard.pyi").exists()


def test_the_stub_names_what_there_is():
    from boneyard import _boneyard

    stub = (Path(boneyard.__file__).parent / "_boneyard.pyi").read_text()
    there = {name for name in dir(_boneyard) if not name.startswith("__")}
    told = set(re.findall(r"^(?:class|def) (\w+)|^(\w+): ", stub, re.M))
    assert there == {name for pair in told for name in pair if name and not name.startswith("__")}


def test_the_example_runs():
    done = subprocess.run([sys.executable, ROOT / "examples" / "python" / "train.py", "6"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [before] = re.findall(r"untrained: ([\d.]+) points off", done.stdout)
    [after] = re.findall(r"s: ([\d.]+) points off", done.stdout)
    assert float(after) < float(before) - 1
    assert "trick 7" in done.stdout and "ply 0" in done.stdout


def test_pictures():
    batch = next(boneyard.generate(games=2, samples=10, seed=7, device="cpu"))
    decision, game = batch.decision(0), batch.game(8)
    assert isinstance(decision, boneyard.Decision) and isinstance(game, boneyard.GameView)
    assert str(decision).count("\n") == 7 and "▶" in str(decision)
    assert decision._repr_html_().count("<svg") == 7 and decision._repr_html_().count("<tr>") == 7
    assert str(game).count("trick") == 7 and game._repr_html_().count("<svg") == 28 and len(game.decisions) == 28
    assert repr(batch.decision(-1)).startswith("<boneyard.Decision: seed 8, ply 27")
    with pytest.raises(IndexError):
        batch.decision(56)
    with pytest.raises(ValueError, match="there is no such game"):
        batch.game(9)
    few = next(boneyard.generate(games=1, samples=2, columns=["ply"], device="cpu"))
    with pytest.raises(ValueError, match="needs `seed`"):
        few.decision(0)


def test_devices_are_told():
    here = boneyard.devices()
    assert here["auto"] and here["reason"] and here["threads"] >= 1 and isinstance(here["devices"], dict)
    assert "cpu" in here["text"]


@pytest.mark.skipif(sys.platform != "linux", reason="pip's packages of CUDA are looked for on Linux")
def test_cuda_is_found_where_pip_puts_it(tmp_path):
    """With a stand-in for its packages, in both of their layouts."""
    library = next(Path("/").glob("lib*/**/libm.so.6"), None) or pytest.skip("there is no library to stand in for CUDA's")
    code = "import os; from boneyard import _cuda; _cuda._SYSTEM = _cuda.Path('/nowhere'); _cuda.find({device!r}); " \
           "print(os.environ.get('CUDA_PATH'))"
    for layout, home, compiler in [("new", "cu13", "cu13"), ("old", "cuda_runtime", "cuda_nvrtc")]:
        nvidia = tmp_path / layout / "nvidia"
        (nvidia / home / "include").mkdir(parents=True)
        (nvidia / home / "include" / "cuda_runtime.h").touch()
        (nvidia / compiler / "lib").mkdir(parents=True, exist_ok=True)
        (nvidia / compiler / "lib" / "libnvrtc.so.13").write_bytes(library.read_bytes())
        environment = {key: value for key, value in os.environ.items() if key != "CUDA_PATH"}
        environment["PYTHONPATH"] = os.pathsep.join([str(nvidia.parent), str(Path(boneyard.__file__).parent.parent)])

        def found(device, **more):
            run = [sys.executable, "-c", code.format(device=device)]
            done = subprocess.run(run, env={**environment, **more}, check=True, capture_output=True, text=True)
            return done.stdout.strip()

        assert found("cuda:0") == found("auto") == str(nvidia / home)
        assert found("cpu") == found("wgpu:0") == "None"
        assert found("cuda", CUDA_PATH="/mine") == "/mine"


def anything(random, depth=0):
    """A value of any kind."""
    kinds = [
        lambda: random.choice([0, 1, -1, 3, 7, 28, 1 << 70, True]),
        lambda: random.choice([0.0, 1.5, float("nan"), float("inf")]),
        lambda: random.choice(["", "solver", "6-4", "6-4 5-5", "cpu", "cuda:0", "net:", "greedy", "\0", "é" * 50, "1/2"]),
        lambda: None,
        lambda: b"bytes",
        lambda: object(),
        lambda: np.zeros([random.randrange(4) for _ in range(random.randrange(4))], random.choice("bBhHiIlLefdO?FU")),
        lambda: np.arange(28).reshape(4, 7)[:, ::-1],
        lambda: np.arange(28, dtype=np.uint8).reshape(1, 4, 7),
        lambda: np.full((2, 28), -1, np.int8),
        lambda: lambda *_: None,
        lambda: np.float32(3),
        lambda: [anything(random, depth + 1) for _ in range(random.randrange(3))] if depth < 3 else [],
        lambda: {
            random.choice(["hands", "seat", "hand", "declaration", "leader", "plays", "bid", "bidder", "x"]):
                anything(random, depth + 1)
            for _ in range(random.randrange(6))
        } if depth < 3 else {},
    ]
    return random.choice(kinds)()


def nearly(random):
    """Positions that are right, or nearly."""
    n = random.randrange(1, 4)
    given = {
        "hands": boneyard.deal(list(range(n))),
        "declaration": [random.randrange(10) for _ in range(n)],
        "leader": random.randrange(4),
        "plays": [[] for _ in range(n)],
    }
    if random.random() < 0.7:
        given[random.choice(["hands", "declaration", "leader", "plays", "bid", "bidder", "seat", "hand"])] = anything(random)
    return given


def test_no_call_ends_the_process():
    """Random calls: an answer or an exception, never a crash; BONEYARD_RANDOM_CALLS says how many."""
    calls = int(os.environ.get("BONEYARD_RANDOM_CALLS", "10000"))
    random.seed(5)
    questions = [boneyard.deal, boneyard.legal, boneyard.solve, boneyard.tokens, boneyard.worlds, boneyard.encode,
                 boneyard.Positions.of]
    answered = refused = 0
    for _ in range(calls):
        kind = random.randrange(6)
        try:
            if kind == 0:
                random.choice(questions)(anything(random))
            elif kind <= 2:
                random.choice(questions[1:])(nearly(random))
            elif kind == 3:
                names = ["samples", "sampler", "policy", "seed", "evaluator", "heads", "adaptive", "min_samples"]
                boneyard.evaluate(nearly(random), **{"samples": 1, "evaluator": "playout",
                                                     random.choice(names): anything(random)})
            elif kind == 4:
                names = ["games", "samples", "seed", "sampler", "evaluator", "policy", "columns", "batch_games",
                         "declaration", "bid", "bidder", "deals", "split", "memory_budget", "threads", "progress", "adaptive",
                         "max_samples"]
                options = {"games": 1, "samples": 1, "evaluator": "playout", "device": "cpu", "threads": 1,
                           random.choice(names): anything(random)}
                with boneyard.generate(**options) as games:
                    next(games)
            else:
                names = ["games", "seed", "batch_games", "worlds", "plies", "policies", "sensible", "split", "form", "rank",
                         "world_size", "threads"]
                options = {"device": "cpu", "batch_games": 1, "worlds": 1, "plies": (26, 28), "threads": 1, "games": 2,
                           random.choice(names): anything(random)}
                with boneyard.labels(**options) as stream:
                    next(stream, None)
            answered += 1
        except (ValueError, TypeError, OverflowError, boneyard.Error, AttributeError, StopIteration, KeyError) as error:
            assert type(error).__name__ != "PanicException"
            refused += 1
    assert answered > calls / 20 and refused > calls / 20
