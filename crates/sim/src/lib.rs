//! A fleet of simulated providers that speak real wire formats, scripted.
