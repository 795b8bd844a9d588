"""Trains a network on exact values as they are made, each used once; see README.md beside this file."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import shutil
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import muon
import network as nets

import boneyard

DECAY = 0.25
"""The last part of the time, in which the learning rate falls to 0."""
PART_BYTES = 15_000_000
LABELS = {"worlds": 16, "form": "folded"}
PLIES = 28


def plies(text: str) -> tuple[int, int]:
    """`0-11` as the range `(0, 12)`."""
    first, _, last = text.partition("-")
    if first.isdigit() and last.isdigit() and int(first) <= int(last) < PLIES:
        return int(first), int(last) + 1
    raise argparse.ArgumentTypeError(f"{text}: expected the first and the last ply, within 0 to 27, such as 0-11")


def policies(text: str) -> dict[str, int]:
    """`greedy=4,epsilon:1=1` as parts of all games."""
    mixture = {}
    for part in text.split(","):
        name, equals, parts = part.rpartition("=")
        if not equals or not parts.isdigit():
            raise argparse.ArgumentTypeError(f"{part}: expected a policy and its parts, such as greedy=4")
        mixture[name] = int(parts)
    return mixture


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=nets.SIZES, required=True)
    parser.add_argument("--minutes", type=float, required=True, help="of training, without starting")
    parser.add_argument("--out", type=Path, required=True, help="directory for log, checkpoint and network")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--resume", type=Path, help="directory of a run to go on from; may be that of --out")
    parser.add_argument("--begin-with", type=Path, help="safetensors whose weights to begin with, instead of random ones")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights; labels begin at this times 10^12")
    parser.add_argument("--decay", choices=["yes", "no"], default="yes", help="no: another part follows")
    parser.add_argument("--batch", type=int, default=16384)
    parser.add_argument("--batch-games", type=int, default=4096, help="games whose labels are made together")
    parser.add_argument("--plies", type=plies, default="0-11", help="first and last ply of the labels")
    parser.add_argument("--policies", type=policies, help="who plays the games, such as greedy=4,epsilon:1=1")
    parser.add_argument("--lr", type=float, help="of Muon; 0.004 for small, 0.002 for standard")
    parser.add_argument("--adam-lr", type=float, default=1.5e-3)
    parser.add_argument("--auxiliary", type=float, default=0.1, help="weight of the loss of the distribution of points")
    parser.add_argument("--warm-up", type=float, default=300, help="steps")
    parser.add_argument("--label-device", help="where labels are made; where the network trains if not given")
    parser.add_argument("--label-memory", type=float, default=24, help="GiB of that device's memory for labels")
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--validation-games", type=int, default=100, help="seeds of 900 to 949 mod 1000")
    return parser.parse_args()


def kind(given: argparse.Namespace) -> dict:
    """Which labels, whatever their games."""
    return {**LABELS, "plies": given.plies, **({"policies": given.policies} if given.policies else {})}


class Stream:
    """Labels made on a thread, with copies on a stream of their own, one batch ahead of training."""

    def __init__(self, given: argparse.Namespace, device: torch.device, seed: int, skip: int) -> None:
        self.device, self.seed, self.skip = device, seed, skip
        maker = given.label_device or str(device)
        budget = int(given.label_memory * 2**30) if maker.startswith("cuda") else None
        self.labels = boneyard.labels(
            seed=seed, split="train", device=maker, batch_games=given.batch_games, memory_budget=budget, **kind(given)
        )
        self.ready: queue.Queue = queue.Queue(maxsize=1)
        threading.Thread(target=self._make, daemon=True).start()

    def _make(self) -> None:
        try:
            copies = torch.cuda.Stream(self.device) if self.device.type == "cuda" else None
            first = self.seed
            for batch in self.labels:
                context = torch.cuda.stream(copies) if copies else contextlib.nullcontext()
                with context:
                    tensors = [
                        nets.folded(batch["tokens"]).to(self.device),
                        torch.from_numpy(batch["q"]).to(self.device),
                        torch.from_numpy(batch["legal"]).to(self.device),
                    ]
                if copies:
                    copies.synchronize()
                self.ready.put((first, tensors))
                first = self.labels.next_seed
        except BaseException as error:  # the trainer raises it
            self.ready.put(error)

    def parts(self, size: int):
        """Labels `size` at a time. The rest of a batch of games, fewer than `size`, is left out.

        `seed` and `skip` say where the next part stands: of which batch, and how many labels in.
        """
        while True:
            ready = self.ready.get()
            if isinstance(ready, BaseException):
                raise ready
            self.seed, tensors = ready
            if self.device.type == "cuda":
                for tensor in tensors:
                    tensor.record_stream(torch.cuda.current_stream(self.device))
            n = len(tensors[0])
            if n < size:
                raise ValueError(f"--batch {size}: expected at most the {n} labels of --batch-games games")
            for at in range(self.skip, n - size + 1, size):
                self.skip = at + size
                yield [tensor[at : at + size] for tensor in tensors]
            self.skip = 0
            self.seed = None  # until the next batch tells

    def place(self) -> tuple[int, int]:
        return self.seed, self.skip


def loss_of(outputs, q: torch.Tensor, legal: torch.Tensor, auxiliary: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss, and the mean absolute error in points, over legal moves."""
    values, position, logits = outputs
    mask = legal.float()
    moves = mask.sum()
    error = (values.float() * nets.UNIT - q) * mask
    # In units of 4 points, quadratic within 4 and linear beyond.
    loss = F.huber_loss(error / 4, torch.zeros_like(error), reduction="sum") / moves
    best = q.masked_fill(~legal, -99).amax(1)
    loss = loss + 0.1 * F.huber_loss(position.float() * nets.UNIT / 4, best / 4)
    classes = (q.round().long() + 42).clamp(0, 84)
    surprise = F.cross_entropy(logits.float().flatten(0, 1), classes.flatten(), reduction="none")
    loss = loss + auxiliary * (surprise * mask.flatten()).sum() / moves
    return loss, error.detach().abs().sum() / moves


def optimizers(network: nets.Network, lr: float, adam_lr: float, fused: bool):
    """Muon for the matrices of the layers, AdamW for the rest."""
    matrices = [p for p in network.transformer.layers.parameters() if p.ndim == 2]
    known = {id(p) for p in matrices}
    rest = [p for p in network.parameters() if id(p) not in known]
    thirds = [layer.self_attn.in_proj_weight for layer in network.transformer.layers]
    adam = torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.98), weight_decay=0.0, fused=fused)
    return muon.Muon(matrices, thirds, lr=lr), adam


def save(directory: Path, state: dict) -> None:
    """Writes `checkpoint/` anew, in parts of at most `PART_BYTES`, whole or not at all."""
    parts, size = [{}], 0
    for name, tensor in state["tensors"].items():
        bytes_of = tensor.numel() * tensor.element_size()
        if size + bytes_of > PART_BYTES:
            parts.append({})
            size = 0
        size += bytes_of
        parts[-1][name] = tensor.detach().cpu().clone()
    new, now, old = (directory / name for name in ("checkpoint-new", "checkpoint", "checkpoint-old"))
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for number, part in enumerate(parts):
        torch.save(part, new / f"part-{number:03}.pt")
    (new / "state.json").write_text(json.dumps({**state["numbers"], "parts": len(parts)}, indent=1) + "\n")
    shutil.rmtree(old, ignore_errors=True)
    if now.exists():
        now.rename(old)
    new.rename(now)
    shutil.rmtree(old, ignore_errors=True)


def saved(directory: Path) -> tuple[dict, dict]:
    """The numbers and tensors of a checkpoint."""
    at = next((directory / name for name in ("checkpoint", "checkpoint-old") if (directory / name).exists()), None)
    if at is None:
        sys.exit(f"--resume {directory}: it has no checkpoint")
    numbers, tensors = json.loads((at / "state.json").read_text()), {}
    for part in range(numbers["parts"]):
        tensors |= torch.load(at / f"part-{part:03}.pt", map_location="cpu", weights_only=True)
    return numbers, tensors


def state_of(network, muon_, adam, numbers: dict) -> dict:
    names = {id(p): name for name, p in network.named_parameters()}
    tensors = {f"weight:{name}": p for name, p in network.named_parameters()}
    for p, state in muon_.state.items():
        tensors[f"momentum:{names[id(p)]}"] = state["momentum"].bfloat16()
    for p, state in adam.state.items():
        for key, value in state.items():
            tensors[f"{key}:{names[id(p)]}"] = value
    return {"numbers": numbers, "tensors": tensors}


def restore(network, muon_, adam, tensors: dict) -> None:
    by_name = dict(network.named_parameters())
    for key, tensor in tensors.items():
        kind, name = key.split(":", 1)
        p = by_name[name]
        if kind == "weight":
            with torch.no_grad():
                p.copy_(tensor)
        elif kind == "momentum":
            muon_.state[p]["momentum"] = tensor.to(p.device, p.dtype)
        else:
            adam.state[p][kind] = tensor.to(p.device)


def validation(options: argparse.Namespace, device: torch.device) -> dict[str, torch.Tensor]:
    """Labels that are never trained on: those of the first games of the validation split."""
    stream = boneyard.labels(
        device=str(device),
        batch_games=options.validation_games,
        split="validation",
        memory_budget=int(4 * 2**30) if device.type == "cuda" else None,
        **{**kind(options), "worlds": 4},
    )
    with stream:
        batch = next(stream)
    return {
        "tokens": nets.folded(batch["tokens"]).to(device),
        "q": torch.from_numpy(batch["q"]).to(device),
        "legal": torch.from_numpy(batch["legal"]).to(device),
        "ply": torch.from_numpy(batch["ply"]).long().to(device),
    }


@torch.no_grad()
def errors(points, tested: dict[str, torch.Tensor]) -> dict:
    """MAE, bias and Q-gap of the held-out labels, and MAE by ply."""
    values = torch.cat([points(part) for part in tested["tokens"].split(8192)])
    legal, q, ply = tested["legal"], tested["q"], tested["ply"]
    error = torch.where(legal, values - q, 0.0)
    moves = legal.sum(1)
    absolute, count = torch.zeros(2, PLIES, device=q.device)
    absolute.index_add_(0, ply, error.abs().sum(1))
    count.index_add_(0, ply, moves.float())
    chosen = values.masked_fill(~legal, -999).argmax(1, keepdim=True)
    gap = q.masked_fill(~legal, -999).amax(1) - q.gather(1, chosen)[:, 0]
    return {
        "mae": round(float(absolute.sum() / count.sum()), 4),
        "bias": round(float(error.sum() / count.sum()), 4),
        "q_gap": round(float(gap.mean()), 4),
        "mae_by_ply": [round(x, 3) for x in (absolute / count.clamp(min=1)).tolist()],
    }


def picture(directory: Path) -> None:
    """Draws the log: error over labels, and error by ply at the end."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        print("no picture: matplotlib is not installed")
        return
    lines = [json.loads(line) for line in (directory / "log.jsonl").read_text().splitlines()]
    steps, tests = ([line for line in lines if line["kind"] == kind] for kind in ("step", "test"))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    left.plot([x["labels"] / 1e6 for x in steps], [x["mae"] for x in steps], alpha=0.5, label="as trained")
    left.plot([x["labels"] / 1e6 for x in tests], [x["mae"] for x in tests], "k", label="held out")
    left.set(xlabel="million labels", ylabel="mean absolute error, points", yscale="log")
    left.legend()
    if tests:
        right.bar(range(PLIES), tests[-1]["mae_by_ply"])
    right.set(xlabel="ply", ylabel="mean absolute error, points")
    figure.tight_layout()
    figure.savefig(directory / "training.png", dpi=110)


def main() -> None:
    given = options()
    device = torch.device(given.device)
    given.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(given.seed)
    torch.set_float32_matmul_precision("high")
    network = nets.of_size(given.size)
    if given.begin_with:
        # All but the head that is not exported, which begins anew.
        network.load_state_dict(nets.load(given.begin_with).state_dict())
    network = network.to(device)
    lr = given.lr or {"standard": 2e-3}.get(given.size, 4e-3)
    muon_, adam = optimizers(network, lr, given.adam_lr, device.type == "cuda")
    numbers = {"size": given.size, "step": 0, "labels": 0, "seconds": 0.0, "seed": given.seed * 10**12, "skip": 0}
    numbers |= {"batch_games": given.batch_games, "seed_of_weights": given.seed, "labels_are": kind(given)}
    if given.resume:
        numbers, tensors = saved(given.resume)
        if numbers["size"] != given.size:
            sys.exit(f"--size {given.size}: the checkpoint is of size {numbers['size']}")
        if numbers["batch_games"] != given.batch_games:
            sys.exit(f"--batch-games {given.batch_games}: expected {numbers['batch_games']}, as before")
        # Before there was a choice all had these.
        numbers.setdefault("labels_are", {**LABELS, "plies": [0, 12]})
        if numbers["labels_are"] != json.loads(json.dumps(kind(given))):
            sys.exit(f"--plies and --policies: expected labels as before, {numbers['labels_are']}")
        restore(network, muon_, adam, tensors)
        if given.resume.resolve() != given.out.resolve() and (given.resume / "log.jsonl").exists():
            shutil.copyfile(given.resume / "log.jsonl", given.out / "log.jsonl")
    log = (given.out / "log.jsonl").open("a")

    def tell(kind: str, **what) -> None:
        line = json.dumps({"kind": kind, **what})
        print(line, file=log, flush=True)
        print(line, flush=True)

    begun = time.monotonic()
    tested = validation(given, device)
    tell("start", size=given.size, parameters=nets.parameters(network), device=str(device), lr=lr, batch=given.batch,
         tested=len(tested["q"]), validation_seconds=round(time.monotonic() - begun, 1), resumed=numbers["step"])
    stream = Stream(given, device, numbers["seed"], numbers["skip"])
    cuda = device.type == "cuda"

    def forward(tokens, q, legal):
        with torch.autocast("cuda", torch.bfloat16, enabled=cuda):
            outputs = network(tokens)
        return loss_of(outputs, q, legal, given.auxiliary)

    def points(tokens):
        with torch.autocast("cuda", torch.bfloat16, enabled=cuda):
            return network.points(tokens)

    compiled = forward
    if not given.no_compile:
        compiled = torch.compile(forward, dynamic=False)
        muon_.orthogonal = torch.compile(muon.orthogonal, dynamic=False)

    def learn(tokens, q, legal):
        loss, error = compiled(tokens, q, legal)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        muon_.step()
        adam.step()
        network.zero_grad(set_to_none=True)
        return torch.stack([loss.detach(), error, norm])

    def checkpoint() -> None:
        seed, skip = stream.place()
        now = {**numbers, "seed": seed, "skip": skip}
        save(given.out, state_of(network, muon_, adam, now))
        nets.export(network, given.out / f"{given.size}.safetensors")

    seconds, resumed_at = given.minutes * 60, numbers["step"]
    start = last_told = last_tested = last_saved = None
    sums, told_steps = torch.zeros(3, device=device), 0
    for part in stream.parts(given.batch):
        now = time.monotonic()
        spent = now - start if start is not None else 0.0
        rate = min(1.0, (numbers["step"] - resumed_at + 1) / (given.warm_up if not resumed_at else 20))
        if given.decay == "yes":
            rate *= min(1.0, max(0.0, (1 - spent / seconds) / DECAY))
        muon_.param_groups[0]["lr"], adam.param_groups[0]["lr"] = lr * rate, given.adam_lr * rate
        sums += learn(*part)
        numbers["step"] += 1
        numbers["labels"] += given.batch
        told_steps += 1
        if start is None:
            # Time runs from the second step on: the first one compiles.
            float(sums[0])
            tell("compiled", seconds=round(time.monotonic() - begun, 1))
            start = last_told = last_tested = last_saved = time.monotonic()
            sums.zero_()
            told_steps = 0
            continue
        if told_steps >= 5 and now - last_told >= 5:
            loss, mae, norm = (sums / told_steps).tolist()
            if not np.isfinite(loss):
                sys.exit(f"step {numbers['step']}: the loss is no number; the checkpoint is older")
            now = time.monotonic()
            numbers["seconds"] += now - last_told
            tell("step", seconds=round(numbers["seconds"], 1), step=numbers["step"], labels=numbers["labels"],
                 loss=round(loss, 4), mae=round(mae, 3), norm=round(norm, 3), lr=round(lr * rate, 6),
                 labels_per_second=round(told_steps * given.batch / (now - last_told)))
            last_told, told_steps = now, 0
            sums.zero_()
        if now - last_tested >= 20:
            tell("test", seconds=round(numbers["seconds"], 1), step=numbers["step"], labels=numbers["labels"],
                 **errors(points, tested))
            last_tested = time.monotonic()
        if now - last_saved >= 60:
            checkpoint()
            last_saved = time.monotonic()
        if spent >= seconds:
            break
    stream.labels.close()
    tell("test", seconds=round(numbers["seconds"], 1), step=numbers["step"], labels=numbers["labels"],
         memory_gib=round(torch.cuda.max_memory_allocated() / 2**30, 1) if cuda else None, **errors(points, tested))
    checkpoint()
    picture(given.out)
    log.close()
    # What makes labels may still be in the middle of a batch that nobody wants.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
