// Gradients of multires.cu: for x, and for each row the sums that h0, h1 and w need.
//
// A block takes rows in turn. It makes the lows again, level by level, and keeps each;
// then it goes back through the levels with `bar`, the gradient of the low that a level
// leaves, and the gradient g of the output, both in shared memory with what lies to the
// right of a sample at hand:
//   seen_k = sum_t low_t g_{t+shift},   h1_k += w seen_k,   w += sum_k f1_k seen_k,
//   h0_k += sum_t low_t bar_{t+shift},  bar_t <- sum_k f0_k bar_{t+shift} + w f1_k g_{t+shift}
// with shift = (TAPS - 1 - k) dilation. A thread needs only its own samples of the lows:
// they are in shared memory where that holds a row's, else in the workspace.
//
// Counts for TAPS = 2: 10 multiply-adds and 6 reads or writes of shared memory for a
// level and sample; x, g and the gradient of x are 3 numbers of a sample. From depth 8
// or so on an H200 the arithmetic is the ceiling.
#include "number.cuh"

template <typename S, int THREADS, int ITEMS, int TAPS>
__global__ void __launch_bounds__(THREADS)
    multires_backward(const S *x, const typename arithmetic<S>::type *h0,
                      const typename arithmetic<S>::type *h1,
                      const typename arithmetic<S>::type *w, const S *g, S *x_bar,
                      typename arithmetic<S>::type *sums,
                      typename arithmetic<S>::type *workspace, int rows, int channels,
                      int length, int depth, int lows_on_chip) {
  using T = typename arithmetic<S>::type;
  constexpr int ROW = ITEMS * THREADS, LAST = TAPS - 1;
  constexpr int LINES = 2 * ITEMS > 2 * TAPS + 2 ? 2 * ITEMS : 2 * TAPS + 2;
  DYNAMIC_SHARED(pool);
  T *bars = reinterpret_cast<T *>(pool), *gs = bars + ROW;
  T *lows = lows_on_chip ? bars + LINES * THREADS
                         : workspace + size_t(blockIdx.x) * depth * ROW;
  const int tid = threadIdx.x, wanted = 2 * TAPS + depth + 2;

  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const int channel = row % channels;
    const T *weights = w + size_t(channel) * (depth + 2);
    const size_t at = size_t(row) * length;
    T f0[TAPS], f1[TAPS], h0_bar[TAPS] = {}, h1_bar[TAPS] = {};
    T own[ITEMS], bar[ITEMS];  // the low, then g; the gradient of the low
#pragma unroll
    for (int k = 0; k < TAPS; ++k) {
      f0[k] = h0[channel * TAPS + k];
      f1[k] = h1[channel * TAPS + k];
    }
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      const int t = i * THREADS + tid;
      own[i] = t < length ? load(x[at + t]) : T(0);
    }
    for (int level = 0; level < depth; ++level) {
#pragma unroll
      for (int i = 0; i < ITEMS; ++i)
        bars[i * THREADS + tid] = lows[level * ROW + i * THREADS + tid] = own[i];
      __syncthreads();
#pragma unroll
      for (int i = 0; i < ITEMS; ++i) own[i] *= f0[LAST];
      for (int k = 0; k < LAST; ++k) {
        const int first = tid - (LAST - k) * (1 << level);
#pragma unroll
        for (int i = 0; i < ITEMS; ++i)
          if (first + i * THREADS >= 0) own[i] += f0[k] * bars[first + i * THREADS];
      }
      __syncthreads();
    }

    T last_bar = T(0), x_weight_bar = T(0);  // of w[0] and w[depth + 1]
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      const int t = i * THREADS + tid;
      const T slope = t < length ? load(g[at + t]) : T(0);
      last_bar += slope * own[i];
      own[i] = gs[t] = slope;
      bar[i] = weights[0] * slope;
    }
    for (int level = depth; level > 0; --level) {
      const int dilation = 1 << (level - 1);
      T *low = lows + (level - 1) * ROW + tid;
      const T weight = weights[depth + 1 - level];
      T weight_bar = T(0);
#pragma unroll
      for (int i = 0; i < ITEMS; ++i) bars[i * THREADS + tid] = bar[i];
      __syncthreads();
      T seen = T(0);
#pragma unroll
      for (int i = 0; i < ITEMS; ++i) {
        seen += low[i * THREADS] * own[i];
        h0_bar[LAST] += low[i * THREADS] * bar[i];
        bar[i] = f0[LAST] * bar[i] + weight * f1[LAST] * own[i];
      }
      h1_bar[LAST] += weight * seen;
      weight_bar += f1[LAST] * seen;
#pragma unroll
      for (int k = 0; k < LAST; ++k) {
        const int first = tid + (LAST - k) * dilation;
        const T *late_bar = bars + first, *late_g = gs + first;
        seen = T(0);
#pragma unroll
        for (int i = 0; i < ITEMS; ++i)
          if (first + i * THREADS < ROW) {
            const T slope = late_g[i * THREADS], other = late_bar[i * THREADS];
            seen += low[i * THREADS] * slope;
            h0_bar[k] += low[i * THREADS] * other;
            bar[i] += f0[k] * other + weight * f1[k] * slope;
          }
        h1_bar[k] += weight * seen;
        weight_bar += f1[k] * seen;
      }
      *low = weight_bar;  // this level's samples are no longer needed
      __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      const int t = i * THREADS + tid;
      if (t < length) {
        x_weight_bar += own[i] * load(x[at + t]);
        store(x_bar + at + t, bar[i] + weights[depth + 1] * own[i]);
      }
    }
    // Every thread's parts of the sums, a line for each: 32 threads add a line's.
    __syncthreads();
#pragma unroll
    for (int k = 0; k < TAPS; ++k) {
      bars[k * THREADS + tid] = h0_bar[k];
      bars[(TAPS + k) * THREADS + tid] = h1_bar[k];
    }
    bars[2 * TAPS * THREADS + tid] = last_bar;
    bars[(2 * TAPS + 1) * THREADS + tid] = x_weight_bar;
    __syncthreads();
    const auto parts = [&](int sum) {
      const int of_w = sum - 2 * TAPS;  // w[of_w]: the first, the levels, the last
      if (of_w <= 0) return bars + sum * THREADS;
      if (of_w > depth) return bars + (2 * TAPS + 1) * THREADS;
      return lows + (depth - of_w) * ROW;
    };
    for (int e = tid; e < wanted * 32; e += THREADS) {
      T *part = parts(e / 32) + e % 32, total = T(0);
      for (int t = 0; t < THREADS; t += 32) total += part[t];
      *part = total;
    }
    __syncthreads();
    for (int sum = tid; sum < wanted; sum += THREADS) {
      const T *part = parts(sum);
      T total = T(0);
      for (int t = 0; t < 32; ++t) total += part[t];
      sums[size_t(row) * wanted + sum] = total;
    }
    __syncthreads();
  }
}
