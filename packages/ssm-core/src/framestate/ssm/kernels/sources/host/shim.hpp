// CUDA's words for a host compiler: one std::thread for each CUDA thread of a block,
// the blocks one after the other. The kernels' sources follow it, unchanged.
#pragma once
#include <algorithm>
#include <barrier>
#include <bit>
#include <cmath>
#include <cstddef>
#include <thread>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static
#define __syncthreads() shim::barrier->arrive_and_wait()
#define DYNAMIC_SHARED(name) unsigned char *name = shim::pool.data()

struct Index { int x, y; };
inline thread_local Index threadIdx, blockIdx, blockDim, gridDim;

namespace shim {
struct alignas(16) Bytes { unsigned char bytes[16]; };
inline std::barrier<> *barrier;
inline std::vector<Bytes> storage;
inline struct { unsigned char *data() { return storage.data()->bytes; } } pool;

// Runs a kernel; what dynamic shared memory holds at first is not a number.
template <typename Kernel>
void run(Index grid, int block, std::size_t shared, Kernel kernel) {
  std::barrier<> all(block);
  barrier = &all;
  Bytes nan;
  std::fill(nan.bytes, nan.bytes + 16, 0xff);
  storage.assign(shared / 16 + 1, nan);
  std::vector<std::thread> threads;
  for (int t = 0; t < block; ++t)
    threads.emplace_back([&, t] {
      threadIdx = {t, 0}, blockDim = {block, 1}, gridDim = grid;
      for (int b = 0; b < grid.x * grid.y; ++b) {
        blockIdx = {b % grid.x, b / grid.x};
        kernel();
        all.arrive_and_wait();
      }
    });
  for (auto &thread : threads) thread.join();
}

inline float float_of_half(unsigned short bits) {
  const int exponent = bits >> 10 & 31, digits = bits & 1023;
  const float size = exponent == 31 ? (digits ? NAN : INFINITY)
                     : exponent     ? std::ldexp(1024.f + digits, exponent - 25)
                                    : std::ldexp(float(digits), -24);
  return bits >> 15 ? -size : size;
}
inline unsigned short half_of_float(float p) {
  const float size = std::fabs(p);
  int exponent, bits;
  const float fraction = std::frexp(size, &exponent);
  if (std::isnan(p)) bits = 0x7e00;
  else if (size >= 65520) bits = 0x7c00;
  else if (size < 0x1p-14f) bits = int(std::nearbyint(std::ldexp(size, 24)));
  else bits = (exponent + 13 << 10) + int(std::nearbyint(std::ldexp(fraction, 11)));
  return static_cast<unsigned short>(bits | (std::signbit(p) ? 0x8000 : 0));
}
}  // namespace shim

using std::max, std::min;
inline unsigned __float_as_uint(float p) { return std::bit_cast<unsigned>(p); }
inline float __uint_as_float(unsigned p) { return std::bit_cast<float>(p); }
inline float __fdividef(float p, float q) { return p / q; }
inline void sincospi(double p, double *sine, double *cosine) {
  *sine = std::sin(M_PI * p), *cosine = std::cos(M_PI * p);
}
inline void sincospif(float p, float *sine, float *cosine) {
  *sine = float(std::sin(M_PI * p)), *cosine = float(std::cos(M_PI * p));
}
