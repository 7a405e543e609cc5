#pragma once
/* A value on its way is target - change * ease(frames left / frames of the whole way): it lands exactly, whatever the
 * block. A straight ramp has corners, and a corner of a 20 ms fade is heard 70 dB below a bass note; this curve has
 * none: its slope and its curvature are 0 at both ends. `t` is a double or a vector of doubles: floats would cancel
 * near 1 and leave a hiss of -130 dB on a fade. */
#define EASE(t) ((t) * (t) * (t) * (10.0 - (t) * (15.0 - 6.0 * (t))))
