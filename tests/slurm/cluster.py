"""A Slurm of one controller and two nodes of one core each on this machine, for tests."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

NEEDED = ("slurmctld", "slurmd", "sbatch", "munged")

CONFIGURATION = """
ClusterName=rlbench
SlurmctldHost={host}
SlurmUser=root
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=cred_expire=5
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
ReturnToService=2
KillWait=20
JobRequeue=1
SlurmdParameters=config_overrides
NodeName=n0 NodeHostname={host} Port={port_0} CPUs=1 RealMemory=4000 State=UNKNOWN
NodeName=n1 NodeHostname={host} Port={port_1} CPUs=1 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=n0,n1 Default=YES MaxTime=60 State=UP
"""


def missing():
    """Why there can be no cluster here; empty if there can."""
    if os.geteuid() != 0:
        return "Slurm's daemons are started by root only"
    absent = [name for name in NEEDED if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    return f"{', '.join(absent)} not installed: apt-get install slurm-wlm munge" if absent else ""


class Cluster:
    """The daemons, and the commands that a test gives them."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}

    def start(self):
        for name in ("state", "log"):
            (self.folder / name).mkdir()
        ports = dict(zip(("port", "port_0", "port_1"), free_ports(3), strict=True))
        host = socket.gethostname().partition(".")[0]
        text = CONFIGURATION.format(host=host, folder=self.folder, **ports)
        (self.folder / "slurm.conf").write_text(text)
        start_munge()
        self.daemon("slurmctld", "-f", self.environment["SLURM_CONF"])
        for node in ("n0", "n1"):
            self.start_node(node)
        self.wait_until(lambda: self.ask("sinfo", "-h", "-N", "-o", "%N %t") == "n0 idle\nn1 idle", 60)

    def daemon(self, *words):
        path = f"{os.environ['PATH']}:/usr/sbin"
        subprocess.run(words, check=True, env={**os.environ, **self.environment, "PATH": path}, timeout=30)

    def start_node(self, node):
        self.daemon("slurmd", "-N", node, "-f", self.environment["SLURM_CONF"])

    def kill_node(self, node):
        """End everything of a node by SIGKILL, as a power failure does, and tell the controller."""
        daemon = int((self.folder / f"slurmd-{node}.pid").read_text())
        steps = [pid for pid in processes() if f"SLURMD_NODENAME={node}" in environment_of(pid)]
        steps += [pid for pid in processes() if "slurmstepd" in command_of(pid) and node_of_step(pid, self) == node]
        for pid in (daemon, *steps):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.ask("scontrol", "update", f"nodename={node}", "state=down", "reason=killed")

    def ask(self, *words):
        done = subprocess.run(
            words, capture_output=True, text=True, env={**os.environ, **self.environment}, timeout=60, check=False
        )
        assert done.returncode == 0, done
        return done.stdout.strip()

    def tasks(self, job):
        """The state and node of each task that Slurm still knows, by its number within the array."""
        lines = self.ask("squeue", "-h", "-r", "-t", "all", "-o", "%F %K %T %N").splitlines()
        rows = [[*line.split(), ""] for line in lines]
        return {int(row[1]): (row[2], row[3]) for row in rows if row[0] == job}

    def states(self, job):
        return [state for state, _ in self.tasks(job).values()]

    def wait_until(self, condition, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.3)
        raise AssertionError(f"not within {seconds} s: {self.ask('squeue', '-r', '-t', 'all')}")

    def stop(self):
        with suppress(AssertionError, subprocess.TimeoutExpired):
            self.ask("scancel", "--user=root", "--signal=KILL", "--full")
        for path in self.folder.glob("*.pid"):
            with suppress(ProcessLookupError, ValueError):
                os.kill(int(path.read_text()), signal.SIGKILL)
        for pid in processes():
            if self.environment["SLURM_CONF"] in environment_of(pid) and pid != os.getpid():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def free_ports(count):
    sockets = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start_munge():
    key = Path("/etc/munge/munge.key")
    if not key.exists():
        key.write_bytes(os.urandom(1024))
    for folder in ("/etc/munge", "/run/munge", "/var/log/munge", "/var/lib/munge"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(["chown", "-R", "munge:", folder], check=True)
    key.chmod(0o400)
    Path("/run/munge").chmod(0o755)
    if not any("munged" in command_of(pid) for pid in processes()):
        subprocess.run(["runuser", "-u", "munge", "--", "/usr/sbin/munged"], check=True)


def processes():
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def environment_of(pid):
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace").replace("\0", "\n")
    except OSError:
        return ""


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def node_of_step(pid, cluster):
    """The node whose slurmd started a step's daemon, which keeps its log file open."""
    try:
        links = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return ""
    return next((node for node in ("n0", "n1") if f"{cluster.folder}/log/slurmd-{node}.log" in links), "")
