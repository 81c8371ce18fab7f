"""An estimate of a GPU's memory, in GiB, before anything is loaded on it.

What is counted, for a model of P parameters (P_lora of them in adapters), B completions of T tokens a forward pass:

    vLLM         its share of the whole device: weights and KV cache, which grows into what is left of the share
    weights      P × 4 bytes: TRL loads them in float32; none beside Unsloth's vLLM, which shares its own
    adapters     P_lora × 16 bytes: weight, gradient and the two moments of AdamW in float32
    activations  B × T × (8 × hidden + 3 × inner) × 3 bytes a layer, and 2 bytes a parameter outside the embeddings;
                 with gradient checkpointing B × T × hidden × 2 bytes a layer, and twice the former for one layer
    logits       B × completion × min(vocabulary, 32768) × 4 bytes × 2: TRL goes through the vocabulary in such tiles

The factors are those of a model of Llama-3.2-1B's shape with LoRA r = 64 under bf16 autocast on one H100, where the sum
of weights, adapters and activations met the peak of eight batches within 3 %. The whole sum met the peaks of four runs
on an H200, with TRL and with Unsloth, within 1 %. Fragmentation, the CUDA context and kernels' workspace are not
counted: a finding means "likely", and none "perhaps".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from vireward.training.preflight.finding import Finding

GIB = 2**30
TILE = 32_768  # of the vocabulary, in TRL 1.16
_OPTIMISED = 16  # bytes for each trained parameter


@dataclass(frozen=True, slots=True)
class Shape:
    """What the size of a model depends on.

    Attributes:
        parameters: All of them.
        matrices: The projections that LoRA is put on, as (inputs, outputs).
        layers: Decoder layers.
        hidden: Width of the residual stream.
        inner: Width of the feed-forward part.
        vocabulary: Tokens.
        cached: Values that the KV cache keeps for a token in one layer.
    """

    parameters: int
    matrices: tuple[tuple[int, int], ...]
    layers: int
    hidden: int
    inner: int
    vocabulary: int
    cached: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Parts of a GPU's memory, in GiB."""

    vllm: float
    weights: float
    adapters: float
    activations: float
    logits: float

    @property
    def total(self) -> float:
        """All parts together."""
        return self.vllm + self.weights + self.adapters + self.activations + self.logits

    def __str__(self) -> str:
        return " + ".join(f"{part.name} {getattr(self, part.name):.1f}" for part in fields(self))


def shape_of(name: str, targets: list[str] | None) -> Shape:
    """The shape of a model, from its configuration alone: it is built without memory, on torch's device `meta`."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(name)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    linear = [(path.rpartition(".")[2], part) for path, part in model.named_modules() if hasattr(part, "in_features")]
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return Shape(
        parameters=sum(weight.numel() for weight in model.parameters()),
        matrices=tuple((part.in_features, part.out_features) for path, part in linear if path in (targets or ())),
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        inner=getattr(text, "intermediate_size", None) or 4 * text.hidden_size,
        vocabulary=text.vocab_size,
        cached=2 * heads * size,
    )


def estimate(shape: Shape, settings: Mapping[str, Any], device: float, *, unsloth: bool = False) -> Estimate:
    """The memory that a run takes on each GPU.

    Args:
        shape: The model's.
        settings: Settings of run, trainer and model by name.
        device: The whole memory of the GPU, in GiB.
        unsloth: Whether trainer and vLLM share their weights, as Unsloth has it.
    """
    colocated = unsloth or (settings["use_vllm"] and settings["vllm_mode"] == "colocate")
    tokens = settings["max_seq_length"] * settings["per_device_train_batch_size"]
    completion = settings["max_completion_length"] or settings["max_seq_length"]
    logits = settings["per_device_train_batch_size"] * completion * min(shape.vocabulary, TILE) * 4 * 2
    adapters = settings["lora_r"] * sum(map(sum, shape.matrices)) * _OPTIMISED
    weights = 0.0 if unsloth else shape.parameters * 4
    share = settings["vllm_gpu_memory_utilization"] * device if colocated else 0.0
    return Estimate(share, *(part / GIB for part in (weights, adapters, _activations(shape, settings, tokens), logits)))


def _activations(shape: Shape, settings: Mapping[str, Any], tokens: int) -> float:
    """What the backward pass finds kept, in bytes; without checkpointing also 16-bit copies of the weights."""
    short = settings["bf16"] or settings["fp16"]
    size = 2 if short else 4
    inside = tokens * (8 * shape.hidden + 3 * shape.inner) * 1.5 * size
    if settings["gradient_checkpointing"]:
        return shape.layers * tokens * shape.hidden * size + 2 * inside
    return shape.layers * inside + (2 * (shape.parameters - shape.vocabulary * shape.hidden) if short else 0)


def memory_findings(
    shape: Shape, settings: Mapping[str, Any], device: float, *, unsloth: bool = False
) -> Iterator[Finding]:
    """What does not fit, by the estimate; the first of it.

    Args:
        shape: The model's.
        settings: Settings of run, trainer and model by name.
        device: The whole memory of the GPU, in GiB.
        unsloth: Whether trainer and vLLM share their weights.
    """
    parts = estimate(shape, settings, device, unsloth=unsloth)
    cache = settings["max_seq_length"] * shape.layers * shape.cached * 2
    least = (shape.parameters * 2 + cache) / GIB
    if parts.vllm and parts.vllm < least:
        share = settings["vllm_gpu_memory_utilization"]
        what = (
            f"{parts.vllm:.1f} GiB for vLLM, and weights and the cache of one completion take {least:.1f} (estimated)"
        )
        way = f"raise it to {min(0.95, least / device + 0.1):.2f}"
        yield Finding("warning", f"--vllm_gpu_memory_utilization {share}", what, way)
    elif parts.total > device:
        what = f"an estimate of {parts.total:.1f} GiB ({parts}), and the device has {device:.1f}"
        way = "lower --vllm_gpu_memory_utilization, --per_device_train_batch_size or --max_seq_length"
        if not settings["gradient_checkpointing"]:
            way = f"set --gradient_checkpointing true, or {way}"
        yield Finding("warning", "GPU memory", what, way)
