// z_n = a_n z_{n-1} + x_n along rows, each cut into segments, a block for each.
//
// `ends` finds what a segment makes of rest and by what it multiplies the state that
// it finds; a scan over those, with this same kernel, gives those states; `scan` then
// starts from them. Where there are rows enough a row is one segment and `ends` is not
// needed: a sample is read and written once, 16 bytes for complex<float>.
#include "scan.cuh"

template <typename E, bool VARYING> struct Forward {
  const E *a, *samples;
  E *states;
  INLINE E x(int e) const { return samples[e]; }
  INLINE E gain(int e) const { return a[e]; }
  INLINE E gain() const { return *a; }
  INLINE void put(int e, E z) const { states[e] = z; }
};

template <typename E, bool VARYING>
INLINE Forward<E, VARYING> row_of(const E *a, const E *x, E *z, int row, int length) {
  const size_t at = size_t(row) * length;
  return {a + (VARYING ? at : row), x + at, z + at};
}

// found[row * segments + s - 1] is the state that segment s > 0 finds.
template <typename E, bool VARYING>
__global__ void __launch_bounds__(most_threads<E>)
    scan(const E *a, const E *x, const E *start, const E *found, E *z,
                     int length, int segment, int segments) {
  const int row = blockIdx.x / segments, s = blockIdx.x % segments;
  const E carry = s ? found[blockIdx.x - 1] : start[row];
  auto line = row_of<E, VARYING>(a, x, z, row, length);
  scan_segment<E, VARYING, true>(line, s * segment, min(length, (s + 1) * segment),
                                 carry);
}

template <typename E, bool VARYING>
__global__ void __launch_bounds__(most_threads<E>)
    ends(const E *a, const E *x, E *gain, E *end, int length, int segment,
                     int segments) {
  const int row = blockIdx.x / segments, s = blockIdx.x % segments;
  auto line = row_of<E, VARYING>(a, x, (E *)nullptr, row, length);
  const Affine<E> found = scan_segment<E, VARYING, false>(
      line, s * segment, min(length, (s + 1) * segment), zero<E>());
  if (threadIdx.x == 0) gain[blockIdx.x] = found.gain, end[blockIdx.x] = found.end;
}
