"""Joining a Ray cluster or starting a Ray of our own, and what its nodes are: the code they have, and their resources.

Nothing joins a Ray by accident. Without an address a Ray of our own starts, which nobody else can join; `auto` joins a
Ray that this user runs on this machine, or the cluster that `ray job submit` has brought the command to.
"""

import contextlib
import os
import pwd
import shutil
import signal
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlbench.errors import Fault, UserError, say_error
from rlbench.sweep.launchers.ray_node import NodeCode, describe_node, differences_of_code, sees

OWN = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_worker_niceness": "0",
}
"""Variables of the environment while Ray starts or is joined: it reports to nobody, prints no advice, and its jobs have
the usual priority."""
OBJECT_STORE = 128 * 2**20
"""Bytes for messages in a Ray of our own. A checkpoint is the largest that may be among them."""
ANSWER_SECONDS = 120.0
"""How long a node may take to answer the first question: it starts a process for it."""
LONGEST_FOLDER = 30
"""Characters of a temporary folder in which the names of Ray's sockets still fit."""


@dataclass(frozen=True)
class Node:
    """A node of a cluster that can run jobs."""

    key: str
    """Ray's identifier."""
    host: str
    address: str
    cores: int
    gpus: float
    memory: int
    """Bytes that Ray gives to jobs."""
    code: NodeCode


@contextlib.contextmanager
def joined(address: str, cores: int) -> Iterator[str]:
    """Join the cluster at an address, or start a Ray of our own with so many cores; gives where we are, in words."""
    submitted = not address and "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ
    own = not address and not submitted
    secret = {}
    if own and "ray" not in sys.modules:  # Ray reads it when it is loaded
        secret = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": ssl.RAND_bytes(32).hex()}
    with _environment({**OWN, **secret}), _signals_kept():  # the workers of the Ray inherit it; this process does not
        import ray

        if ray.is_initialized():
            raise UserError("This program is at work with a Ray already. End that with ray.shutdown(), then try again.")
        folder = _own_folder() if own else ""
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "FATAL"}
        try:
            if own:
                ray.init(
                    address="local",
                    num_cpus=cores,
                    include_dashboard=False,
                    object_store_memory=OBJECT_STORE,
                    _temp_dir=folder,
                    **quiet,
                )
            elif address == "auto":
                os.environ["RAY_ADDRESS"] = find_own()  # of what Ray finds by itself some may be of other users
                ray.init(address="auto", **quiet)
            else:
                ray.init(address=address or os.environ["RAY_ADDRESS"], **quiet)
        except BaseException as error:  # of any kind, as where a slow machine is not ready in time, or Ctrl-C
            ray.shutdown()
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, UserError) or not isinstance(error, Exception):
                raise
            raise _not_joined(address, error) from None
    try:
        yield "a Ray of our own" if own else f"Ray at {ray.get_runtime_context().gcs_address}"
    finally:
        ray.shutdown()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _own_folder() -> str:
    """A folder of the Ray's own, so that no other program takes it for the Ray of this machine."""
    usual = tempfile.gettempdir()
    return tempfile.mkdtemp(prefix="rlb-", dir=usual if len(usual) <= LONGEST_FOLDER else "/tmp")


def _not_joined(address: str, error: BaseException) -> UserError:
    if not address:
        return UserError(f"Ray does not start here: {say_error(error)}. Without it: --launcher local")
    if "ersion mismatch" in str(error):
        text = " ".join(str(error).split())
        return UserError(f"The Ray of the cluster is not the one that is installed here. {text}")
    return UserError(
        f"The Ray cluster at {address} cannot be joined: {say_error(error)}.",
        f"This machine must be a node of it: ray status --address {address}. From outside: ray job submit "
        "--address http://HOST:8265 -- rlbench run ...",
    )


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for the length of the block, after which Ray's are what they were."""
    before = {name: value for name, value in os.environ.items() if name.startswith("RAY_")}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in [each for each in os.environ if each.startswith("RAY_")]:
            del os.environ[name]
        os.environ.update(before)


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Put back the handler of SIGTERM, which Ray replaces: ours stops the jobs in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def find_own(processes: Path = Path("/proc")) -> str:
    """The address of the Ray that this user runs on this machine; a UserError where there is none, or more than one."""
    users: dict[str, int] = {}
    for folder in processes.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            given = next((word for word in words if word.startswith("--gcs-address=")), "")
            if given and words[0].endswith("/raylet"):
                users[given.partition("=")[2]] = folder.stat().st_uid
    ours = sorted(address for address, user in users.items() if user == os.getuid())
    if len(ours) == 1:
        return ours[0]
    if ours:
        raise UserError(f"Several Rays are at work on this machine: {', '.join(ours)}. Say which: --address {ours[0]}")
    if users:
        address, user = next(iter(users.items()))
        raise UserError(
            f"The Ray on this machine, at {address}, is of another user, {_name(user)}.",
            f"To join it all the same: --address {address}",
        )
    raise UserError(
        "No Ray is at work on this machine.",
        "Start one with: ray start --head, or leave --address out",
    )


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def look_at_nodes() -> list[Node]:
    """The nodes that can run jobs; a UserError where one has no rlbench or does not answer."""
    import ray

    alive = [each for each in ray.nodes() if each["Alive"] and each["Resources"].get("CPU", 0) >= 1]
    if not alive:
        raise UserError("The Ray cluster has no node with a core. See: ray status")
    asked = [_on(each["NodeID"]).remote(describe_node) for each in alive]
    nodes = []
    for each, reference in zip(alive, asked, strict=True):
        has = each["Resources"]
        key, host, address = each["NodeID"], each["NodeManagerHostname"], each["NodeManagerAddress"]
        code = _answer(reference, f"{host} ({address})")
        cores, gpus, memory = int(has["CPU"]), float(has.get("GPU", 0)), int(has.get("memory", 0))
        nodes.append(Node(key, host, address, cores, gpus, memory, code))
    return nodes


def refuse_other_code(nodes: Sequence[Node]) -> None:
    """A UserError if a node would train by other code than this machine."""
    here, found = describe_node(), []
    for node in nodes:
        if told := differences_of_code(node.code, here):
            found.append(f"{node.host} ({node.address}) has {', '.join(told)}")
    if found:
        raise UserError(f"Nodes differ in what decides results: {'; '.join(found)}. Install the same on all of them")


def all_see(nodes: Sequence[Node], path: Path, content: str) -> bool:
    """Whether every node finds a file of this content at this path, so that they share the file system."""
    asked = [_on(node.key).remote(sees, str(path), content) for node in nodes]
    return all(_answer(each, node.host) for node, each in zip(nodes, asked, strict=True))


def _on(key: str) -> Any:
    """A remote function that calls a function on one node, whatever else is at work there."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    place = NodeAffinitySchedulingStrategy(node_id=key, soft=False)
    return ray.remote(_call).options(num_cpus=0, max_retries=0, name="rlbench/look", scheduling_strategy=place)


def _call(function: Any, *arguments: Any) -> Any:
    return function(*arguments)


def _answer(reference: Any, who: str) -> Any:
    import ray

    try:
        return ray.get(reference, timeout=ANSWER_SECONDS)
    except ray.exceptions.GetTimeoutError:
        raise UserError(f"The node {who} has not answered for {ANSWER_SECONDS:.0f} s. See: ray status") from None
    except ray.exceptions.RayTaskError as error:
        cause = " ".join(str(error.cause).split())
        if isinstance(error.cause, ImportError) or "No module named" in str(error):
            raise UserError(
                f"rlbench cannot be imported on the node {who}: {cause}. Install it there: pip install 'rlbench[ray]'"
            ) from None
        raise Fault(f"The node {who} has failed: {cause}") from None
    except ray.exceptions.RayError as error:
        raise Fault(f"The node {who} has failed: {say_error(error)}") from None
