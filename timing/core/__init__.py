"""The pure heart of the service: facts, rules and results; no I/O, no clock, no randomness."""
