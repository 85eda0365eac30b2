// 1 / (s + lam) and 1 / (s + conj(lam)). Sums and differences of the parts come first,
// so that a point near a pole keeps its digits.
#pragma once
#include "number.cuh"

template <typename T> struct Reciprocals { complex<T> direct, mirror; };

template <typename T> INLINE Reciprocals<T> reciprocals(complex<T> s, complex<T> lam) {
  const T x = s.re + lam.re, up = s.im + lam.im, down = s.im - lam.im;
  const T direct = reciprocal(x * x + up * up);
  const T mirror = reciprocal(x * x + down * down);
  return {{x * direct, -up * direct}, {x * mirror, -down * mirror}};
}

constexpr int STAGED = 64;  // modes, or points, that a block keeps in shared memory
