"""A Slurm of one node, this machine, from Debian's packages slurmctld, slurmd and slurm-client."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

MISSING = [name for name in ("slurmctld", "slurmd", "sbatch", "srun") if shutil.which(name) is None]

# No munge and no cgroups: this machine trusts itself, and a container has neither.
CONFIG = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
SlurmctldPort={port}
SlurmdPort={port_node}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={folder}/prolog
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=5
MpiDefault=none
SchedulerParameters=sched_interval=1,batch_sched_delay=0,defer_batch
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=1000 State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE
PartitionName=high Nodes=ALL PriorityTier=2 PreemptMode=OFF
"""


class OneNode:
    """Its two partitions are low, the default, and high, whose jobs pre-empt those of low."""

    def __init__(self, folder: Path, cpus: int = 2) -> None:
        ports = [socket.socket() for _ in range(2)]
        for port in ports:
            port.bind(("127.0.0.1", 0))
        numbers = [port.getsockname()[1] for port in ports]
        for port in ports:
            port.close()
        host, user = socket.gethostname().partition(".")[0], pwd.getpwuid(os.getuid()).pw_name
        self._conf = folder / "slurm.conf"
        self._conf.write_text(
            CONFIG.format(host=host, user=user, folder=folder, port=numbers[0], port_node=numbers[1], cpus=cpus)
        )
        (folder / "prolog").write_text(f"#!/bin/sh\necho export SLURM_CONF={self._conf}\n")
        (folder / "prolog").chmod(0o755)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        self.environment = os.environ | {"SLURM_CONF": str(self._conf)}
        conf = str(self._conf)
        self._daemons = [
            subprocess.Popen([*program, "-D", "-f", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for program in (("slurmctld", "-c"), ("slurmd",))
        ]
        until = time.monotonic() + 60
        while "idle" not in self.said("sinfo", "-h", "-o", "%T", check=False):
            if time.monotonic() > until:
                self.close()
                raise RuntimeError(f"Slurm did not start; see {folder}.")
            time.sleep(0.2)

    def said(self, *command: str | Path, check: bool = True, folder: Path | None = None) -> str:
        """Runs a command of Slurm's or one that calls it, and returns what it says."""
        done = subprocess.run(
            [*map(str, command)], capture_output=True, text=True, check=False, env=self.environment, cwd=folder
        )
        if check and done.returncode:
            raise RuntimeError(f"{command} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def wait(self, job: str, seconds: float = 300) -> None:
        """Waits until nothing of a job is left; what was queued again begins at once."""
        until = time.monotonic() + seconds
        while left := self.said("squeue", "-h", "-r", "-o", "%i %t %r", "-j", job, check=False).split("\n")[:-1]:
            if time.monotonic() > until:
                raise RuntimeError(f"Still in the queue: {left}")
            for line in left:
                name, state, why = line.split()[:3]
                if state == "PD" and why == "BeginTime":  # minutes later, by Slurm's own choice
                    self.said("scontrol", "update", f"JobId={name}", "StartTime=now", check=False)
            time.sleep(0.3)

    def close(self) -> None:
        """Ends its jobs and it."""
        self.said("scancel", "--user", pwd.getpwuid(os.getuid()).pw_name, check=False)
        time.sleep(1)
        for daemon in self._daemons:
            daemon.terminate()
        for daemon in self._daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
