"""Instructions that a frame of the whole chain takes: callgrind for x86-64, a plugin of qemu-user for aarch64."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "bench"
ARM = ROOT / "build" / "bench-aarch64"
ISAS = {"baseline": 1, "avx2": 2}
"""Those that valgrind can run."""

FRAMES = (2_560, 12_800)
"""Two lengths, both of whole blocks and hops: their difference knows nothing of start and end."""


def build(directory: Path, *options: str, targets: tuple[str, ...] = ()) -> None:
    """The C programs, in a folder of their own."""
    command = ["cmake", "-S", str(ROOT / "native"), "-B", str(directory), "-DSIDESTAGE_TESTS=ON", *options]
    subprocess.run(command, check=True, capture_output=True)
    chosen = ["--target", *targets] if targets else []
    subprocess.run(["cmake", "--build", str(directory), "-j2", *chosen], check=True, capture_output=True)


def _counted(command: list[str], pattern: str) -> int:
    errors = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(pattern, errors)
    if found is None:
        raise ValueError(f"{command[0]} said nothing of instructions: {errors[-200:]}")
    return int(found[1])


def _per_frame(prefix: list[str], pattern: str, signal: str, more: tuple[str, ...]) -> float:
    few, many = (_counted([*prefix, signal, str(frames), *more], pattern) for frames in FRAMES)
    return (many - few) / (FRAMES[1] - FRAMES[0])


def options(sections: int | None, guard: float | None) -> tuple[str, ...]:
    """From stems with so many sections of their own, or None for the buses alone; what every bus's spike guard allows
    as a mean square, or None for no guard."""
    stems = "-" if sections is None else str(sections)
    return (stems,) if guard is None else (stems, str(guard))


def by_callgrind(isa: str, sections: int | None = None, signal: str = "limiting", guard: float | None = None) -> float:
    program = BUILD / "bench" / "cost"
    prefix = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), str(ISAS[isa])]
    return _per_frame(prefix, r"Collected : (\d+)", signal, options(sections, guard))


def by_qemu(sections: int | None = None, signal: str = "limiting", guard: float | None = None) -> float | str:
    """The number, or why there is none."""
    if shutil.which("qemu-aarch64") is None or shutil.which("aarch64-linux-gnu-gcc") is None:
        return "needs qemu-user and gcc-aarch64-linux-gnu"
    if "-plugin" not in subprocess.run(["qemu-aarch64", "-h"], capture_output=True, text=True, check=False).stdout:
        return "this qemu-user was built without plugins"
    build(
        ARM, "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
        "-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc", targets=("cost",),
    )  # fmt: skip
    plugin = BUILD / "qemu_count.so"
    source = Path(__file__).parent / "qemu_count.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(plugin), str(source)], check=True)
    program = str(ARM / "bench" / "cost")
    prefix = ["qemu-aarch64", "-plugin", str(plugin), "-L", "/usr/aarch64-linux-gnu", program, "0"]
    return _per_frame(prefix, r"instructions (\d+)", signal, options(sections, guard))
