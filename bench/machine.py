"""A one-line description of the machine: processor, instruction sets, cores, memory, system; without the host name."""
import os
import pathlib
import platform


def field(path, name):
    """The first value of `name : value` in a file of /proc; "" if there is none."""
    try:
        for line in pathlib.Path(path).read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    except OSError:
        pass
    return ""


def machine():
    flags = field("/proc/cpuinfo", "flags").split()
    able = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    memory = field("/proc/meminfo", "MemTotal").split()
    system = pathlib.Path("/etc/os-release")
    names = [line for line in system.read_text().splitlines() if line.startswith("PRETTY_NAME=")] if system.exists() else []
    parts = [
        (field("/proc/cpuinfo", "model name") or platform.machine()) + (f" ({', '.join(able)})" if able else ""),
        f"{len(os.sched_getaffinity(0))} cores",
        f"{int(memory[0]) / 2**20:.0f} GiB of memory" if memory else "",
        names[0].split("=")[1].strip('"') if names else platform.system(),
    ]
    return ", ".join(part for part in parts if part)
