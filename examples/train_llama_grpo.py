"""Train a model to reason about Vietnamese mathematics with GRPO: the tutorial's pipeline in its seven steps.

    python examples/train_llama_grpo.py                     Llama-3.2-1B on a GPU, the tiny preset on a CPU
    python examples/train_llama_grpo.py --preset tiny --seed 2
    python examples/train_llama_grpo.py --config run.yaml --learning_rate 1e-5
    python examples/train_llama_grpo.py --resume            go on after a stop

Every option of trl.GRPOConfig is there, those of trl.ModelConfig for LoRA, and those of vireward: see --help.
"""

import sys

from vireward.training import results
from vireward.training import run as steps


def main() -> int:
    """The seven steps; the tiny base model is warmed up on the problems, so the data come before it."""
    run = steps.check_environment(sys.argv[1:])  # 1  environment: preset, backend, folder
    steps.load_data(run)  # 4  data set: questions, golds, number style, the four rewards
    steps.load_base(run)  # 2  base model and tokenizer, prompt and completion lengths
    lora = steps.add_lora(run)  # 3  LoRA
    results.evaluate_before(run)
    done = steps.train(run, lora)  # 5  GRPO, 6  checkpoints and adapter
    if done:
        results.evaluate_after(run)  # 7  evaluation of the saved adapter
    results.finish(run)
    return 0 if done else steps.STOPPED


if __name__ == "__main__":  # vLLM may start processes that import this file
    sys.exit(steps.told_in_one_line(main))
