"""The network: the function of docs/NETWORK.md, tensor for tensor, on folded tokens, with heads that only training has."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SIZES = {"tiny": (24, 2, 2, 32), "small": (128, 4, 4, 512), "standard": (256, 8, 6, 512)}
"""Width, attention heads, layers, feed-forward size."""

UNIT = 20.0
"""The heads speak of so many points, which is about the spread of values; files have points."""

TABLES = [
    ("high_pip_embed", 7, True),
    ("low_pip_embed", 7, True),
    ("is_double_embed", 2, False),
    ("count_value_embed", 3, False),
    ("trump_rank_embed", 8, True),
    ("player_id_embed", 4, False),
    ("is_current_embed", 2, False),
    ("is_partner_embed", 2, False),
    ("is_remaining_embed", 2, False),
    ("token_type_embed", 8, True),
    ("decl_embed", 10, True),
    ("leader_embed", 4, False),
]
"""Of the twelve features of a token: name, rows, whether wide (a sixth of the width) or narrow (a twelfth)."""

OF_ROLE = (5, 6, 7, 8, 9, 11)
"""Features that say who has the domino and as what; the others follow from declaration and domino."""

DOMINO_ROWS, ROLE_ROWS = 290, 256
DOMINOES = [(high, low) for high in range(7) for low in range(high + 1)]


def trump_rank(high: int, low: int, declaration: int) -> int:
    """0 for the highest trump, 7 for what is no trump."""
    if declaration in (7, 8):  # doubles, as trumps or as a suit
        return 6 - high if high == low else 7
    if declaration not in (high, low):
        return 7
    if high == low:
        return 0
    above = sum(1 for other in range(high + low - declaration + 1, 7) if other != declaration)
    return 1 + above


def domino_features() -> torch.Tensor:
    """The features of each row of dominoes, `[290, 12]`; those of roles are 0."""
    rows = torch.zeros(DOMINO_ROWS, 12, dtype=torch.long)
    for declaration in range(10):
        for number, (high, low) in enumerate(DOMINOES):
            count = 2 if high + low == 10 else 1 if high + low == 5 else 0
            features = [high, low, int(high == low), count, trump_rank(high, low, declaration)]
            rows[declaration * 29 + number, :5] = torch.tensor(features)
        rows[declaration * 29 : declaration * 29 + 29, 10] = declaration
    return rows


def role_features() -> torch.Tensor:
    """The features of each role, `[256, 12]`; those of dominoes are 0."""
    rows = torch.zeros(ROLE_ROWS, 12, dtype=torch.long)
    for role in range(ROLE_ROWS):
        kind, relative, held, leader = role // 32, role // 8 % 4, role // 4 % 2, role % 4
        own, partner = int(kind != 0 and relative == 0), int(kind != 0 and relative == 2)
        rows[role, list(OF_ROLE)] = torch.tensor([relative, own, partner, held, kind, leader])
    return rows


class Layer(nn.Module):
    """Attention, then a feed-forward block, each added to what came in and normalised after."""

    def __init__(self, width: int, heads: int, feed_forward: int) -> None:
        super().__init__()
        self.heads = heads
        self.self_attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.linear1, self.linear2 = nn.Linear(width, feed_forward), nn.Linear(feed_forward, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        n, tokens, width = x.shape
        attention = self.self_attn
        projected = F.linear(x, attention.in_proj_weight, attention.in_proj_bias)
        parts = projected.view(n, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=there)
        mixed = attention.out_proj(mixed.transpose(1, 2).reshape(n, tokens, width))
        x = self.norm1(x + mixed)
        return self.norm2(x + self.linear2(F.relu(self.linear1(x))))


class Network(nn.Module):
    """From folded tokens to the values of the mover's seven dominoes."""

    def __init__(self, width: int, heads: int, layers: int, feed_forward: int) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        wide = [width // 6 if is_wide else width // 12 for *_, is_wide in TABLES]
        for (name, rows, _), columns in zip(TABLES, wide):
            self.add_module(name, nn.Embedding(rows, columns))
        self.input_proj = nn.Linear(sum(wide), width)
        self.transformer = nn.Module()
        self.transformer.layers = nn.ModuleList(Layer(width, heads, feed_forward) for _ in range(layers))
        self.output_proj, self.value_head = nn.Linear(width, 1), nn.Linear(width, 1)
        # How probable each of -42 to 42 points is, by slot: dropped at export.
        self.points_head = nn.Linear(width, 85)
        self.register_buffer("domino_features", domino_features(), persistent=False)
        self.register_buffer("role_features", role_features(), persistent=False)
        in_role = torch.cat([torch.full((n,), feature in OF_ROLE) for feature, n in enumerate(wide)])
        self.register_buffer("in_role", in_role, persistent=False)
        for layer in self.transformer.layers:
            # The three projections start as three square matrices, not as one.
            for part in layer.self_attn.in_proj_weight.chunk(3):
                nn.init.xavier_uniform_(part)

    def rows(self) -> torch.Tensor:
        """What each row of dominoes, and then of roles, adds to the first activations: `[546, D]`, in f32.

        Zeros fill it up to 576 rows, which multiply faster.
        """

        def look_up(features: torch.Tensor) -> torch.Tensor:
            parts = [getattr(self, name).weight[features[:, i]] for i, (name, *_) in enumerate(TABLES)]
            return torch.cat(parts, 1)

        dominoes = look_up(self.domino_features) * ~self.in_role
        roles = look_up(self.role_features) * self.in_role
        weight = self.input_proj.weight
        rows = torch.cat([dominoes @ weight.T, roles @ weight.T + self.input_proj.bias])
        return F.pad(rows, (0, 0, 0, 576 - len(rows)))

    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        """From tokens `[B, 32, 2]` int16, -1 where absent, to `[B, 32, D]`.

        A product with ones and zeros: its gradient is a product too, where that of a look-up would add half a million
        rows into 546, one after the other.
        """
        with torch.autocast(tokens.device.type, enabled=False):
            rows = self.rows()
        number = torch.arange(len(rows), device=tokens.device, dtype=torch.int16)
        domino = (tokens[:, :, :1] == number) & (number < DOMINO_ROWS)
        role = (tokens[:, :, 1:] == number - DOMINO_ROWS) & (number >= DOMINO_ROWS)
        return (domino | role).to(rows.dtype) @ rows

    def hidden(self, tokens: torch.Tensor) -> torch.Tensor:
        """The activations after the last layer: the mover's hand stands in rows 0 to 6, the context in 28."""
        there = (tokens[:, :, 0] >= 0)[:, None, None, :].expand(-1, 1, 32, -1)
        x = self.embed(tokens)
        for layer in self.transformer.layers:
            x = layer(x, there)
        return x

    def forward(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Values `[B, 7]` and the position's `[B]`, in units of `UNIT` points; logits of points `[B, 7, 85]`."""
        x = self.hidden(tokens)
        own = x[:, :7]
        return self.output_proj(own)[..., 0], self.value_head(x[:, 28])[..., 0], self.points_head(own)

    def points(self, tokens: torch.Tensor) -> torch.Tensor:
        """Values in points, `[B, 7]`."""
        return self.output_proj(self.hidden(tokens)[:, :7])[..., 0].float() * UNIT


def of_size(size: str) -> Network:
    return Network(*SIZES[size])


def folded(tokens: np.ndarray) -> torch.Tensor:
    """Folded tokens `[N, 32, 2]` uint16 as int16, -1 where there is none."""
    return torch.from_numpy(tokens.view(np.int16))


def export(network: Network, path: Path) -> None:
    """Writes f16 safetensors, with points as outputs, that `net:FILE` reads."""
    tensors = {}
    for name, tensor in network.state_dict().items():
        if name.startswith("points_head"):
            continue
        tensor = tensor.detach().float()
        if name.startswith("output_proj"):
            tensor = tensor * UNIT
        elif name.startswith("value_head"):
            tensor = tensor * (UNIT / 42)
        tensors[name] = tensor.cpu().half().contiguous().numpy()
    header, end = {"__metadata__": {"n_heads": str(network.heads), "loss_mode": "qvalue"}}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [end, end + tensor.nbytes]}
        end += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(tensor.tobytes())
    temporary.replace(path)


def load(path: Path) -> Network:
    """Reads what `export` has written, in f32; the head of points is not in it."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    heads = int(header.pop("__metadata__")["n_heads"])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(raw[start + begin : start + end], np.float16).reshape(entry["shape"])
        scale = {"output_proj": 1 / UNIT, "value_head": 42 / UNIT}.get(name.split(".")[0], 1.0)
        tensors[name] = torch.from_numpy(array.astype(np.float32) * scale)
    layers = sum(name.endswith("linear1.weight") for name in tensors)
    width, feed_forward = len(tensors["input_proj.bias"]), len(tensors["transformer.layers.0.linear1.bias"])
    network = Network(width, heads, layers, feed_forward)
    missing = network.load_state_dict(tensors, strict=False)
    if missing.unexpected_keys or any(not name.startswith("points_head") for name in missing.missing_keys):
        raise ValueError(f"{path}: tensors do not fit: {missing}")
    return network.eval()


def parameters(network: Network) -> int:
    """How many numbers the exported network has."""
    return sum(p.numel() for name, p in network.named_parameters() if not name.startswith("points_head"))
