"""What every test runs under."""

import os

# As workers have it; more threads than one would only wait for each other on arrays this small.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
