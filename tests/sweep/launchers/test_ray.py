"""The launcher of Ray, without Ray: its options, what nodes tell, which Ray is joined, and files that are carried."""

import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import replace

import pytest

from rlbench.errors import UserError, say_missing
from rlbench.sweep.launchers import ray as ray_launcher
from rlbench.sweep.launchers import ray_cluster, ray_node
from rlbench.sweep.launchers.carried_files import Carrier, all_pieces, write_pieces
from rlbench.sweep.launchers.contract import Done, Failed, Restarted
from rlbench.sweep.launchers.ray_node import (
    Assignment,
    JobActor,
    append,
    describe_node,
    differences_of_code,
    name_of,
    say_loss,
    wait_for_claims,
)
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.request import read_request
from rlbench.training.claims import take_claim
from rlbench.training.job import Finished, Progress


def read(**options):
    return read_request(RawOptions(["ppo"], ["CartPole-v1"], **options), None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"address": "auto"}, "--address is for --launcher ray, not for local"),
        ({"launcher": "slurm", "address": "auto"}, "--address is for --launcher ray, not for slurm"),
        ({"launcher": "ray", "partition": "x"}, "--partition is for --launcher slurm, not for ray"),
        ({"launcher": "ray", "address": "ray://head:10001"}, "Ray Client is no longer maintained"),
        ({"launcher": "ray", "address": "http://head:8265"}, "ray job submit --address http://HOST:8265"),
        ({"launcher": "ray", "address": "head"}, "--address is HOST:PORT, or auto"),
        ({"launcher": "ray", "address": 6379}, "--address is HOST:PORT, or auto"),
        ({"launcher": "ray", "workers": "0"}, "--workers is a whole number of at least 1"),
    ],
    ids=range(8),
)
def test_options_that_cannot_be(options, words):
    with pytest.raises(UserError) as told:
        read(**options)
    assert words in str(told.value)


@pytest.mark.parametrize("address", ["auto", "head-1.example:6379", "10.0.0.1:6379", "[fe80::1]:6379"])
def test_addresses(address):
    assert read(launcher="ray", address=address).launching.address == address


def test_without_ray_a_line_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("RAY_worker_niceness", "7")
    before = dict(os.environ)
    with pytest.raises(ImportError) as told, ray_cluster.joined("", 1):
        pass
    assert "pip install 'rlbench[ray]'" in (say_missing(told.value) or "")
    assert dict(os.environ) == before
    assert not any(tmp_path.iterdir())


class FakeRay:
    """As much of Ray as it takes to join one."""

    def __init__(self, error):
        self.error, self.ended, self.given = error, 0, {}

    def is_initialized(self):
        return False

    def init(self, **given):
        self.given = given
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.environ["RAY_AUTH_MODE"] = "of Ray's own"
        raise self.error

    def shutdown(self):
        self.ended += 1


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        (
            "",
            Exception("The current node timed out\nduring startup."),
            "Ray does not start here: Exception: The current",
        ),
        ("h:1", ConnectionError("no"), "cannot be joined: ConnectionError: no. This machine must be a node of it"),
        (
            "h:1",
            RuntimeError("Version mismatch: the cluster\n was started with Ray: 2.40"),
            "was started with Ray: 2.40",
        ),
    ],
    ids=range(3),
)
def test_a_ray_that_cannot_be_joined(monkeypatch, tmp_path, address, error, words):
    fake = FakeRay(error)
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("RAY_JOB_CONFIG_JSON_ENV_VAR", raising=False)
    before, handler = dict(os.environ), signal.getsignal(signal.SIGTERM)
    with pytest.raises(UserError) as told, ray_cluster.joined(address, 3):
        pass
    assert words in str(told.value)
    assert "\n" not in str(told.value)
    assert (dict(os.environ), signal.getsignal(signal.SIGTERM)) == (before, handler)
    assert fake.ended == 1
    assert fake.given["address"] == (address or "local")
    assert not any(path.is_dir() and path.name.startswith("rlb-") for path in tmp_path.iterdir())


def test_within_a_submitted_job_its_cluster_is_joined(monkeypatch):
    fake = FakeRay(ConnectionError("no"))
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(UserError), ray_cluster.joined("", 1):
        pass
    assert fake.given["address"] == "10.0.0.1:6379"


def test_ctrl_c_while_ray_starts_leaves_nothing(monkeypatch, tmp_path):
    fake = FakeRay(KeyboardInterrupt())
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), ray_cluster.joined("", 1):
        pass
    assert fake.ended == 1
    assert not any(tmp_path.iterdir())


@pytest.fixture
def processes(tmp_path):
    """A folder like /proc; makes processes in it."""

    def make(number, *words):
        folder = tmp_path / "proc" / str(number)
        folder.mkdir(parents=True)
        (folder / "cmdline").write_bytes(b"\0".join(word.encode() for word in words))
        return folder

    make(1, "/bin/init")
    (tmp_path / "proc" / "meminfo").write_text("")
    return make, tmp_path / "proc"


def test_auto_is_the_ray_of_this_user(processes):
    make, folder = processes
    with pytest.raises(UserError, match="No Ray is at work on this machine"):
        ray_cluster.find_own(folder)
    make(7, "/usr/ray/raylet", "--gcs-address=10.0.0.1:6379")
    make(8, "/usr/bin/python", "--gcs-address=10.0.0.9:6379")
    assert ray_cluster.find_own(folder) == "10.0.0.1:6379"
    make(9, "/usr/ray/raylet", "--gcs-address=10.0.0.1:6379")  # a second node of the same cluster
    assert ray_cluster.find_own(folder) == "10.0.0.1:6379"
    make(10, "/usr/ray/raylet", "--gcs-address=10.0.0.2:6379")
    with pytest.raises(UserError, match=r"Several Rays .* --address 10\.0\.0\.1:6379"):
        ray_cluster.find_own(folder)


def test_the_ray_of_another_user_is_not_joined(processes, monkeypatch):
    make, folder = processes
    make(7, "/usr/ray/raylet", "--gcs-address=10.0.0.1:6379")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(UserError, match=r"is of another user, .* --address 10\.0\.0\.1:6379"):
        ray_cluster.find_own(folder)


def test_differences_between_nodes():
    here = describe_node()
    assert differences_of_code(here, here) == []
    assert differences_of_code(replace(here, processor="another"), here) == []
    there = replace(here, versions={**here.versions, "torch": "1.0", "python": "2.7.1"}, source="0123456789")
    assert differences_of_code(there, here) == [
        f"python 2.7.1 there, {here.versions['python']} here",
        f"torch 1.0 there, {here.versions['torch']} here",
        f"other source of rlbench, 01234567 there, {here.source[:8]} here",
    ]


def test_names_of_jobs(make_job):
    assert name_of(make_job(seeds=(0, 1, 2, 3, 4))) == f"{make_job().label}/{make_job().env}/seeds 0-4"
    assert name_of(make_job(seeds=(3,))).endswith("/seed 3")


def test_of_progress_that_nobody_has_seen_the_latest_is_kept():
    events = []
    for event in (
        Progress(1, (1.0, None), ("a",)),
        Progress(2, (2.0, 1.0), ("b",)),
        Finished(0, "finished", 2, 1.0, 1.0),
        Progress(3, (3.0,)),
        Progress(4, (4.0,)),
    ):
        append(events, event)
    assert events == [
        Progress(2, (2.0, 1.0), ("a", "b")),
        Finished(0, "finished", 2, 1.0, 1.0),
        Progress(4, (4.0,)),
    ]


def write(job, rows, checkpoint, status="running"):
    for seed in job.seeds:
        folder = job.folder(seed)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("progress.csv", "timing.csv", "episodes.csv"):
            (folder / name).write_text("".join(f"{seed} row {row}\n" for row in range(rows)))
        (folder / "run.json").write_text(status)
        (folder / "new").write_text(checkpoint)
        (folder / "new").rename(folder / "checkpoint.pt")


def contents(job):
    return {
        str(path.relative_to(job.out)): path.read_text()
        for seed in job.seeds
        for path in sorted(job.folder(seed).iterdir())
    }


def test_files_are_carried_with_each_checkpoint(make_job, tmp_path):
    there, here = (replace(make_job(), out=tmp_path / name) for name in ("there", "here"))
    write(there, 3, "first")
    write_pieces(here, all_pieces(there))
    assert contents(here) == contents(there)
    carrier = Carrier(there)
    assert carrier.changed(False) == []
    write(there, 2, "second")  # gone on from a checkpoint before the last row
    sent = carrier.changed(False)
    assert {piece.offset for piece in sent} == {0}
    write_pieces(here, sent)
    assert contents(here) == contents(there)
    write(there, 5, "third", "finished")
    sent = carrier.changed(False)
    assert [piece.content for piece in sent if piece.name == "timing.csv"][1] == b"1 row 2\n1 row 3\n1 row 4\n"
    assert [piece.name for piece in sent][3:5] == ["checkpoint.pt", "run.json"]  # what the others must be whole for
    write_pieces(here, sent)
    assert contents(here) == contents(there)
    assert carrier.changed(False) == []
    (there.folder(0) / "run.json").write_text("stopped")
    write_pieces(here, carrier.changed(True))
    assert contents(here) == contents(there)


class ActorDiedError(Exception):
    """Ray's error for an actor that ended, which has no cause."""

    cause = None


def test_losses_are_one_line():
    assert say_loss(ActorDiedError("The actor died\n for a page")) == (
        "its node or its process there was lost (ActorDiedError)"
    )
    assert say_loss(ActorDiedError("killed due to the node running low on memory.\n")) == (
        "Ray ended it, because its node was low on memory"
    )
    error = ActorDiedError("page")
    error.cause = ValueError("no\nlist")
    assert say_loss(error) == "ValueError: no list"


def listen(actor):
    events, until = [], time.monotonic() + 60
    while time.monotonic() < until:
        told = actor.listen(0.1)
        events += told.events
        if told.over:
            return events, told.pieces
    raise AssertionError(events)


def test_an_actor_tells_how_its_job_goes(make_job, fakes):
    job = make_job(seeds=(0, 1))
    actor = JobActor(Assignment(job, 1, describe_node(), None, False, fakes.good))
    events, pieces = listen(actor)
    assert repr(actor) == name_of(job)
    assert events[-3:] == [*(Finished(s, "finished", job.steps, 100.0 + s, 90.0 + s) for s in (0, 1)), Done()]
    assert isinstance(events[0], Progress)
    assert pieces == []


def test_an_actor_on_a_node_with_other_code_trains_nothing(make_job, fakes):
    code = replace(describe_node(), source="0123456789")
    [failed], _ = listen(JobActor(Assignment(make_job(), 1, code, None, False, fakes.good)))
    assert failed.lasting
    assert "other source of rlbench" in failed.reason


def test_a_failure_elsewhere_comes_with_its_log(make_job, fakes):
    events, pieces = listen(JobActor(Assignment(make_job(fail="raise"), 1, describe_node(), [], False, fakes.failing)))
    assert isinstance(events[-1], Failed)
    assert events[-1].reason.startswith("ValueError: bad")
    [log] = pieces
    assert log.seed is None
    assert b"the last words" in log.content


def test_paths_of_a_temporary_folder_are_not_told():
    failed = Failed("No space left: /tmp/x/a/progress.csv", log_tail=("in /tmp/x/a",))
    told = Failed("No space left: OUT/a/progress.csv", log_tail=("in OUT/a",))
    assert ray_node._elsewhere(failed, "/tmp/x") == told
    assert ray_node._elsewhere(Restarted(failed, 1), "/tmp/x") == Restarted(told, 1)
    assert ray_node._elsewhere(Done(), "/tmp/x") == Done()


def test_an_actor_that_is_stopped_leaves_no_process(make_job, fakes, tmp_path):
    job = make_job(mark=str(tmp_path / "mark"))
    actor = JobActor(Assignment(job, 1, describe_node(), None, False, fakes.stubborn))
    actor._pool._grace = 0.5
    while not actor.listen(0.1).events:
        pass
    actor.stop()
    listen(actor)
    assert all(not worker.process.is_alive() for worker in actor._pool._all)


def test_a_job_of_a_lost_node_waits_for_the_claims_of_its_processes(make_job, monkeypatch):
    job = make_job(seeds=(0,))
    job.folder(0).mkdir(parents=True)
    claim, stopping = take_claim(job.folder(0)), threading.Event()
    monkeypatch.setattr(ray_node, "SILENT_SECONDS", 60)
    waiting = threading.Thread(target=wait_for_claims, args=(job, stopping))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    claim.release()
    waiting.join(10)
    assert not waiting.is_alive()


def node(cores, gpus=0.0, processor="A"):
    return ray_cluster.Node("", "host", "10.0.0.1", cores, gpus, 10**9, replace(describe_node(), processor=processor))


def test_a_request_has_the_size_of_the_cluster():
    request = read(launcher="ray", seeds="9")
    placed = ray_launcher.place(request, [node(4), node(8)], "Ray at x")
    assert (placed.device, placed.cores, placed.threads) == ("cpu", 12, 12)
    assert placed.device_reason == "Ray at x: 2 nodes of 12 cores"
    assert "different processors" in ray_launcher.place(request, [node(4), node(8, 0, "B")], "Ray").device_reason
    fewer = ray_launcher.place(read(launcher="ray", workers="3"), [node(8)], "Ray")
    assert (fewer.cores, fewer.threads) == (8, 3)


def test_on_gpus_there_are_as_many_jobs_to_plan_for_as_gpus():
    request = read(launcher="ray", device="warp-cpu")
    placed = ray_launcher.place(request, [node(4, 2.0), node(8, 1.0)], "Ray")
    assert (placed.device, placed.threads) == ("warp-cpu", 3)
    assert placed.device_reason == "Ray: 2 nodes of 12 cores and 3 GPUs"
