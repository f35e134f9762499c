"""A policy as NumPy arrays, which ten lines of NumPy drive."""

import io
import json
from collections.abc import Callable

import numpy as np
from gymnasium.spaces import Box

from rlbench.policies.plain import PlainPolicy
from rlbench.trained.interface import Interface


def content(plain: PlainPolicy, interface: Interface, about: dict[str, str]) -> bytes:
    """The file: arrays of float32, numbers, and `about` as JSON."""
    arrays: dict[str, np.ndarray] = {
        "scale": plain.scale,
        "shift": plain.shift,
        "limit": np.array(plain.limit, np.float32),
    }
    for layer, (weight, bias) in enumerate(plain.layers):
        arrays |= {f"weight_{layer}": weight, f"bias_{layer}": bias}
    if plain.log_std is not None:
        arrays["log_std"] = plain.log_std
    if isinstance(interface.actions, Box):
        arrays |= {"low": interface.low, "high": interface.high}
    else:
        arrays["first_action"] = np.array(interface.actions.start)
    if interface.states is not None:
        arrays |= {"states": np.array(interface.states.n), "first_state": np.array(interface.states.start)}
    arrays["about"] = np.array(json.dumps(about))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def reader(file: bytes, interface: Interface) -> Callable[[np.ndarray], np.ndarray]:
    """The actions for many observations, from the file's content alone."""
    with np.load(io.BytesIO(file), allow_pickle=False) as archive:
        arrays = dict(archive)
    depth = sum(name.startswith("bias_") for name in arrays)
    layers = [(arrays[f"weight_{n}"], arrays[f"bias_{n}"]) for n in range(depth)]
    read = PlainPolicy(arrays["scale"], arrays["shift"], float(arrays["limit"]), layers, arrays.get("log_std"))

    def act(obs: np.ndarray) -> np.ndarray:
        seen = np.eye(int(arrays["states"]))[obs - arrays["first_state"]] if "states" in arrays else obs
        output = read.output(seen)
        if "low" in arrays:
            return np.clip(output, arrays["low"], arrays["high"]).astype(interface.actions.dtype)
        return arrays["first_action"] + output.argmax(1)

    return act


def usage(plain: PlainPolicy, interface: Interface, name: str) -> str:
    """Python that reads the file with NumPy alone, and defines `act(obs)` for one observation."""
    last = len(plain.layers) - 1
    lines = ["import numpy as np", "", f"policy = dict(np.load({name!r}))", "", "", "def act(obs):"]
    if interface.states is not None:
        lines.append('    obs = np.eye(policy["states"])[obs - policy["first_state"]]')
    lines.append(
        '    x = np.clip(np.float32(obs) * policy["scale"] + policy["shift"], -policy["limit"], policy["limit"])'
    )
    if last:
        lines.append(f"    for n in range({last}):")
        lines.append('        x = np.tanh(x @ policy[f"weight_{n}"] + policy[f"bias_{n}"])')
    lines.append(f'    x = x @ policy["weight_{last}"] + policy["bias_{last}"]')
    if isinstance(interface.actions, Box):
        lines.append('    return np.clip(x, policy["low"], policy["high"])')
    else:
        lines.append('    return int(policy["first_action"] + x.argmax())')
    return "\n".join(lines)
