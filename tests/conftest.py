"""No network, Hypothesis profiles, and packages that are installed for a test.

The profile `ci` is the default; HYPOTHESIS_PROFILE=deep looks fifty times longer; `make mutants` has one of its own.
"""

import os
import signal
import sys

import pytest
from hypothesis import HealthCheck, Phase, settings

# A package of its own, which a test installs; one of its modules cannot be imported, and is to be that way.
collect_ignore = ["plugin_package"]

# No test asks the network; without this a model that cannot be had is asked for again and again.
os.environ["HF_HUB_OFFLINE"] = "1"
# A shell starts what runs in the background, or under nohup, deaf to these; tests send them to processes of their own.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# Threads that wait should sleep: two workers share the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A loaded machine makes a deadline flaky, and a slow draw is no defect of what is tested.
settings.register_profile(
    "ci", deadline=None, max_examples=100, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", settings.get_profile("ci"), max_examples=5_000)
# Under a fault it matters that a test fails, and not on which smallest example; each run draws the same examples.
settings.register_profile(
    "mutants",
    settings.get_profile("ci"),
    max_examples=20,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def install(tmp_path_factory, monkeypatch):
    """Installs packages for a test, as an installer leaves them: modules and metadata in a folder of `sys.path`."""
    modules = set()

    def installed(name, entries="", **sources):
        folder = tmp_path_factory.mktemp("site")
        metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (metadata / "entry_points.txt").write_text(f"[vireward.rewards]\n{entries}\n", encoding="utf-8")
        for module, source in sources.items():
            (folder / f"{module}.py").write_text(source, encoding="utf-8")
        modules.update(sources)
        monkeypatch.syspath_prepend(folder)
        return metadata

    yield installed
    for module in modules:
        sys.modules.pop(module, None)
