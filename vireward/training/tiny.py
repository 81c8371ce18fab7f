"""A small Llama with its own tokenizer: with one million parameters the pipeline runs on any CPU."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vireward.tags import TagFormat

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 1_024  # byte-level BPE tokens
LENGTH = 256  # tokens of prompt and completion

_START, _END_OF_TURN, _PAD = "<|begin_of_text|>", "<|eot_id|>", "<|finetune_right_pad_id|>"
_HEADER, _END_OF_HEADER = "<|start_header_id|>", "<|end_header_id|>"
_TEMPLATE = (
    "{{ '<|begin_of_text|>' }}"
    "{% for message in messages %}"
    "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] + '<|eot_id|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' + PREFILLED }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Size:
    """The shape of a Llama: width of the residual stream and of the feed-forward part, layers, heads."""

    hidden: int = 128
    inner: int = 384
    layers: int = 4
    heads: int = 4
    cached_heads: int = 4  # of keys and values


SMALLEST = Size()


def chat_template(tags: TagFormat) -> str:
    """Llama 3's, whose prompt ends with the opening reasoning tag where the format has it prefilled."""
    return _TEMPLATE.replace("PREFILLED", repr(tags.open_reasoning if tags.prefilled else ""))


def build_tokenizer(
    texts: Sequence[str], tags: TagFormat, *, vocabulary: int = VOCABULARY, length: int = LENGTH
) -> "PreTrainedTokenizerFast":
    """Train a byte-level BPE tokenizer with a Llama-3-style chat template; each digit and each tag is one token.

    The tags are ordinary tokens, not special ones, which a trainer would strip from the completions.

    Args:
        texts: What it is trained on.
        tags: The answer format.
        vocabulary: Tokens at most, without the tags.
        length: Tokens of prompt and completion together.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[_START, _END_OF_TURN, _PAD, _HEADER, _END_OF_HEADER],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(tag, special=False, normalized=False) for tag in tags.tags])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=_START,
        eos_token=_END_OF_TURN,
        pad_token=_PAD,
        chat_template=chat_template(tags),
        model_max_length=length,
        clean_up_tokenization_spaces=False,
    )


def build_model(tokenizer: "PreTrainedTokenizerFast", size: Size = SMALLEST) -> "LlamaForCausalLM":
    """A Llama with random weights and tied embeddings; of the default size it has 1.0 M parameters."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.cached_heads,
        max_position_embeddings=2 * tokenizer.model_max_length,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def save(model: "LlamaForCausalLM", tokenizer: "PreTrainedTokenizerFast", folder: Path) -> None:
    """Save both under `folder`, which exists only once they are whole."""
    import shutil

    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    model.save_pretrained(unfinished)
    tokenizer.save_pretrained(unfinished)
    unfinished.rename(folder)
