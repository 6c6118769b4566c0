"""A rally without cars: scenarios with a known truth, played over the real wire."""
