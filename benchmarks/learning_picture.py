"""The learning curves of `benchmarks/learning.py` as one picture.

python benchmarks/learning_picture.py benchmarks/results/gpu_learning.json docs/learning.svg
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PANELS = {"right": "right", "right_vietnamese": "right, in Vietnamese notation", "format": "well formed"}
ROWS = {
    "What each set of rewards teaches": ("ours", "tutorial"),
    "Gates and schedules": ("ours", "gated", "scheduled", "answer"),
}
COLOURS = {"ours": "#0b6e4f", "tutorial": "#c1440e", "gated": "#3d5a98", "scheduled": "#8a5a9e", "answer": "#7a7a7a"}


def draw(sets: Mapping[str, Sequence[Mapping[str, Any]]], file: Path) -> None:
    """A row of panels for each question: the mean over the seeds as a line, each seed as a thin one."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = {title: [name for name in names if name in sets] for title, names in ROWS.items()}
    rows = {title: names for title, names in rows.items() if len(names) > 1}
    figure, axes = pyplot.subplots(
        len(rows), len(PANELS), figsize=(10, 3.1 * len(rows)), sharey=True, squeeze=False, layout="constrained"
    )
    for line, (title, names) in zip(axes, rows.items(), strict=True):
        for panel, (key, label) in zip(line, PANELS.items(), strict=True):
            for name in names:
                _curves(panel, name, key, sets[name])
            panel.set_title(label, fontsize=10)
            panel.set_xlabel("GRPO step")
            panel.set_ylim(0, 100)
            panel.grid(alpha=0.25)
            panel.spines[["top", "right"]].set_visible(False)
        line[0].set_ylabel(f"{title}\n% of held-out problems")
        line[-1].legend(frameon=False, fontsize=9, loc="lower right")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
    pyplot.close(figure)


def _curves(panel: Any, name: str, key: str, runs: Sequence[Mapping[str, Any]]) -> None:
    steps = [point["step"] for point in runs[0]["curve"]]
    values = [[100 * point[key] for point in run["curve"]] for run in runs]
    for one in values:
        panel.plot(steps, one, color=COLOURS[name], linewidth=0.7, alpha=0.45)
    mean = [sum(column) / len(column) for column in zip(*values, strict=True)]
    panel.plot(steps, mean, color=COLOURS[name], linewidth=2, label=name)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["sets"], Path(sys.argv[2]))
