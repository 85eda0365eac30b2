// Numbers of the kernels: complex, 16-bit storage, powers of a pole. No header is
// included, so that NVRTC needs none; a host compiler gets its words from the shim.
#pragma once

#define INLINE __device__ __forceinline__
#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(name) alignas(16) extern __shared__ unsigned char name[]
#endif

template <typename T> struct alignas(2 * sizeof(T)) complex { T re, im; };

template <typename T> INLINE complex<T> operator+(complex<T> p, complex<T> q) {
  return {p.re + q.re, p.im + q.im};
}
template <typename T> INLINE complex<T> operator-(complex<T> p, complex<T> q) {
  return {p.re - q.re, p.im - q.im};
}
template <typename T> INLINE complex<T> operator*(complex<T> p, complex<T> q) {
  return {p.re * q.re - p.im * q.im, p.re * q.im + p.im * q.re};
}
template <typename T> INLINE complex<T> conj(complex<T> p) { return {p.re, -p.im}; }
INLINE float conj(float p) { return p; }
INLINE double conj(double p) { return p; }

// The same number in double precision, and back.
INLINE double wide(float p) { return p; }
INLINE double wide(double p) { return p; }
template <typename T> INLINE complex<double> wide(complex<T> p) {
  return {double(p.re), double(p.im)};
}
INLINE void narrow(double p, float &to) { to = float(p); }
INLINE void narrow(double p, double &to) { to = p; }
template <typename T> INLINE void narrow(complex<double> p, complex<T> &to) {
  to = {T(p.re), T(p.im)};
}

// 16-bit storage. Arithmetic is in float; rounding is to nearest, ties to even.
struct float16 { unsigned short bits; };
struct bfloat16 { unsigned short bits; };

template <typename T> struct arithmetic { using type = T; };
template <> struct arithmetic<float16> { using type = float; };
template <> struct arithmetic<bfloat16> { using type = float; };

INLINE float load(float p) { return p; }
INLINE double load(double p) { return p; }
INLINE float load(bfloat16 p) { return __uint_as_float(unsigned(p.bits) << 16); }
INLINE void store(float *to, float p) { *to = p; }
INLINE void store(double *to, double p) { *to = p; }
INLINE void store(bfloat16 *to, float p) {
  const unsigned bits = __float_as_uint(p);
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  const unsigned rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  to->bits = (unsigned short)((is_nan ? bits | 0x400000u : rounded) >> 16);
}
#ifdef __CUDACC__
INLINE float load(float16 p) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(p.bits));
  return value;
}
INLINE void store(float16 *to, float p) {
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(to->bits) : "f"(p));
}
#else
INLINE float load(float16 p) { return shim::float_of_half(p.bits); }
INLINE void store(float16 *to, float p) { to->bits = shim::half_of_float(p); }
#endif

// Sine and cosine of 2 pi t, after t has been reduced to a half turn in double.
INLINE void turn(double t, float &sine, float &cosine) {
  sincospif(float(2 * (t - rint(t))), &sine, &cosine);
}
INLINE void turn(double t, double &sine, double &cosine) {
  sincospi(2 * (t - rint(t)), &sine, &cosine);
}
INLINE float exponential(float p) { return expf(p); }
INLINE double exponential(double p) { return exp(p); }
INLINE float exponential_minus_1(float p) { return expm1f(p); }
INLINE double exponential_minus_1(double p) { return expm1(p); }
INLINE float reciprocal(float p) { return __fdividef(1.f, p); }
INLINE double reciprocal(double p) { return 1 / p; }

// exp(l log_z). The phase is reduced in double precision, so that float keeps its
// digits at any l; the magnitude loses |l Re(log_z)| eps, of a number e^-that.
template <typename T> INLINE complex<T> power(complex<double> log_z, double l) {
  const double per_turn = 0.15915494309189533577;  // 1 / (2 pi)
  const T size = exponential(T(log_z.re * l));
  T sine, cosine;
  turn(log_z.im * l * per_turn, sine, cosine);
  return {size * cosine, size * sine};
}

// Four numbers that move together: 16 bytes of floats.
template <typename T> struct alignas(16) quad { T v[4]; };

template <typename T> INLINE quad<T> quad_at(const T *p) {
  return *reinterpret_cast<const quad<T> *>(p);
}
