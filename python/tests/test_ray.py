"""Ray, where it is installed: two nodes on one machine, and workers that are killed in mid-run."""

import os
import signal
import threading
import time

import pytest

import boneyard

ray = pytest.importorskip("ray", reason="ray is not installed here: boneyard.ray is not tested")

from boneyard.ray import generate, ranges  # noqa: E402
from test_generate import files  # noqa: E402


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    path = os.pathsep.join([os.path.dirname(os.path.dirname(boneyard.__file__)), os.environ.get("PYTHONPATH", "")])
    ray.init(address=cluster.address, runtime_env={"env_vars": {"PYTHONPATH": path}}, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def test_ranges_are_whole_blocks():
    assert ranges(10, 300, 64, 2) == [(10, 118), (128, 128), (256, 54)]
    assert ranges(0, 64, 64, 1) == [(0, 64)]
    assert sum(games for _, games in ranges(5, 1000, 7, 3)) == 1000


def workers():
    """The processes of Ray that run our task."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                if "ray::_write" in file.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


def test_a_killed_worker_costs_its_block_only(cluster, tmp_path):
    options = dict(games=60, block=4, samples=12)
    boneyard.write(tmp_path / "alone", device="cpu", **options)
    assert len(ray.nodes()) == 2
    killed = []

    def kill():
        while len(killed) < 2:
            time.sleep(0.5)
            # Once something is written, so that it is in mid-run.
            if (tmp_path / "together").exists() and list((tmp_path / "together").rglob("block-*")):
                for pid in workers()[:1]:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
            if done.is_set():
                return

    done = threading.Event()
    killer = threading.Thread(target=kill)
    killer.start()
    report = generate(tmp_path / "together", blocks_a_task=5, **options)
    done.set()
    killer.join()
    assert killed, "nothing was killed: the run was too short"
    assert report["tasks"] == 3
    assert files(tmp_path / "together") == files(tmp_path / "alone")


def test_what_a_task_raises_is_raised(cluster, tmp_path):
    with pytest.raises(ValueError, match="samples 0: expected 1 to"):
        generate(tmp_path, games=10, samples=0)
