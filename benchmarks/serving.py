"""Does the saved adapter answer alike wherever it is loaded? Greedy answers to held-out problems, compared.

    python benchmarks/serving.py outputs/latest --out benchmarks/results/serving.json

    peft     transformers with PEFT, the adapter beside its base
    merged   transformers, the adapter merged into the base and saved
    vllm     vLLM with LoRA, the adapter beside its base
    vllm merged

All compute in float32: in bfloat16 two tokens of nearly equal probability may change places. The base model and the
adapter are those of a run of the example; the exit status is 1 if one answer differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine

from vireward import TagFormat
from vireward.training import vllm_cpu
from vireward.training.data import load_problems, prompt
from vireward.training.problems import EASY, HELD_OUT

WAYS = ("peft", "merged", "vllm", "vllm merged")


def texts_of(model: Path, count: int) -> list[str]:
    """The prompts, as the chat template writes them."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    problems = load_problems(str(HELD_OUT), types=[EASY], limit=count).problems
    asked = [prompt(problem.question, TagFormat()) for problem in problems]
    return [tokenizer.apply_chat_template(it, tokenize=False, add_generation_prompt=True) for it in asked]


def by_transformers(model: Path, adapter: Path | None, merged: Path, texts: list[str], tokens: int) -> list[str]:
    """Greedy answers; where an adapter is given, it is merged afterwards and saved under `merged`."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model, padding_side="left")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    loaded: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    if adapter is not None:
        loaded = PeftModel.from_pretrained(loaded, str(adapter))
    loaded = loaded.to(device).eval()
    inputs = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(device)
    names = ("input_ids", "attention_mask")
    with torch.no_grad():
        ids = loaded.generate(
            **{name: inputs[name] for name in names},
            do_sample=False,
            max_new_tokens=tokens,
            pad_token_id=tokenizer.pad_token_id,
        )
    if adapter is not None:
        loaded.merge_and_unload().save_pretrained(merged)
        tokenizer.save_pretrained(merged)
    return list(tokenizer.batch_decode(ids[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True))


def by_vllm(model: Path, adapter: Path | None, texts: list[str], tokens: int) -> list[str]:
    """Greedy answers of vLLM."""
    import torch

    if not torch.cuda.is_available():
        vllm_cpu.prepare()
    from vllm import LLM, SamplingParams
    from vllm.lora.request import LoRARequest

    rank = 0 if adapter is None else json.loads((adapter / "adapter_config.json").read_text("utf-8"))["r"]
    with_lora = {"enable_lora": True, "max_lora_rank": rank} if adapter is not None else {}
    share = {"gpu_memory_utilization": 0.3} if torch.cuda.is_available() else {}
    engine = LLM(str(model), dtype="float32", max_model_len=512, enforce_eager=True, **share, **with_lora)
    lora = LoRARequest("adapter", 1, str(adapter)) if adapter is not None else None
    greedy = SamplingParams(temperature=0.0, max_tokens=tokens)
    # Special tokens stand in the texts already.
    prompts = [{"prompt_token_ids": engine.get_tokenizer().encode(it, add_special_tokens=False)} for it in texts]
    return [out.outputs[0].text for out in engine.generate(prompts, greedy, lora_request=lora, use_tqdm=False)]


def answers(way: str, args: argparse.Namespace, merged: Path) -> list[str]:
    """The greedy answers by one way of loading."""
    texts = texts_of(args.base, args.problems)
    if way == "peft":
        return by_transformers(args.base, args.adapter, merged, texts, args.tokens)
    if way == "merged":
        return by_transformers(merged, None, merged, texts, args.tokens)
    if way == "vllm":
        return by_vllm(args.base, args.adapter, texts, args.tokens)
    return by_vllm(merged, None, texts, args.tokens)


def main() -> int:
    """Have each way answer in a process of its own, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a run of the example")
    parser.add_argument("--problems", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.base, args.adapter = args.run / "base", args.run / "adapter"
    if args.work:
        way, folder = args.work[0], Path(args.work[1])
        (folder / f"{way}.json").write_text(json.dumps(answers(way, args, folder / "merged")), encoding="utf-8")
        return 0
    known = machine.circumstances(["benchmarks/serving.py", *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--work", way, folder], check=True, env=os.environ)
        found = {way: json.loads((Path(folder) / f"{way}.json").read_text("utf-8")) for way in WAYS}
    alike = {way: sum(a == b for a, b in zip(found[way], found["peft"], strict=True)) for way in WAYS}
    known |= {
        "gpu": machine.gpu_name(),
        "versions": machine.versions(),
        "problems": len(found["peft"]),
        "same_as_peft": alike,
    }
    print(", ".join(f"{way}: {count} of {len(found['peft'])}" for way, count in alike.items()))
    for way in WAYS:
        for one, other in zip(found[way], found["peft"], strict=True):
            if one != other:
                print(f"{way}: {one!r}, peft: {other!r}")
    if args.out:
        args.out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return int(set(alike.values()) != {len(found["peft"])})


if __name__ == "__main__":
    sys.exit(main())
