// For every mode sum_l g_l conj(z^l), and conj(c) times the same with a factor l.
//
// A block takes N^2 samples of a row, N = SIDE * W, l = first + q N + s, and N / 4
// modes. It forms the real product over s
//   P[q, (m, 0..3)] = sum_s g[q, s] (re, -im, s re, -s im) of z^s
// in which a thread holds W x W numbers: 64 multiply-adds for 4 reads of 16 bytes at
// W = 8. What is left of the row, q, is summed with the weights conj(z^(first + q N))
// and the samples they stand for. Blocks of one row leave partial sums.
//
// Counts: a sample and mode cost 4 multiply-adds; g is read once for N / 4 modes. The
// tables of powers are products of two short ones, as in vandermonde.cu.
#include "number.cuh"

template <typename T, int SIDE, int W>
__global__ void __launch_bounds__(SIDE * SIDE, 2)
    vandermonde_backward(const complex<T> *c, const complex<double> *log_z, const T *g,
                         complex<T> *grad_c, complex<T> *grad_log_z, int modes,
                         int length, int tiles) {
  constexpr int N = SIDE * W, THREADS = SIDE * SIDE, SMALL = SIDE + W, MODES = N / 4;
  constexpr int STAGE = N < 32 ? N : 32;  // samples s of one stage
  constexpr int QUADS = STAGE / 4;
  alignas(16) __shared__ T samples[STAGE][N];
  alignas(16) __shared__ T powers[STAGE][N];
  __shared__ complex<T> small[MODES][2][SMALL];  // [..][0] of z^s, [..][1] of z^(q N)
  const int row = blockIdx.x / tiles, tile = blockIdx.x % tiles;
  const int from = blockIdx.y * MODES, count = min(MODES, modes - from);
  const int tid = threadIdx.x, ty = tid / SIDE, tx = tid % SIDE;
  const int first = tile * N * N;
  const size_t at = size_t(row) * modes + from;
  g += size_t(row) * length;

  for (int e = tid; e < MODES * 2 * SMALL; e += THREADS) {
    const int m = e / (2 * SMALL), is_far = e / SMALL % 2, i = e % SMALL;
    const double stride = is_far ? N : 1, start = is_far ? first : 0;
    const double l = i < W ? stride * i : start + stride * W * (i - W);
    small[m][is_far][i] = m < count ? power<T>(log_z[at + m], l) : complex<T>{};
  }

  T sum[W][W] = {};
  for (int s0 = 0; s0 < N; s0 += STAGE) {
    __syncthreads();
    // Column q of stage row s is kept at q ^ (s / 4 * 4): the threads of a warp, eight
    // quads of s by four q, then write to 32 banks, and 4 neighbors q stay together.
    for (int e = tid; e < QUADS * N; e += THREADS) {
      const int s = e % QUADS * 4, q = e / QUADS, l = first + q * N + s0 + s;
      quad<T> four;
      if (length % 4 == 0 && l < length) {
        four = quad_at(g + l);
      } else {
#pragma unroll
        for (int j = 0; j < 4; ++j) four.v[j] = l + j < length ? g[l + j] : T(0);
      }
#pragma unroll
      for (int j = 0; j < 4; ++j) samples[s + j][q ^ s] = four.v[j];
    }
    for (int e = tid; e < STAGE * MODES; e += THREADS) {
      const int s = e / MODES, m = e % MODES, l = s0 + s;
      const complex<T> z = small[m][0][W + l / W] * small[m][0][l % W];
      *reinterpret_cast<quad<T> *>(&powers[s][4 * m]) = {
          {z.re, -z.im, T(l) * z.re, -T(l) * z.im}};
    }
    __syncthreads();
    for (int s = 0; s < STAGE; ++s) {
      T q[W], p[W];
#pragma unroll
      for (int i = 0; i < W; i += 4) {
        const int column = (i * SIDE + 4 * ty) ^ (s / 4 * 4);
        const quad<T> rows = quad_at(&samples[s][column]);
        const quad<T> columns = quad_at(&powers[s][i * SIDE + 4 * tx]);
#pragma unroll
        for (int j = 0; j < 4; ++j) q[i + j] = rows.v[j], p[i + j] = columns.v[j];
      }
#pragma unroll
      for (int i = 0; i < W; ++i)
#pragma unroll
        for (int j = 0; j < W; ++j) sum[i][j] += q[i] * p[j];
    }
  }
  __syncthreads();

  // A thread has W values of q for each of its W / 4 modes m = j / 4 * SIDE + tx.
  complex<T>(*left)[MODES][2] = reinterpret_cast<complex<T>(*)[MODES][2]>(samples);
#pragma unroll
  for (int j = 0; j < W; j += 4) {
    const int m = j / 4 * SIDE + tx;
    complex<T> plain = {}, late = {};
#pragma unroll
    for (int i = 0; i < W; ++i) {
      const int q = i / 4 * 4 * SIDE + 4 * ty + i % 4;
      const T l = T(first + q * N);
      const complex<T> z = conj(small[m][1][W + q / W] * small[m][1][q % W]);
      const complex<T> p = {sum[i][j], sum[i][j + 1]};
      plain = plain + z * p;
      late = late + z * complex<T>{l * p.re + sum[i][j + 2], l * p.im + sum[i][j + 3]};
    }
    left[ty][m][0] = plain;
    left[ty][m][1] = late;
  }
  __syncthreads();
  for (int m = tid; m < count; m += THREADS) {
    complex<T> plain = {}, late = {};
    for (int i = 0; i < SIDE; ++i) {
      plain = plain + left[i][m][0];
      late = late + left[i][m][1];
    }
    const size_t to = (size_t(row) * tiles + tile) * modes + from + m;
    grad_c[to] = plain;
    grad_log_z[to] = conj(c[at + m]) * late;
  }
}
