// y[t] = sum_k K[k] u[t - k] of a row, in one block: all of it in shared memory.
//
// A thread makes 8 neighboring samples and takes 4 lags at a time: 32 multiply-adds for
// 2 reads of 16 bytes, one of K, the same for all threads, and one of u, of which the
// other 8 numbers are still in registers. Threads have samples near the start and near
// the end of the row, so that all do the same work. An empty place of 16 bytes after 128
// puts the reads of u, 32 bytes apart, on different banks.
//
// Counts: length^2 / 2 multiply-adds and 12 bytes of float a sample: arithmetic is the
// ceiling above length 100; beyond a few thousand samples FFT convolution is faster.
#include "number.cuh"

enum { U_BACKWARDS = 1, K_BACKWARDS = 2, Y_BACKWARDS = 4 };
constexpr int W = 8, MARGIN = 8;  // samples of a thread, zeros before the first

INLINE int place(int t) { return t + MARGIN + (t + MARGIN) / 32 * 4; }

// Samples t >= first are wanted. Row r has the kernel r % kernels. Backwards, t counts
// from the other end of u or y, and k from the other end of K.
template <typename S, typename Out>
__global__ void __launch_bounds__(256)
    convolve(const S *u, const S *K, Out *y, int kernels, int length, int taps,
             int first, int order) {
  using T = typename arithmetic<S>::type;
  DYNAMIC_SHARED(pool);
  const int groups = (length + W - 1) / W, padded = groups * W;
  T *ks = reinterpret_cast<T *>(pool), *us = ks + padded;
  const int tid = threadIdx.x, threads = blockDim.x;
  u += size_t(blockIdx.x) * length;
  K += size_t(blockIdx.x % kernels) * taps;
  y += size_t(blockIdx.x) * (length - first);
  for (int k = tid; k < padded; k += threads)
    ks[k] = k < taps ? load(K[order & K_BACKWARDS ? taps - 1 - k : k]) : T(0);
  for (int t = tid - MARGIN; t < padded; t += threads) {
    const bool inside = t >= 0 && t < length;
    us[place(t)] = inside ? load(u[order & U_BACKWARDS ? length - 1 - t : t]) : T(0);
  }
  __syncthreads();

  for (int e = tid; e < groups; e += threads) {
    // Groups in turn from both ends: what is short goes with what is long.
    const int turn = e / threads, i = turn / 2 * threads + e % threads;
    const int group = turn % 2 ? groups - 1 - i : i, t = group * W;
    if (t + W <= first) continue;
    T sum[W] = {};
    quad<T> near = quad_at(us + place(t + 4)), middle = quad_at(us + place(t));
    const int lags = min((taps + 3) / 4 * 4, t + W);
    for (int k = 0; k < lags; k += 4) {
      const quad<T> far = quad_at(us + place(t - k - 4)), h = quad_at(ks + k);
      T past[12];  // of t - k - 4 .. t - k + 7
#pragma unroll
      for (int j = 0; j < 4; ++j)
        past[j] = far.v[j], past[4 + j] = middle.v[j], past[8 + j] = near.v[j];
#pragma unroll
      for (int j = 0; j < W; ++j)
#pragma unroll
        for (int lag = 0; lag < 4; ++lag) sum[j] += h.v[lag] * past[4 + j - lag];
      near = middle, middle = far;
    }
#pragma unroll
    for (int j = 0; j < W; ++j) {
      const int at = order & Y_BACKWARDS ? length - 1 - t - j : t + j - first;
      if (t + j >= first && t + j < length) store(y + at, sum[j]);
    }
  }
}
