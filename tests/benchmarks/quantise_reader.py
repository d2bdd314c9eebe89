"""Turns what ``train_reader.py`` made into the int8 ONNX file that the package ships.

    pip install onnx onnxscript
    python tests/benchmarks/quantise_reader.py FOLDER assistant/weights/reader.int8.onnx [multilingual-e5-small]

The graph takes ``input_ids`` (or ``inputs_embeds``, with 384 numbers a token), ``attention_mask`` and
``token_type_ids`` (batch, tokens) and gives one logit a token (batch, tokens). The SHA-256 of the file goes into
``assistant/reader.py``.
"""

import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from reader_models import BASES, Marker
from safetensors.torch import load_file

from assistant.store import file_sha256


def main() -> None:
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    base = BASES[sys.argv[3] if len(sys.argv) > 3 else "all-MiniLM-L6-v2"]()
    model = Marker(base, "eager").eval()
    model.load_state_dict(load_file(folder / "model.safetensors"))
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
        quantize_dynamic(exact, target, weight_type=QuantType.QInt8, per_channel=True)
    print(target.stat().st_size, file_sha256(target))


if __name__ == "__main__":
    main()
