"""What needs an NVIDIA device and torch: one's own network without a copy, and set-ups where games and network are apart."""

import numpy as np
import pytest

import boneyard

torch = pytest.importorskip("torch", reason="torch is not installed here: networks on CUDA without a copy are not tested")
if not torch.cuda.is_available():
    pytest.skip("torch finds no CUDA device here: networks on CUDA without a copy are not tested", allow_module_level=True)
if not any(name.startswith("cuda") for name in boneyard.devices()["devices"]):
    pytest.skip("boneyard finds no CUDA device here: networks on it are not tested", allow_module_level=True)

OPTIONS = dict(games=8, samples=40)


class Small(torch.nn.Module):
    """A network that reads everything: a layer a token, attention by the mask, a layer a slot."""

    def __init__(self, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.first = torch.nn.Linear(12, 48)
        self.attention = torch.nn.MultiheadAttention(48, 4, batch_first=True)
        self.last = torch.nn.Linear(48, 1)

    def forward(self, tokens, mask, current_player):
        x = torch.relu(self.first(tokens.float() / 4))
        x = x + self.attention(x, x, x, key_padding_mask=~mask, need_weights=False)[0]
        own = 1 + 7 * current_player[:, None] + torch.arange(7, device=x.device)
        return 10 * self.last(x[torch.arange(len(x), device=x.device)[:, None], own])[:, :, 0], None


@pytest.fixture(autouse=True)
def plain_f32():
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


def rows(evaluator, device, **options):
    batches = [batch.numpy() for batch in boneyard.generate(evaluator=evaluator, device=device, **{**OPTIONS, **options})]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def near(left, right):
    """E[Q] where the same was played: networks on two machines differ in the last bits, and a near tie may go either way."""
    assert (left["seed"] == right["seed"]).all()
    agree = (left["plays"] == right["plays"]).all(1)
    assert agree.mean() > 0.8
    np.testing.assert_allclose(left["e_q"][agree], right["e_q"][agree], atol=3 / 256)


def test_a_module_on_the_games_device_is_the_module_on_the_cpu():
    module = Small().eval()
    expected = rows(boneyard.network(module), "cpu")
    there = Small().eval().cuda()
    near(rows(boneyard.network(there), "cuda:0"), expected)
    # Games on the CPU, the module on the GPU; games on the GPU, the module on the CPU.
    near(rows(boneyard.network(there), "cpu"), expected)
    near(rows(boneyard.network(module), "cuda:0"), expected)


def exact(tokens, mask):
    """Whole numbers from whole numbers, whatever computes them."""
    tokens = tokens.long() if isinstance(tokens, torch.Tensor) else torch.from_numpy(tokens).long()
    mask = mask if isinstance(mask, torch.Tensor) else torch.from_numpy(mask)
    weights = torch.arange(1, 13, device=tokens.device)
    left = (tokens[:, 1:29] * weights).sum(2).reshape(-1, 4, 7) * tokens[:, 1:29, 8].reshape(-1, 4, 7)
    mover = (tokens[:, 1:29:7, 5] == 0).int().argmax(1)
    own = left[torch.arange(len(tokens), device=tokens.device), mover]
    return (own + mask.sum(1)[:, None] - left.sum((1, 2))[:, None] // 9).float() / 8


def arrays(tokens, mask):
    return exact(tokens, mask).numpy()


def test_tokens_on_the_device_are_those_of_the_host():
    """To the bit: a function of whole numbers makes the same rows wherever tokens are made and it runs."""
    expected = rows(arrays, "cpu")
    seen = set()

    def function(tokens, mask):
        seen.add((tokens.device.type, tokens.dtype, tokens.shape[1:], mask.dtype, mask.shape[1:]))
        return exact(tokens, mask)

    for device, batch in (("cuda:0", None), ("cuda:0", 1000), ("cpu", None)):
        found = rows(boneyard.network(function, device="cuda", batch=batch), device)
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=f"{name} of games on {device}")
    assert seen == {("cuda", torch.int8, (32, 12), torch.bool, (32,))}
    for found in (rows(arrays, "cuda:0"), rows(boneyard.network(exact, device="cpu"), "cuda:0")):
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_nothing_is_copied_through_the_host():
    """Memory of the host grows by nothing like the tokens, and a tensor shares the memory of what it was made of."""
    from boneyard._tensors import OfTensors

    pointers = []

    class Spy(OfTensors):
        def in_place(self, tokens, outputs, ordinal):
            told, out = tokens.__cuda_array_interface__, outputs.__cuda_array_interface__
            assert told["version"] == 3 and told["typestr"] == "|i1" and out["strides"] == (32, 4)
            tensor = torch.as_tensor(tokens, device=f"cuda:{ordinal}")
            pointers.append((told["data"][0], tensor.data_ptr()))
            super().in_place(tokens, outputs, ordinal)

    network = boneyard.network(exact, device="cuda")
    name, batch, call, _ = network._parts
    network._parts = (name, batch, call, Spy(exact, "cuda", name).in_place)
    rows(network, "cuda:0", games=2)
    assert pointers and all(one == other for one, other in pointers)


def test_a_network_stands_beside_the_solver_on_the_device():
    of = boneyard.network(exact, device="cuda")
    for make in (lambda it: boneyard.cascade(3, "solver", it), lambda it: boneyard.corrected(4, it)):
        here, there = rows(make(arrays), "cpu", games=3), rows(make(of), "cuda:0", games=3)
        for name in here:
            np.testing.assert_array_equal(here[name], there[name], err_msg=name)


def test_another_stream_of_torch_is_waited_for():
    side = torch.cuda.Stream()

    def function(tokens, mask):
        # Long work before the values, on a stream of its own that the current one waits for.
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            x = torch.ones(2048, 2048, device=tokens.device)
            for _ in range(20):
                x = x @ x / 2048
            values = exact(tokens, mask) + 0 * x[0, 0]
        torch.cuda.current_stream().wait_stream(side)
        return values

    expected, found = rows(arrays, "cpu", games=2), rows(boneyard.network(function, device="cuda"), "cuda:0", games=2)
    np.testing.assert_array_equal(found["e_q"], expected["e_q"])


@pytest.mark.parametrize(
    "function, error, sentence",
    [
        (lambda tokens, mask: torch.zeros(len(tokens), 8, device="cuda"), ValueError, "expected values of shape"),
        (lambda tokens, mask: None, TypeError, "expected a tensor of values"),
        (lambda tokens, mask: torch.full((len(tokens), 7), float("nan"), device="cuda"), boneyard.Error, "no numbers"),
        (lambda tokens, mask: {}["x"], KeyError, "x"),
    ],
)
def test_bad_values_are_errors(function, error, sentence):
    with pytest.raises(error) as raised:
        rows(boneyard.network(function, device="cuda"), "cuda:0", games=1)
    assert sentence in str(raised.value)


def test_a_second_device():
    if torch.cuda.device_count() < 2:
        pytest.skip("there is one CUDA device here: games and network on two are not tested")
    expected = rows(arrays, "cpu", games=3)
    for games, network in (("cuda:0", "cuda:1"), ("cuda:1", "cuda:0"), ("cuda:1", "cuda:1")):
        found = rows(boneyard.network(exact, device=network), games, games=3)
        np.testing.assert_array_equal(found["e_q"], expected["e_q"])


def test_open_hands_are_solved_on_cuda():
    batch = next(boneyard.generate(games=200, samples=2, evaluator="playout", device="cpu", batch_games=200))
    given = {"hands": boneyard.deal(batch["seed"]), "declaration": batch["declaration"], "leader": 0, "plays": batch["plays"]}
    late = {name: value if np.ndim(value) == 0 else value[batch["ply"] >= 8] for name, value in given.items()}
    np.testing.assert_array_equal(boneyard.solve(late, device="cuda"), boneyard.solve(late))
