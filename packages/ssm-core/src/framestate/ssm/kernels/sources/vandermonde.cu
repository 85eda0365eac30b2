// K[r, l] = Re sum_m c[r, m] exp(l log_z[r, m]), as two levels of powers.
//
// A block makes N^2 samples of a row, N = SIDE * W, l = first + q N + s. With the
// tables far = c z^(first + q N) and near = z^s this is the real product
//   K[q, s] = sum_m far.re near.re + (-far.im) near.im,    q, s < N,
// in which a thread holds W x W samples. Each table of N powers is itself a product
// of two small ones, W and SIDE long, so a mode costs 2 (SIDE + W) exponentials.
//
// Counts, N = 128, float: a sample needs 2 M multiply-adds and 4 bytes written; from
// M = 18 on an H200 (67 Tflop/s, 4.8 TB/s) the arithmetic is the ceiling. A step of k
// costs a thread 64 multiply-adds and 4 reads of 16 bytes from shared memory; the
// tables add 23 instructions a mode and thread to its 136.
#include "number.cuh"

constexpr int MODES = 16;  // of one stage in shared memory

template <typename T, int SIDE, int W>
__global__ void __launch_bounds__(SIDE * SIDE, 2)
    vandermonde(const complex<T> *c, const complex<double> *log_z, T *K, int modes,
                int length, int tiles) {
  constexpr int N = SIDE * W, THREADS = SIDE * SIDE, SMALL = SIDE + W;
  alignas(16) __shared__ T near[2 * MODES][N];
  alignas(16) __shared__ T far[2 * MODES][N];
  __shared__ complex<T> small[MODES][2][SMALL];  // [..][0] of near, [..][1] of far
  const int row = blockIdx.x / tiles, tile = blockIdx.x % tiles;
  const int tid = threadIdx.x, ty = tid / SIDE, tx = tid % SIDE;
  T sum[W][W] = {};

  for (int done = 0; done < modes; done += MODES) {
    const int count = min(MODES, modes - done);
    const size_t at = size_t(row) * modes + done;
    // z^(stride i) for i < W, then z^(first + stride W i) for i < SIDE.
    for (int e = tid; e < count * 2 * SMALL; e += THREADS) {
      const int m = e / (2 * SMALL), is_far = e / SMALL % 2, i = e % SMALL;
      const double stride = is_far ? N : 1;
      const double first = is_far ? double(tile) * N * N : 0;
      const double l = i < W ? stride * i : first + stride * W * (i - W);
      complex<T> z = power<T>(log_z[at + m], l);
      if (is_far && i >= W) z = c[at + m] * z;
      small[m][is_far][i] = z;
    }
    __syncthreads();
    for (int e = tid; e < count * 2 * N; e += THREADS) {
      const int m = e / (2 * N), is_far = e / N % 2, i = e % N;
      const complex<T> z = small[m][is_far][W + i / W] * small[m][is_far][i % W];
      T(*table)[N] = is_far ? far : near;
      table[2 * m][i] = z.re;
      table[2 * m + 1][i] = is_far ? -z.im : z.im;
    }
    __syncthreads();
    for (int k = 0; k < 2 * count; ++k) {
      T q[W], s[W];
#pragma unroll
      for (int i = 0; i < W; i += 4) {
        const quad<T> rows = quad_at(&far[k][i * SIDE + 4 * ty]);
        const quad<T> columns = quad_at(&near[k][i * SIDE + 4 * tx]);
#pragma unroll
        for (int j = 0; j < 4; ++j) q[i + j] = rows.v[j], s[i + j] = columns.v[j];
      }
#pragma unroll
      for (int i = 0; i < W; ++i)
#pragma unroll
        for (int j = 0; j < W; ++j) sum[i][j] += q[i] * s[j];
    }
  }

  // Sample i of a thread is i / 4 * 4 SIDE + 4 t + i % 4: quads, side by side.
#pragma unroll
  for (int i = 0; i < W; ++i) {
    const int q = i / 4 * 4 * SIDE + 4 * ty + i % 4;
#pragma unroll
    for (int j = 0; j < W; j += 4) {
      const int l = (tile * N + q) * N + j * SIDE + 4 * tx;
      T *to = K + size_t(row) * length + l;
      if (length % 4 == 0 && l < length) {
        quad<T> out;
#pragma unroll
        for (int e = 0; e < 4; ++e) out.v[e] = sum[i][j + e];
        *reinterpret_cast<quad<T> *>(to) = out;
      } else {
#pragma unroll
        for (int e = 0; e < 4; ++e)
          if (l + e < length) to[e] = sum[i][j + e];
      }
    }
  }
}
