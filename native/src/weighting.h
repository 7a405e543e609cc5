#pragma once
/* The K weighting of BS.1770 at any rate, as b0 b1 b2 a1 a2 of a high shelf and a high-pass.
 *
 * The standard's tables are for 48 kHz. Their analogue prototypes are a high shelf of 3.99984385397 dB at
 * 1681.974450955533 Hz (Q 0.7071752369554196) and a high-pass at 38.13547087602444 Hz (Q 0.5003270373238773), brought
 * to the rate by the bilinear transform (Mansbridge, Finn, Reiss 2012). The table's high-pass has a numerator of 1 -2
 * 1, which makes it 0.043 dB loud; it is so at every rate here. */
#include <math.h>

typedef struct {
    double shelf[5], high_pass[5];
} k_weighting;

static inline k_weighting k_weighting_at(double rate) {
    const double pi = 3.14159265358979323846;
    double k = tan(pi * 1681.974450955533 / rate), q = 0.7071752369554196, a0 = 1.0 + k / q + k * k;
    double vh = pow(10.0, 3.999843853973347 / 20.0), vb = pow(vh, 0.4996667741545416);
    k_weighting w = {.shelf = {(vh + vb * k / q + k * k) / a0, 2.0 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0,
                               2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0}};
    k = tan(pi * 38.13547087602444 / rate), q = 0.5003270373238773, a0 = 1.0 + k / q + k * k;
    double k48 = tan(pi * 38.13547087602444 / 48000.0), gain = (1.0 + k48 / q + k48 * k48) / a0;
    const double high_pass[5] = {gain, -2.0 * gain, gain, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
    for (int i = 0; i < 5; i++)
        w.high_pass[i] = high_pass[i];
    return w;
}
