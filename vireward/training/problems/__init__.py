r"""Small Vietnamese word problems, written for this library, to train and test a tiny model on a CPU.

Each line of `train.jsonl` and `held_out.jsonl` is one object with the columns of the MetaMath translation the
`llama-3.2-1b` preset trains on, so that both go down the same path. One raw line:

    {"query_vi": "Lan có 5 quả táo, Nam cho Lan thêm 3 quả. Hỏi Lan có bao nhiêu quả táo?",
     "response_vi": "Lấy 5 + 3 = 8.\n#### 8\nĐáp án là: 8", "type": "easy_add_sub"}

The gold is what follows the last anchor, `Đáp án là:` or `Câu trả lời là:`. Numbers are in Vietnamese notation: a
decimal comma, and a dot or a space between thousands. `python -m vireward.training.problems.generate` writes both
files again, byte for byte.

Types: `easy_add_sub` (one step, answers 1 to 18), `money`, `decimal`, `units`, `percent`, `fraction`, `two_step` and
`handwritten`. The held-out easy problems share no sentence, name or object with the ones trained on, only the number
facts: they ask whether the model read the sentence, not whether it has seen the sum.
"""

from pathlib import Path
from typing import Final

TRAIN: Final = Path(__file__).with_name("train.jsonl")
HELD_OUT: Final = Path(__file__).with_name("held_out.jsonl")
EASY: Final = "easy_add_sub"
