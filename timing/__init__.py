"""What a rally is and how it is timed: event folder, ingest, journal and the pure core."""
