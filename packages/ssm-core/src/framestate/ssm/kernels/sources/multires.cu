// The fading tree of MultiresConv on chip: a row is read once and written once.
//
// A block holds a row in registers, sample i THREADS + tid as item i of a thread, with
// what has been summed for it. A level of dilation d < THREADS needs the samples of
// other threads: they pass through one line of shared memory, with zeros to its left.
// From d = THREADS on, the samples a level needs are the thread's own.
//
// Counts for TAPS = 2: a level takes 4 multiply-adds of a sample and, below THREADS, a
// read and a write of shared memory; reading and writing the row takes 2 numbers. At
// length 1024 (10 levels, 7 of them through shared memory) these are about 58
// instructions for 8 bytes of float: 0.45 clocks of an SM, where the memory of an H200
// asks for 0.39. With 16-bit storage the arithmetic is the ceiling.
#include "number.cuh"

template <typename S, int THREADS, int ITEMS, int TAPS>
__global__ void __launch_bounds__(THREADS)
    multires(const S *x, const typename arithmetic<S>::type *h0,
             const typename arithmetic<S>::type *h1,
             const typename arithmetic<S>::type *w, S *y, int channels, int length,
             int depth) {
  using T = typename arithmetic<S>::type;
  constexpr int MARGIN = (TAPS - 1) * THREADS / 2;  // the farthest look to the left
  DYNAMIC_SHARED(pool);
  T *line = reinterpret_cast<T *>(pool) + MARGIN;
  const int tid = threadIdx.x, channel = blockIdx.x % channels;
  w += size_t(channel) * (depth + 2);
  x += size_t(blockIdx.x) * length;
  y += size_t(blockIdx.x) * length;
  T low[ITEMS], out[ITEMS], f0[TAPS], f1[TAPS];
#pragma unroll
  for (int k = 0; k < TAPS; ++k) {
    f0[k] = h0[channel * TAPS + k];
    f1[k] = h1[channel * TAPS + k];
  }
#pragma unroll
  for (int i = 0; i < ITEMS; ++i) {
    const int t = i * THREADS + tid;
    low[i] = t < length ? load(x[t]) : T(0);
    out[i] = w[depth + 1] * low[i];
  }
  for (int t = tid; t < MARGIN; t += THREADS) line[t - MARGIN] = T(0);

  T g1[TAPS];  // the filter of a level's output, weighted
  const auto weigh = [&](int level) {
#pragma unroll
    for (int k = 0; k < TAPS; ++k) g1[k] = w[depth + 1 - level] * f1[k];
  };
  int level = 1;
  for (; level <= depth && 1 << (level - 1) < THREADS; ++level) {
    const int dilation = 1 << (level - 1);
    weigh(level);
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) line[i * THREADS + tid] = low[i];
    __syncthreads();
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      out[i] += g1[TAPS - 1] * low[i];
      low[i] *= f0[TAPS - 1];
    }
#pragma unroll
    for (int k = 0; k < TAPS - 1; ++k) {
      const T *past = line + tid - (TAPS - 1 - k) * dilation;
#pragma unroll
      for (int i = 0; i < ITEMS; ++i) {
        out[i] += g1[k] * past[i * THREADS];
        low[i] += f0[k] * past[i * THREADS];
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int reach = 1; reach < ITEMS; reach *= 2, ++level) {  // dilation / THREADS
    if (level > depth) break;
    weigh(level);
#pragma unroll
    for (int i = ITEMS - 1; i >= 0; --i) {
      out[i] += g1[TAPS - 1] * low[i];
      low[i] *= f0[TAPS - 1];
#pragma unroll
      for (int k = 0; k < TAPS - 1; ++k)
        if (i >= (TAPS - 1 - k) * reach) {
          out[i] += g1[k] * low[i - (TAPS - 1 - k) * reach];
          low[i] += f0[k] * low[i - (TAPS - 1 - k) * reach];
        }
    }
  }
  for (; level <= depth; ++level) {  // nothing but the newest tap is inside the row
    weigh(level);
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      out[i] += g1[TAPS - 1] * low[i];
      low[i] *= f0[TAPS - 1];
    }
  }
#pragma unroll
  for (int i = 0; i < ITEMS; ++i) {
    const int t = i * THREADS + tid;
    if (t < length) store(y + t, out[i] + w[0] * low[i]);
  }
}
