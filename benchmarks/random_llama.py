"""A Llama with random weights of exactly the shape of Llama-3.2-1B, for figures of speed and memory without a hub.

    python benchmarks/random_llama.py FOLDER

16 layers of width 2,048 with 8,192 inside, 32 heads of which 8 are cached, a vocabulary of 128,256 and tied embeddings:
1.236 B parameters (https://huggingface.co/meta-llama/Llama-3.2-1B, config.json). The tokenizer is trained on the
bundled problems and filled up with made-up words. Such a model never stops by itself: each completion runs to its
limit.
"""

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

from vireward.tags import TagFormat
from vireward.training import tiny
from vireward.training.data import load_problems
from vireward.training.problems import TRAIN

VOCABULARY, LENGTH = 128_256, 4_096
SHAPE = tiny.Size(hidden=2_048, inner=8_192, layers=16, heads=32, cached_heads=8)
_ONSETS, _RIMES = "bcdghklmnprstvx", ("a", "an", "e", "en", "i", "in", "o", "ong", "u", "uc", "y", "em")


def write(folder: Path, size: tiny.Size = SHAPE, vocabulary: int = VOCABULARY) -> None:
    """Write model and tokenizer under a folder, in bfloat16; a folder that is there already is left as it is."""
    import torch

    if folder.exists():
        return
    tags = TagFormat()
    problems = load_problems(str(TRAIN)).problems
    texts = [text for problem in problems for text in (problem.question, problem.solution)]
    tokenizer = _filled(tiny.build_tokenizer(texts, tags, vocabulary=4_096, length=LENGTH), vocabulary)
    torch.manual_seed(3407)
    torch.set_default_dtype(torch.bfloat16)
    model = tiny.build_model(tokenizer, size)
    torch.set_default_dtype(torch.float32)
    print(f"{folder}: {model.num_parameters():,} parameters, vocabulary {len(tokenizer):,}", flush=True)
    tiny.save(model, tokenizer, folder)


def _filled(tokenizer: Any, vocabulary: int) -> Any:
    """A tokenizer whose unused tokens are words that it never makes of a text but writes when a model samples them."""
    from tokenizers import Tokenizer

    state = json.loads(tokenizer.backend_tokenizer.to_str())
    known = state["model"]["vocab"]
    syllables = [onset + rime for onset in _ONSETS for rime in _RIMES]
    words = (f"Ġ{'x'.join(word)}x" for word in itertools.product(syllables, repeat=3))
    for number, word in zip(range(len(tokenizer), vocabulary), (it for it in words if it not in known), strict=False):
        known[word] = number
    tokenizer._tokenizer = Tokenizer.from_str(json.dumps(state))
    return tokenizer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    write(parser.parse_args().folder)
