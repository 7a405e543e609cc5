"""The curve of the kernel's own ramps, for those who compute what it will do (native/src/ease.h)."""

import numpy as np
from numpy.typing import NDArray


def ease(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0 at 0 to 1 at 1, with slope and curvature 0 at both ends."""
    eased: NDArray[np.float64] = t * t * t * (10.0 - t * (15.0 - 6.0 * t))
    return eased
