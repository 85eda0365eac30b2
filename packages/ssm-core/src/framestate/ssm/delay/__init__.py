"""The exact error of the delay task."""
