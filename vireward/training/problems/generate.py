"""Write `train.jsonl` and `held_out.jsonl` again: `python -m vireward.training.problems.generate`."""

import json
import random
from pathlib import Path
from typing import Final

from vireward.training.problems import (
    EASY,
    HELD_OUT,
    TRAIN,
    casts,
    chains,
    decimals,
    easy,
    easy_wording,
    measures,
    parts,
    prices,
    shares,
)
from vireward.training.problems.draft import Draft

SEED: Final = 3407  # the preset's seed; another one gives other numbers and names
EASY_COUNTS: Final = (1_400, 300)  # rows to train on, rows held out
COUNTS: Final = (60, 21)  # rows of each further type: to train on, held out
HANDWRITTEN: Final = Path(__file__).with_name("handwritten.jsonl")

TYPES: Final[dict[str, tuple[casts.Template, ...]]] = {
    "money": prices.MONEY,
    "decimal": decimals.DECIMAL,
    "units": measures.UNITS,
    "percent": shares.PERCENT,
    "fraction": parts.FRACTION,
    "two_step": chains.TWO_STEP,
}

Row = dict[str, str]


def rows() -> tuple[list[Row], list[Row]]:
    """Every row of `train.jsonl` and of `held_out.jsonl`, in order."""
    rng = random.Random(SEED)
    asked: set[str] = set()
    wordings, actors = (easy_wording.TRAIN, easy_wording.HELD_OUT), (casts.TRAIN, casts.HELD_OUT)
    files: list[list[Row]] = []
    for split, wording, cast, easy_count, count in zip(
        ("train", "held_out"), wordings, actors, EASY_COUNTS, COUNTS, strict=True
    ):
        made = [_row(one, one.ended_plainly(rng), EASY) for one in easy.drafts(wording, easy_count, rng)]
        for kind, templates in TYPES.items():
            made += [_row(one, one.ended(rng), kind) for one in _drafts(templates, cast, count, rng, asked)]
        files.append(made + _handwritten(split))
    return files[0], files[1]


def _row(draft: Draft, response: str, kind: str) -> Row:
    return {"query_vi": draft.query, "response_vi": response, "type": kind}


def _drafts(
    templates: tuple[casts.Template, ...], cast: casts.Cast, count: int, rng: random.Random, asked: set[str]
) -> list[Draft]:
    """`count` problems from the templates in turn, none of them in `asked`, where they are entered."""
    made: list[Draft] = []
    while len(made) < count:
        draft = templates[len(made) % len(templates)](rng, cast)
        if draft.query not in asked:
            asked.add(draft.query)
            made.append(draft)
    return made


def _handwritten(split: str) -> list[Row]:
    lines = HANDWRITTEN.read_text(encoding="utf-8").splitlines()
    found: list[Row] = [json.loads(line) for line in lines]
    return [{key: row[key] for key in ("query_vi", "response_vi", "type")} for row in found if row["split"] == split]


def jsonl(made: list[Row]) -> str:
    """The rows as the text of a file: one object a line, accents unescaped."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in made)


def main() -> None:
    """Write both files."""
    for path, made in zip((TRAIN, HELD_OUT), rows(), strict=True):
        path.write_text(jsonl(made), encoding="utf-8")


if __name__ == "__main__":
    main()
