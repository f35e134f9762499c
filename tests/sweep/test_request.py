"""The command line over a file over the defaults."""

import pytest

from rlbench.errors import UserError
from rlbench.sweep.devices import choose_device
from rlbench.sweep.machine import usable_cores
from rlbench.sweep.request import RawOptions, read_assignments, read_file, read_request

TYPED = RawOptions(algorithms=["trpo"], env=["Hopper-v4"])


def write(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    return path


def test_defaults():
    request = read_request(TYPED, None)
    assert request.algorithms == ("trpo",)
    assert request.envs == ("Hopper-v4",)
    assert request.seeds == (0, 1, 2, 3, 4)
    assert (request.steps, request.eval_every) == (1_000_000, None)
    assert str(request.out) == "results"
    assert request.device == "cpu"
    assert not request.quiet
    assert request.workers == min(usable_cores(), 5)


def test_workers_are_at_most_the_seeds_there_are():
    assert read_request(RawOptions(["a"], ["E"], seeds="3", workers="8"), None).workers == 3
    assert read_request(RawOptions(["a", "b"], ["E"], seeds="3", workers="8"), None).workers == 6


def test_the_command_line_wins_over_the_file(tmp_path):
    path = write(
        tmp_path,
        """
        algorithms = ["ppo", "trpo"]
        env = "Ant-v4,Hopper-v4"
        seeds = [0, 3, 7]
        steps = 300_000
        eval-every = "10k"
        workers = 1
        quiet = true
        num-envs = 8
        [settings]
        gamma = 0.9
        [settings.trpo]
        gamma = 0.8
        """,
    )
    typed = RawOptions(seeds="2", out="elsewhere", settings={"trpo.damping": "0.2", "gamma": "0.7"})
    request = read_request(typed, path)
    assert request.algorithms == ("ppo", "trpo")
    assert request.envs == ("Ant-v4", "Hopper-v4")
    assert request.seeds == (0, 1)
    assert (request.steps, request.eval_every, request.workers) == (300_000, 10_000, 1)
    assert request.quiet
    assert str(request.out) == "elsewhere"
    assert request.settings == (
        (str(path), {"num_envs": 8}),
        (str(path), {"gamma": 0.9}),
        (str(path), {"trpo.gamma": 0.8}),
        ("command line", {"gamma": "0.7"}),
        ("command line", {"trpo.damping": "0.2"}),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seds = 5", "unknown key 'seds'. Did you mean seeds?"),
        ("seeds = ", "is not TOML"),
        ("settings = 5", "settings is a table"),
        ("quiet = 1", "quiet is true or false"),
        ("env = [4]", "An environment is a name"),
        ("steps = true", "--steps is a whole number"),
    ],
)
def test_mistakes_in_a_file(tmp_path, text, words):
    with pytest.raises(UserError) as error:
        read_request(TYPED if "env" not in text else RawOptions(["trpo"]), write(tmp_path, text))
    assert words in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        read_file(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not UTF-8"):
        read_file(binary)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (RawOptions(), "Name at least one algorithm"),
        (RawOptions(["trpo"]), "Name at least one environment"),
        (RawOptions(["trpo"], ["E"], workers="0"), "--workers is a whole number of at least 1"),
        (RawOptions(["trpo"], ["E"], workers="5000"), "more processes than any machine has use for"),
        (RawOptions(["trpo"], ["E"], device="cuda", workers=2), "--workers are processes on the CPU"),
        (RawOptions(["trpo"], ["E"], device="cpu", gpu_buffers="16,64"), "--gpu-buffers is for --device cuda"),
        (RawOptions(["trpo"], ["E"], device="cuda", gpu_buffers="16"), "contacts and rows of constraints a world"),
        (RawOptions(["trpo"], ["E"], device="cuda", gpu_buffers="0,8"), "--gpu-buffers"),
        (RawOptions(["trpo"], ["E"], device="gpu"), "one of auto, cpu, cuda"),
        (RawOptions(["trpo"], ["E"], num_envs="0"), "--num-envs is a whole number"),
    ],
)
def test_mistakes_on_the_command_line(typed, words):
    with pytest.raises(UserError, match=words):
        read_request(typed, None)


def test_a_file_in_the_way_of_the_results(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError, match="is a file, not a folder"):
        read_request(RawOptions(["trpo"], ["E"], out=str(tmp_path / "results" / "deep")), None)


def test_assignments():
    assert read_assignments(["gamma=0.9", "trpo.sizes = 64=64"]) == {"gamma": "0.9", "trpo.sizes": "64=64"}
    for wrong in ("gamma", "gamma=", "=1", ""):
        with pytest.raises(UserError, match="--set takes key=value"):
            read_assignments([wrong])
    with pytest.raises(UserError, match="names gamma twice"):
        read_assignments(["gamma=1", "gamma=2"])


def test_devices(tmp_path, monkeypatch):
    nowhere, driver = [str(tmp_path / "none")], tmp_path / "nvidiactl"
    driver.touch()
    assert choose_device("cpu") == ("cpu", "asked for")
    assert choose_device("cuda") == ("cuda", "asked for")  # whether it can be had is said where torch is
    assert choose_device("auto", drivers=nowhere) == ("cpu", "auto: there is no NVIDIA GPU here")
    monkeypatch.setattr("rlbench.sweep.devices.find_spec", lambda _: None)
    assert choose_device("auto", drivers=[str(driver)]) == (
        "cpu",
        "auto: to use the GPU that is here, pip install 'rlbench[gpu]'",
    )
    monkeypatch.setattr("rlbench.sweep.devices.find_spec", lambda _: "found")
    assert choose_device("auto", drivers=[str(driver)])[0] == "auto"
    assert choose_device("auto", workers=2, drivers=[str(driver)])[0] == "cpu"


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "250000 100000"}, 3),
        ({"cpu.max": "5000 100000"}, 1),
        ({"cpu.max": "9900000 100000"}, 8),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
        ({"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu.max": "not a number"}, 8),
    ],
)
def test_cores_of_a_control_group(tmp_path, monkeypatch, files, cores):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_cores(tmp_path) == cores
