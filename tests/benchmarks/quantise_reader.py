"""Turns what ``train_reader.py`` made into the int8 ONNX file that the package ships.

    pip install onnx onnxscript
    python tests/benchmarks/quantise_reader.py FOLDER[:SHARE] … assistant/weights/reader.int8.onnx
        [--model all-mpnet-base-v2] [--smooth EXAMPLES.jsonl]

Of several folders, stages of one training, the mean of the weights is taken, each counting by its share (1 unless
told; Wortsman et al., "Model soups", ICML 2022): a late stage alone has forgotten some of what an early one knew.
Activations have eight bits a text, and in MPNet some channels are far larger than the others. With ``--smooth`` the
channels that are large on examples of ``reader_data.py`` are made smaller and their weights larger (Xiao et al.,
"SmoothQuant", ICML 2023).
The graph takes ``input_ids`` (or ``inputs_embeds``, with 384 numbers a token), ``attention_mask`` and
``token_type_ids`` (batch, tokens) and gives one logit a token (batch, tokens). The SHA-256 of the file goes into
``assistant/reader.py``.
"""

import argparse
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from reader_data import read_examples
from reader_models import BASES, Base, Marker, given
from safetensors.torch import load_file
from train_reader import SEED, Row, encoded, tensors

from assistant.store import file_sha256

SMOOTHED_ON = 64
STRENGTH = 0.65
"""How much of a channel's size goes from the activations to the weights, from 0 to 1 (tried: LOG.md)."""


class Smoothed(torch.nn.Module):
    """A linear layer: its inputs' channels are divided by ``scale``, shape (inputs,), and its weights multiplied."""

    inverse: torch.Tensor

    def __init__(self, layer: torch.nn.Linear, scale: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("inverse", 1 / scale)
        self.layer = torch.nn.Linear(layer.in_features, layer.out_features)
        self.layer.weight.data = layer.weight.data * scale
        self.layer.bias.data = layer.bias.data

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.layer(inputs * self.inverse)
        return outputs


def smooth(model: Marker, base: Base, rows: list[Row]) -> None:
    """Put a ``Smoothed`` layer in place of each linear one of the encoder, by what they are given for some rows."""
    largest: dict[str, torch.Tensor] = {}
    layers = {name: layer for name, layer in model.encoder.named_modules() if isinstance(layer, torch.nn.Linear)}

    def watched(name: str) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
        def watch(_: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            here = given[0].abs().amax((0, 1))
            largest[name] = torch.maximum(largest.get(name, here), here)

        return watch

    hooks = [layer.register_forward_pre_hook(watched(name)) for name, layer in layers.items()]
    with torch.inference_mode():
        for row in rows:
            ids, segments, mask, _ = tensors([row])
            model(*given(base, ids, mask, segments))
    for hook in hooks:
        hook.remove()
    for name, layer in layers.items():
        weights = layer.weight.data.abs().amax(0).clamp(min=1e-4)
        scale = largest[name].clamp(min=1e-4) ** STRENGTH / weights ** (1 - STRENGTH)
        above, _, own = name.rpartition(".")
        setattr(model.encoder.get_submodule(above), own, Smoothed(layer, (scale / scale.median()).clone()))


def mean_of(folders: list[str]) -> dict[str, torch.Tensor]:
    """Return the mean of the weights in folders named FOLDER or FOLDER:SHARE."""
    shares = {Path(name): float(share or 1) for name, _, share in (folder.partition(":") for folder in folders)}
    stages = [(share / sum(shares.values()), load_file(name / "model.safetensors")) for name, share in shares.items()]
    return {key: torch.stack([share * stage[key] for share, stage in stages]).sum(0) for key in stages[0][1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("target", type=Path)
    parser.add_argument("--model", choices=BASES, default="all-MiniLM-L6-v2")
    parser.add_argument("--smooth", type=Path)
    options = parser.parse_args()
    base = BASES[options.model]()
    model = Marker(base, "eager").eval()
    model.load_state_dict(mean_of(options.folders))
    if options.smooth:
        rng = random.Random(SEED)
        found = [encoded(example, base, rng) for example in read_examples(options.smooth)[:SMOOTHED_ON]]
        smooth(model, base, [row for row in found if row])
    ones = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "exact.onnx"
        torch.onnx.export(
            model,
            given(base, ones, ones, ones),
            str(exact),
            input_names=list(base.inputs),
            output_names=["logits"],
            dynamic_axes={name: axes for name in [*base.inputs, "logits"]},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(exact, options.target, weight_type=QuantType.QInt8, per_channel=True)
    print(options.target.stat().st_size, file_sha256(options.target))


if __name__ == "__main__":
    main()
