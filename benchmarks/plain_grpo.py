"""The tutorial's settings as one plain script, without this library's trainer, guards and diagnostics.

    python benchmarks/plain_grpo.py --backend unsloth --model FOLDER --steps 4 --max_seq_length 2048

What `benchmarks/gpu_pipeline.py` measures the example against. Its four reward functions are those of the tutorial, in
the linear time of `vireward.tutorial`.
"""

import argparse
import json
from pathlib import Path

from vireward import TagFormat
from vireward.training.data import gold_of, prompt
from vireward.training.problems import TRAIN
from vireward.tutorial import check_answer, check_numbers, match_format_approximately, match_format_exactly

ROWS = 1_400
LORA = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def rows() -> list[dict[str, object]]:
    """Prompts and golds of as many of the bundled problems as the example is given."""
    found = [json.loads(line) for line in Path(TRAIN).read_text(encoding="utf-8").splitlines()[:ROWS]]
    return [{"prompt": prompt(row["query_vi"], TagFormat()), "answer": gold_of(row["response_vi"])} for row in found]


def model_of(args: argparse.Namespace) -> tuple[object, object, object]:
    """Model, tokenizer and LoRA configuration, as each backend takes them."""
    if args.backend == "trl":
        from peft import LoraConfig
        from transformers import AutoTokenizer

        lora = LoraConfig(r=64, lora_alpha=64, target_modules=LORA, task_type="CAUSAL_LM")
        return args.model, AutoTokenizer.from_pretrained(args.model, padding_side="left"), lora
    from unsloth import FastLanguageModel

    base, tokenizer = FastLanguageModel.from_pretrained(
        model_name=args.model,
        max_seq_length=args.max_seq_length,
        load_in_4bit=False,
        fast_inference=True,
        max_lora_rank=64,
        gpu_memory_utilization=0.8,
    )
    model = FastLanguageModel.get_peft_model(
        base, r=64, lora_alpha=64, target_modules=LORA, use_gradient_checkpointing="unsloth", random_state=3407
    )
    return model, tokenizer, None


def settings_of(args: argparse.Namespace, completion: int) -> object:
    """The tutorial's settings; without a GPU, for a rehearsal, smaller ones."""
    import torch
    from trl import GRPOConfig

    on_gpu = {
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 64,
        "optim": "adamw_torch_fused",
        "use_vllm": True,
        "vllm_mode": "colocate",
        "vllm_gpu_memory_utilization": 0.8,
        "vllm_max_model_length": args.max_seq_length,
    }
    rehearsal = {"use_cpu": True, "bf16": False, "per_device_train_batch_size": 8}
    return GRPOConfig(
        args.output_dir,
        learning_rate=5e-6,
        weight_decay=5e-4,
        warmup_steps=0.1,
        lr_scheduler_type="cosine",
        logging_steps=1,
        num_generations=8,
        max_completion_length=min(completion, args.max_completion_length or completion),
        max_steps=args.steps,
        save_steps=250,
        max_grad_norm=0.1,
        seed=3407,
        report_to="none",
        **(on_gpu if torch.cuda.is_available() else rehearsal),
    )


def main() -> None:
    """Train for some steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=("unsloth", "trl"), required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--max_seq_length", type=int, default=2_048)
    parser.add_argument("--max_completion_length", type=int)
    parser.add_argument("--output_dir", default="outputs_bz2")
    args = parser.parse_args()
    model, tokenizer, lora = model_of(args)
    from datasets import Dataset
    from trl import GRPOTrainer

    data = Dataset.from_list(rows())
    longest = max(
        len(tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=False)) for row in data
    )
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=[match_format_exactly, match_format_approximately, check_answer, check_numbers],
        args=settings_of(args, args.max_seq_length - longest - 1),
        train_dataset=data,
        peft_config=lora,
    )
    trainer.train()


if __name__ == "__main__":
    main()
