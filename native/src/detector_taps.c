/* The interpolating filter of the true-peak detector: sinc(k - p/4) under a Kaiser window of beta 3 that reaches 6
 * samples to each side, for k = -5 to 6 and p = 1, 2, 3, each phase normalised to a sum of 1. BS.1770-5 annex 2 asks
 * for 4x oversampling; more taps gain nothing below 20 kHz, since what remains is the distance between the 4x points.
 */
#include "lanes.h"

const float detector_taps[3][TAPS] = {
    {-0.0141678872f, 0.0270797461f, -0.047817912f, 0.0845592245f, -0.172007442f, 0.905078113f, 0.296628565f,
     -0.116654478f, 0.0632096976f, -0.0361640751f, 0.0198887866f, -0.00963232853f},
    {-0.0166885071f, 0.0330166817f, -0.0590210482f, 0.103441402f, -0.198551178f, 0.63780266f, 0.63780266f,
     -0.198551178f, 0.103441402f, -0.0590210482f, 0.0330166817f, -0.0166885071f},
    {-0.00963232853f, 0.0198887866f, -0.0361640751f, 0.0632096976f, -0.116654478f, 0.296628565f, 0.905078113f,
     -0.172007442f, 0.0845592245f, -0.047817912f, 0.0270797461f, -0.0141678872f},
};
