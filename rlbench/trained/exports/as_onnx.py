"""A policy as an ONNX model, for runtimes in any language."""

from collections.abc import Callable
from itertools import count

import numpy as np
import onnx
from gymnasium.spaces import Box
from onnx import TensorProto, helper, numpy_helper

from rlbench import __version__
from rlbench.policies.plain import PlainPolicy
from rlbench.trained.interface import Interface

OPSET, IR_VERSION = 17, 8
"""Of the year 2022: every runtime that is in use knows them."""
INPUT, OUTPUT = "obs", "action"


class _Graph:
    """Nodes and constants of a graph that is a chain."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._number = count()

    def then(self, operation: str, x: str, *constants: np.ndarray, **attributes: object) -> str:
        """Append an operation on x and constants; returns the name of its result."""
        names = [self._constant(each) for each in constants]
        result = f"{operation.lower()}_{next(self._number)}"
        self.nodes.append(helper.make_node(operation, [x, *names], [result], **attributes))
        return result

    def _constant(self, value: np.ndarray) -> str:
        name = f"constant_{next(self._number)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name


def content(plain: PlainPolicy, interface: Interface, about: dict[str, str]) -> bytes:
    """The model: `obs` [N, O] of float32, or [N] of int64, to `action` [N, A] of float32, or [N] of int64."""
    graph, is_box = _Graph(), isinstance(interface.actions, Box)
    x = INPUT
    if interface.states is not None:
        first, states = (np.array(int(each), np.int64) for each in (interface.states.start, interface.states.n))
        x = graph.then("OneHot", graph.then("Sub", x, first), states, np.array([0, 1], np.float32))
    x = graph.then("Add", graph.then("Mul", x, plain.scale), plain.shift)
    x = graph.then("Clip", x, np.array(-plain.limit, np.float32), np.array(plain.limit, np.float32))
    for layer, (weight, bias) in enumerate(plain.layers):
        x = graph.then("Tanh", x) if layer else x
        x = graph.then("Add", graph.then("MatMul", x, weight), bias)
    if is_box:
        x = graph.then("Min", graph.then("Max", x, interface.low), interface.high)
    else:
        x = graph.then("ArgMax", x, axis=1, keepdims=0)
        x = graph.then("Add", x, np.array(interface.actions.start, np.int64))  # type: ignore[union-attr]
    graph.nodes[-1].output[0] = OUTPUT
    whole, real = TensorProto.INT64, TensorProto.FLOAT
    seen = (whole, ["N"]) if interface.states is not None else (real, ["N", interface.space.obs_size])
    given = (real, ["N", len(interface.low)]) if is_box else (whole, ["N"])
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "policy",
            [helper.make_tensor_value_info(INPUT, *seen)],
            [helper.make_tensor_value_info(OUTPUT, *given)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="rlbench",
        producer_version=__version__,
    )
    helper.set_model_props(model, about)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def reader(file: bytes, interface: Interface) -> Callable[[np.ndarray], np.ndarray]:
    """The actions for many observations, as the reference implementation of ONNX computes them."""
    from onnx.reference import ReferenceEvaluator

    model = ReferenceEvaluator(onnx.load_model_from_string(file))
    dtype = np.int64 if interface.states is not None else np.float32

    def act(obs: np.ndarray) -> np.ndarray:
        [action] = model.run([OUTPUT], {INPUT: obs.astype(dtype)})
        return action.astype(interface.actions.dtype)

    return act


def usage(_: PlainPolicy, interface: Interface, name: str) -> str:
    """Python that runs the model with onnxruntime, and defines `act(obs)` for one observation."""
    dtype = "int64" if interface.states is not None else "float32"
    result = "action[0]" if isinstance(interface.actions, Box) else "int(action[0])"
    return "\n".join(
        (
            "import numpy as np",
            "import onnxruntime",
            "",
            f"session = onnxruntime.InferenceSession({name!r})",
            "",
            "",
            "def act(obs):",
            f'    [action] = session.run(["{OUTPUT}"], {{"{INPUT}": np.array([obs], np.{dtype})}})',
            f"    return {result}",
        )
    )
