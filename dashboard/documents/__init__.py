"""Result sheets, lists and logs as PDF, CSV and JSON."""
