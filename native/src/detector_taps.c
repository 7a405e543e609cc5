/* The interpolating filters of the true-peak detector: sinc(k - p/4) under a Kaiser window that reaches 6 samples to
 * each side, for k = -5 to 6 and p = 1, 2, 3, each phase normalised to a sum of 1. BS.1770-5 annex 2 asks for 4x
 * oversampling; more taps gain nothing below 20 kHz, since what remains is the distance between the 4x points.
 *
 * Phase 3/4 is phase 1/4 backwards and phase 1/2 is its own mirror, so half the taps tell all: of phase 1/4 the part
 * that is even about the middle and the part that is odd, and phase 1/2. */
#include "lanes.h"

/* Beta 3: the flattest up to 20 kHz at 48 kHz and above, and what the meters use. */
const detector_taps detector_beta_3 = {
    .even = {-0.0119001074f, 0.0234842654f, -0.0419909954f, 0.0738844573f, -0.144330963f, 0.600853324f},
    .odd = {-0.00226777932f, 0.00359547976f, -0.00582691794f, 0.0106747607f, -0.0276764836f, 0.304224759f},
    .half = {-0.0166885071f, 0.0330166817f, -0.0590210482f, 0.103441402f, -0.198551178f, 0.63780266f},
};

/* Beta 1.5: at 44.1 kHz, 20 kHz is so near half the rate that beta 3 reads it 0.6 dB too low. This one reads it right
 * and lower notes too high by as much as 1.1 dB near 20 kHz, which only the limiter may: it then limits a little early.
 */
const detector_taps detector_beta_1_5 = {
    .even = {-0.0278568342f, 0.0393722728f, -0.0565576293f, 0.0860538185f, -0.153650269f, 0.612638652f},
    .odd = {-0.00240803068f, 0.0034193513f, -0.00534737902f, 0.00997162983f, -0.0270147528f, 0.307746053f},
    .half = {-0.0396351926f, 0.0559752397f, -0.0802575871f, 0.121525481f, -0.213102728f, 0.655494809f},
};
