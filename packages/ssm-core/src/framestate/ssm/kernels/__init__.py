"""Kernels: one definition (`reference`), faster translations, and their table."""
