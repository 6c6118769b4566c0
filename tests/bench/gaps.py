"""What running gaps cost: 400 cars at one position a second, all on one stage, measured to its leader.

python tests/bench/gaps.py
"""

import time

import numpy as np

from timing.core.instant import SECOND
from timing.core.live_gap import Elapsed, Place, elapsed_of, gap_here, gaps, way_of

CARS = 400
T0 = 1_792_870_000 * SECOND
LENGTH = 20_000.0


def drive(seed: int) -> list[Place]:
    """One position a second over a stage of 20 km."""
    chance = np.random.default_rng(seed)
    pace = 22.0 + chance.normal(0, 2)
    metres = pace * np.arange(int(LENGTH / pace)) + chance.normal(0, 2, int(LENGTH / pace))
    return [Place(T0 + i * SECOND, float(m), 6.0) for i, m in enumerate(metres)]


def main() -> None:
    """Print the cost of a live row, of a curve, and of one second of a full field."""
    places = drive(0)
    way = way_of(places)
    assert way is not None
    leader: Elapsed = elapsed_of(way, T0, LENGTH)
    spots = [drive(car)[300] for car in range(1, 1 + CARS)]
    started = time.perf_counter()
    rounds = 20
    for _ in range(rounds):
        for spot in spots:
            gap_here(spot, 22.0, T0, leader, spot.at)
    row = (time.perf_counter() - started) / (rounds * CARS)
    started = time.perf_counter()
    for _ in range(rounds):
        own = way_of(places)
        assert own is not None
        gaps(elapsed_of(own, T0, LENGTH), leader)
    curve = (time.perf_counter() - started) / rounds
    print(f"a live row        {row * 1e6:8.1f} µs")
    print(f"400 cars at 1 Hz  {row * CARS * 100:8.2f} % of a core (public and officials: twice that)")
    print(f"a whole curve     {curve * 1e3:8.2f} ms for {len(places)} positions, at most every 2 s a car")


if __name__ == "__main__":
    main()
