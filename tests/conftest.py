"""What every test runs under."""

import os

# As workers have it; more threads than one would only wait for each other on arrays this small.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import torch

torch.set_num_threads(1)
