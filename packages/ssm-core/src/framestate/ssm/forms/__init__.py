"""Forms of a system: diagonal, diagonal plus low rank, real."""
