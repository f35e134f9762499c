"""The network written as a newcomer would, for autograd to differentiate."""

import itertools

import torch


def plain(theta, sizes, x):
    """The output, and how many of theta's entries it used. A weight lies in theta with its shorter side first."""
    at = 0
    for layer, (i, o) in enumerate(itertools.pairwise(sizes)):
        flat, bias = theta[:, at : at + i * o], theta[:, at + i * o : at + i * o + o]
        weight = flat.reshape(-1, i, o) if i <= o else flat.reshape(-1, o, i).transpose(1, 2)
        x = x @ weight + bias.unsqueeze(1)
        x = torch.tanh(x) if layer < len(sizes) - 2 else x
        at += i * o + o
    return x, at
