"""Durable, append-only storage of every record, and of the bulk tracks."""
