// k[r, l] = sum_m v / (s + lam) + conj(v) / (s + conj(lam)).
//
// A thread has POINTS points of a row in registers and meets the modes one by one in
// shared memory, where all threads read the same one. A pair of mode and point costs 18
// operations and 2 reciprocals, which an SM makes at 1/8 of the rate: both take about
// 0.14 clocks. From a handful of modes on memory is not the ceiling.
#include "cauchy.cuh"

constexpr int POINTS = 4;

// s and lam have a row for each r, or (shared_s, shared_lam) one for all.
template <typename T>
__global__ void __launch_bounds__(256)
    cauchy(const complex<T> *v, const complex<T> *s, const complex<T> *lam,
           complex<T> *k, int modes, int length, int shared_s, int shared_lam) {
  __shared__ complex<T> residues[STAGED], poles[STAGED];
  const int tid = threadIdx.x, threads = blockDim.x, part = threads * POINTS;
  const int parts = (length + part - 1) / part, row = blockIdx.x / parts;
  const int first = blockIdx.x % parts * part + tid;
  v += size_t(row) * modes;
  s += shared_s ? 0 : size_t(row) * length;
  lam += shared_lam ? 0 : size_t(row) * modes;
  complex<T> point[POINTS], sum[POINTS] = {};
#pragma unroll
  for (int i = 0; i < POINTS; ++i) point[i] = s[min(first + i * threads, length - 1)];

  for (int from = 0; from < modes; from += STAGED) {
    const int count = min(STAGED, modes - from);
    __syncthreads();
    for (int m = tid; m < count; m += threads) {
      residues[m] = v[from + m];
      poles[m] = lam[from + m];
    }
    __syncthreads();
    for (int m = 0; m < count; ++m) {
      const complex<T> residue = residues[m], pole = poles[m];
#pragma unroll
      for (int i = 0; i < POINTS; ++i) {
        const Reciprocals<T> of = reciprocals(point[i], pole);
        sum[i] = sum[i] + residue * of.direct + conj(residue) * of.mirror;
      }
    }
  }
#pragma unroll
  for (int i = 0; i < POINTS; ++i) {
    const int l = first + i * threads;
    if (l < length) k[size_t(row) * length + l] = sum[i];
  }
}
