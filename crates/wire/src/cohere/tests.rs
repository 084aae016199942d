//! The dialect on cases that no recording has.
