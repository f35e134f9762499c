"""Simulators: one class for the CPU and one for the GPU, with the same interface."""
