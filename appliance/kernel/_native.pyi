"""The extension module that CMake builds. cffi makes its types when it runs, so they are open here."""

from typing import Any

ffi: Any
lib: Any
