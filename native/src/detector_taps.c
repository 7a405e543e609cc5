/* The interpolating filter of the true-peak detector: sinc(k - p/4) under a Kaiser window of beta 3 that reaches 6
 * samples to each side, for k = -5 to 6 and p = 1, 2, 3, each phase normalised to a sum of 1. BS.1770-5 annex 2 asks
 * for 4x oversampling; more taps gain nothing below 20 kHz, since what remains is the distance between the 4x points.
 *
 * Phase 3/4 is phase 1/4 backwards and phase 1/2 is its own mirror, so half the taps tell all: of phase 1/4 the part
 * that is even about the middle and the part that is odd, and phase 1/2. */
#include "lanes.h"

const float detector_even[TAPS / 2] = {-0.0119001074f, 0.0234842654f, -0.0419909954f,
                                       0.0738844573f,  -0.144330963f, 0.600853324f};
const float detector_odd[TAPS / 2] = {-0.00226777932f, 0.00359547976f, -0.00582691794f,
                                      0.0106747607f,   -0.0276764836f, 0.304224759f};
const float detector_half[TAPS / 2] = {-0.0166885071f, 0.0330166817f, -0.0590210482f,
                                       0.103441402f,   -0.198551178f, 0.63780266f};
