// The transpose of scan.cu: a scan from the last sample of a row to the first,
//   h_n = g_n + conj(a_{n+1}) h_{n+1},  e = length - 1 - n,
// and, as each h_n goes to memory, the gradient h_n conj(z_{n-1}) of the gain: stored
// if gains vary, else summed over the block's segment. A sample costs three numbers
// read or written, four or five if the gains vary.
#include "scan.cuh"

template <typename E, bool VARYING> struct Backward {
  const E *a, *z, *start, *g;
  E *x_bar, *a_bar, *start_bar;
  int length;
  E sum;
  INLINE E x(int e) const { return g[length - 1 - e]; }
  INLINE E gain(int e) const { return conj(a[e ? length - e : 0]); }
  INLINE E gain() const { return conj(*a); }
  INLINE void put(int e, E h) {
    const int n = length - 1 - e;
    const E slope = h * conj(n ? z[n - 1] : *start);
    x_bar[n] = h;
    if (VARYING) a_bar[n] = slope;
    else sum = sum + slope;
    if (n == 0) *start_bar = conj(*a) * h;
  }
};

template <typename E, bool VARYING>
INLINE Backward<E, VARYING> row_of(const E *a, const E *g, int row, int length) {
  const size_t at = size_t(row) * length;
  return {a + (VARYING ? at : row), nullptr, nullptr, g + at, nullptr, nullptr, nullptr,
          length, zero<E>()};
}

// a_bar is (rows, length) if gains vary, else a number for every block.
template <typename E, bool VARYING>
__global__ void __launch_bounds__(most_threads<E>)
    scan_backward(const E *a, const E *z, const E *start, const E *g,
                              const E *found, E *a_bar, E *x_bar, E *start_bar,
                              int length, int segment, int segments) {
  __shared__ E sums[most_threads<E>];
  const int row = blockIdx.x / segments, s = blockIdx.x % segments;
  const size_t at = size_t(row) * length;
  auto line = row_of<E, VARYING>(a, g, row, length);
  line.z = z + at, line.start = start + row;
  line.x_bar = x_bar + at, line.start_bar = start_bar + row;
  line.a_bar = a_bar + at;
  scan_segment<E, VARYING, true>(line, s * segment, min(length, (s + 1) * segment),
                                 s ? found[blockIdx.x - 1] : zero<E>());
  if constexpr (!VARYING) {
    const int tid = threadIdx.x;
    sums[tid] = line.sum;
    __syncthreads();
    for (int half = blockDim.x / 2; half; half /= 2) {
      if (tid < half) sums[tid] = sums[tid] + sums[tid + half];
      __syncthreads();
    }
    if (tid == 0) a_bar[blockIdx.x] = sums[0];
  }
}

template <typename E, bool VARYING>
__global__ void __launch_bounds__(most_threads<E>)
    ends_backward(const E *a, const E *g, E *gain, E *end, int length,
                              int segment, int segments) {
  const int row = blockIdx.x / segments, s = blockIdx.x % segments;
  auto line = row_of<E, VARYING>(a, g, row, length);
  const Affine<E> found = scan_segment<E, VARYING, false>(
      line, s * segment, min(length, (s + 1) * segment), zero<E>());
  if (threadIdx.x == 0) gain[blockIdx.x] = found.gain, end[blockIdx.x] = found.end;
}
