"""The experiments themselves: settings in, records out; no clock, no files."""
