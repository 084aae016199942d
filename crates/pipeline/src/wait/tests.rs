//! Order and fairness of the queue, by a paused clock.
