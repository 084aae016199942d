//! Strategies, decisions and the attempt machine. Pure.
