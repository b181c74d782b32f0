"""Timings and memory of Diarchy, as ratios to something measured in the same minute where possible."""
