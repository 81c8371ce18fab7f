"""No network, and Hypothesis profiles: `ci` is the default; HYPOTHESIS_PROFILE=deep looks fifty times longer."""

import os

from hypothesis import HealthCheck, settings

# No test asks the network; without this a model that cannot be had is asked for again and again.
os.environ["HF_HUB_OFFLINE"] = "1"
# Threads that wait should sleep: two workers share the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A loaded machine makes a deadline flaky, and a slow draw is no defect of what is tested.
settings.register_profile(
    "ci", deadline=None, max_examples=100, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", settings.get_profile("ci"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
