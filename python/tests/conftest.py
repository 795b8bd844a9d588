"""What the tests share. They run with the package installed, not from the source tree."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def command() -> Path:
    """The command of the same build."""
    found = os.environ.get("BONEYARD_COMMAND") or ROOT / "target/debug/boneyard"
    if not Path(found).exists() and (path := shutil.which("boneyard")):
        found = path
    if not Path(found).exists():
        pytest.fail("expected the command at target/debug/boneyard, or where BONEYARD_COMMAND says: build it first")
    return Path(found)
