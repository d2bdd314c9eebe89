"""Turns what ``train_reader.py`` made into the int8 ONNX file that the package ships.

    pip install onnx onnxscript
    python tests/benchmarks/quantise_reader.py FOLDER assistant/weights/reader.int8.onnx

The graph takes ``input_ids``, ``attention_mask`` and ``token_type_ids`` (batch, tokens) and gives one logit a token
(batch, tokens). The SHA-256 of the file goes into ``assistant/reader.py``.
"""

import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from train_reader import Marker

from assistant.store import file_sha256

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def main() -> None:
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    model = Marker(attention="eager").eval()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    example = tuple(torch.ones(2, 16, dtype=torch.long) for _ in INPUTS)
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "exact.onnx"
        torch.onnx.export(
            model,
            example,
            str(exact),
            input_names=INPUTS,
            output_names=["logits"],
            dynamic_axes={name: axes for name in [*INPUTS, "logits"]},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(exact, target, weight_type=QuantType.QInt8, per_channel=True)
    print(target.stat().st_size, file_sha256(target))


if __name__ == "__main__":
    main()
