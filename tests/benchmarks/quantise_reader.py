"""Turns what ``train_reader.py`` made into the int8 ONNX file that the package ships.

    pip install onnx onnxscript
    python tests/benchmarks/quantise_reader.py FOLDER[:SHARE] … assistant/weights/reader.int8.onnx
        [--model multilingual-e5-small]

Of several folders, stages of one training, the mean of the weights is taken, each counting by its share (1 unless
told; Wortsman et al., "Model soups", ICML 2022): a late stage alone has forgotten some of what an early one knew.
The graph takes ``input_ids`` (or ``inputs_embeds``, with 384 numbers a token), ``attention_mask`` and
``token_type_ids`` (batch, tokens) and gives one logit a token (batch, tokens). The SHA-256 of the file goes into
``assistant/reader.py``.
"""

import argparse
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from reader_models import BASES, Marker
from safetensors.torch import load_file

from assistant.store import file_sha256


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
    options = parser.parse_args()
    base = BASES[options.model]()
    model = Marker(base, "eager").eval()
    model.load_state_dict(mean_of(options.folders))
    ones = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "exact.onnx"
        torch.onnx.export(
            model,
            (base.taken(ones), ones, ones),
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
