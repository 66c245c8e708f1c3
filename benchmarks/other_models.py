"""`recurra.accelerate` on models that others wrote: equal results, and the time before and after, in one process.

Each model is built by its package with random weights; an accelerated copy stands beside it, and the two run in turn,
in inference and in training (forward and backward, dropout from the same seed). The ratio is taken round by round.
"last bit" is how far PyTorch's own gradients move when every weight moves by its last bit.
Packages that are not installed are named and passed over. To have them all (the second line without what only their
other parts need):

    pip install bi-lstm-crf demucs sb3-contrib stanza torch-geometric transformers
    pip install --no-deps denoiser julius torchaudio

    python benchmarks/other_models.py [--rounds 7] [--only stanza]
"""

import argparse
import copy
import importlib
import importlib.metadata
import importlib.util
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import recurra
from recurra.kernels import compiled
from recurra.nn.accelerate import replaced

Run = Callable[[nn.Module], Any]
Trial = tuple[nn.Module, Run]


# --- the models -------------------------------------------------------------------------------------------------------


def bi_lstm_crf() -> Iterator[Trial]:
    from bi_lstm_crf.model import BiRnnCrf

    lengths = torch.randint(10, 41, (32,)).sort(descending=True).values
    words = torch.randint(1, 5000, (32, int(lengths[0]))) * (torch.arange(int(lengths[0])) < lengths.unsqueeze(1))
    tags = torch.randint(20, words.shape)
    yield BiRnnCrf(5000, 20, 100, 256), lambda model: model.loss(words, tags)


def demucs() -> Iterator[Trial]:
    from demucs.hdemucs import HDemucs

    audio = torch.randn(1, 2, 44100)
    yield HDemucs(["drums", "bass", "other", "vocals"], channels=16), lambda model: model(audio)


def denoiser() -> Iterator[Trial]:
    from denoiser.demucs import Demucs

    audio = torch.randn(2, 1, 8000)
    yield Demucs(hidden=48), lambda model: model(audio)


def sb3_contrib() -> Iterator[Trial]:
    from gymnasium.spaces import Box
    from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
    from sb3_contrib.common.recurrent.type_aliases import RNNStates

    policy = RecurrentActorCriticPolicy(Box(-1, 1, (24,)), Box(-1, 1, (4,)), lambda _: 1e-3)
    seen, done = torch.randn(8 * 128, 24), torch.randn(8 * 128, 4)
    start = (torch.zeros(1, 8, 256), torch.zeros(1, 8, 256))
    states, new = RNNStates(start, start), torch.zeros(8 * 128)
    yield policy, lambda model: model.evaluate_actions(seen, done, states, new)


def stanza() -> Iterator[Trial]:
    from stanza.models.common.char_model import CharacterLanguageModel
    from stanza.models.tokenization.model import Tokenizer

    args = {"feat_dim": 5, "rnn_layers": 1, "conv_res": None, "use_mwt": True, "hierarchical": True}
    args |= {"hier_invtemp": 0.5, "tok_noise": 0.02}
    symbols, features, lengths = torch.randint(200, (32, 200)), torch.rand(32, 200, 5), [200] * 32
    yield Tokenizer(args, 200, 32, 64, 0.33, 0.05), lambda model: model(symbols, features, lengths)

    args = {"char_emb_dim": 100, "char_hidden_dim": 1024, "char_num_layers": 1}
    args |= {"char_dropout": 0.05, "char_rec_dropout": 0.0}
    model = CharacterLanguageModel(args, {"char": range(200)})
    yield model, lambda model: model(symbols[:16, :60], [60] * 16)[2]


def torch_geometric() -> Iterator[Trial]:
    from torch_geometric.nn import AttentiveFP, GatedGraphConv

    molecules, atoms, bonds = 64, 25, 54
    of = torch.arange(molecules).repeat_interleave(atoms)
    edges = torch.randint(atoms, (2, molecules * bonds)) + torch.arange(molecules).repeat_interleave(bonds) * atoms
    x, edge_attr = torch.randn(molecules * atoms, 39), torch.randn(molecules * bonds, 10)
    yield AttentiveFP(39, 200, 1, 10, 2, 2, dropout=0.2), lambda model: model(x, edges, edge_attr, of)
    yield GatedGraphConv(128, 4), lambda model: model(x, edges)


def torchaudio() -> Iterator[Trial]:
    """From single files: the package itself loads a library that wants a GPU's runtime."""
    tacotron = _file_of("torchaudio", "models/tacotron2.py").Tacotron2(decoder_dropout=0.1)
    tokens, sizes = torch.randint(148, (64, 20)), torch.full((64,), 20)
    mel, steps = torch.randn(64, 80, 12), torch.full((64,), 12)
    yield tacotron, lambda model: model(tokens, sizes, mel, steps)

    waves = _file_of("torchaudio", "models/wavernn.py").WaveRNN([5, 5, 8], 512, 200)
    audio, frames = torch.randn(2, 1, 800), torch.randn(2, 1, 128, 8)
    yield waves, lambda model: model(audio, frames)

    speech = _file_of("torchaudio", "models/deepspeech.py").DeepSpeech(80, 512)
    sound = torch.randn(16, 1, 100, 80)
    yield speech, lambda model: model(sound)


def transformers() -> Iterator[Trial]:
    from transformers import EncodecConfig, EncodecModel

    audio = torch.randn(2, 1, 24000)
    encoder = EncodecModel(EncodecConfig()).encoder
    yield encoder, lambda model: model(audio)


PACKAGES = (bi_lstm_crf, demucs, denoiser, sb3_contrib, stanza, torch_geometric, torchaudio, transformers)


def _file_of(package: str, path: str) -> Any:
    """Import one file of a package without the package."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    spec = importlib.util.spec_from_file_location(Path(path).stem, Path(found.submodule_search_locations[0], path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- what is measured -------------------------------------------------------------------------------------------------


def tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return [tensor for part in parts for tensor in tensors(part)]


def train(model: nn.Module, run: Run) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs, and the gradients of their weighted mean by every parameter."""
    model.train()
    torch.manual_seed(1)
    model.zero_grad()
    outputs = [out for out in tensors(run(model)) if out.requires_grad]
    sum((out * torch.linspace(-1, 1, out.numel()).view_as(out)).mean() for out in outputs).backward()
    return outputs, [p.grad for p in model.parameters() if p.grad is not None]


def infer(model: nn.Module, run: Run) -> list[Tensor]:
    model.eval()
    torch.manual_seed(1)  # some drop out even here
    with torch.inference_mode():
        return tensors(run(model))


def nudged(model: nn.Module) -> nn.Module:
    """A copy whose weights are moved by their last bit: how far rounding alone takes results apart."""
    other = copy.deepcopy(model)
    torch.manual_seed(2)
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(1 + 2**-23 * torch.randint(-1, 2, p.shape))
    return other


def difference(found: list[Tensor], expected: list[Tensor]) -> float:
    """Largest difference, as a part of the largest number of its tensor, or of a hundredth of the largest of all."""
    largest = max(float(e.abs().max()) for e in expected)
    pairs = zip(found, expected, strict=True)
    return max(float((f - e).abs().max()) / max(float(e.abs().max()), 1e-2 * largest) for f, e in pairs)


def milliseconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


def in_turn(action: Callable[[nn.Module, Run], Any], models: list[nn.Module], run: Run, rounds: int) -> list[float]:
    """Milliseconds with either model, and how many times as fast the second is: medians over the rounds."""
    for model in models:
        action(model, run)
    times = [[milliseconds(lambda model=model: action(model, run)) for model in models] for _ in range(rounds)]
    ratios = [before / after for before, after in times]
    return [*(statistics.median(column) for column in zip(*times, strict=True)), statistics.median(ratios)]


def measure(package: str, model: nn.Module, run: Run, rounds: int) -> str:
    fast, other = recurra.accelerate(copy.deepcopy(model)), nudged(model)
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(Counter(replaced(fast).values()).items()))
    same = difference(infer(fast, run), infer(model, run))
    (outputs, grads), (expected, expected_grads) = train(fast, run), train(model, run)
    same = max(same, difference(outputs, expected))
    grads_same = difference(grads, expected_grads)
    rounding = difference(train(other, run)[1], expected_grads)
    speeds = [in_turn(action, [model, fast], run, rounds) for action in (infer, train)]
    shown = " | ".join(f"{before:.1f} | {after:.1f} | {ratio:.2f}" for before, after, ratio in speeds)
    package += " " + importlib.metadata.version(package.replace("_", "-"))
    differences = f"{same:.0e} | {grads_same:.0e} | {rounding:.0e}"
    return f"| {package} | {type(model).__name__} | {kinds} | {differences} | {shown} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", help="one package")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, kernels {compiled.instruction_set() or 'off'}"
    )
    print("| package | model | replaced | outputs | gradients | last bit", end="")
    print(" | inference ms | after | x | training ms | after | x |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for package in PACKAGES:
        name = package.__name__
        if options.only not in (None, name):
            continue
        torch.manual_seed(1)
        try:
            for model, run in package():
                print(measure(name, model, run, options.rounds), flush=True)
        except ImportError as error:
            print(f"| {name} | not installed: {error} |" + " |" * 11, flush=True)


if __name__ == "__main__":
    main()
