"""Convolution kernels and transfer functions of a step."""
