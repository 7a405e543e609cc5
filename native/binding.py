"""Write the C source of the extension module: ``binding.py OUT``. Run by CMake."""

import sys
from pathlib import Path

from cffi import FFI

HEADERS = ("kernel.h", "player.h", "loudness.h")


def main() -> None:
    ffi = FFI()
    include = Path(__file__).parent / "include"
    for header in HEADERS:
        ffi.cdef((include / header).read_text(encoding="utf-8"))
    preamble = "#include <stddef.h>\n#include <stdint.h>\n" + "".join(f'#include "{h}"\n' for h in HEADERS)
    ffi.set_source("appliance.kernel._native", preamble, py_limited_api=True)
    ffi.emit_c_code(sys.argv[1])


if __name__ == "__main__":
    main()
