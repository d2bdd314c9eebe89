"""Turns the published all-MiniLM-L6-v2 weights into the int8 ONNX file that the package ships.

    pip install onnx onnxscript
    python tests/benchmarks/quantise_embedder.py assistant/weights/all-MiniLM-L6-v2.int8.onnx

The graph takes ``input_ids`` and ``attention_mask`` (batch, tokens) and gives the mean-pooled, normalised sentence
vectors (batch, 384). Weights are quantised to int8 per channel, activations dynamically. The SHA-256 of the file goes
into ``assistant/embedder.py``.
"""

import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

from assistant.embedder import _package_folder
from assistant.store import file_sha256


class Pooled(torch.nn.Module):
    """The encoder with its mean pooling and normalisation."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, dim=1)


def main() -> None:
    target = Path(sys.argv[1])
    encoder = AutoModel.from_pretrained(_package_folder(), local_files_only=True, attn_implementation="eager").eval()
    example = (torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long))
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        torch.onnx.export(
            Pooled(encoder),
            example,
            str(exact),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(exact, target, weight_type=QuantType.QInt8, per_channel=True)
    print(target.stat().st_size, file_sha256(target))


if __name__ == "__main__":
    main()
