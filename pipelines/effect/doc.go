// Package effect measures whether a campaign worked: the difference between the units that were planned for a message
// and those that the draw held out, with its interval.
//
// The counting is SQL (effects.unit_outcome, effects.arm, effects.estimate); here stands only what SQL cannot say: the
// interval (Compare) and the test of the draw itself (SampleRatio). The estimator reads the rows of effects.estimate and gives them back with
// the columns that it adds; it reads and writes nothing else.
//
// Invariants: nothing is estimated unless SQL's verdict is "measured", so a number is never shown before its window is
// over; planned units stay planned whatever became of their message (intention to treat); every difference comes with a
// standard error and an interval, or not at all.
package effect
