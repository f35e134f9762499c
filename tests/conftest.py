"""What every test runs under."""

import torch

torch.set_num_threads(1)  # as workers do; more threads than one would only wait for each other on tensors this small
