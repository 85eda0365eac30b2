// z_{n+1} = z_n + (1 - g_n) (settled u_n - z_n), g_n = (n/(n+1))^lam: a scan with gains
// that change, in segments of a row, a thread for each mode and segment.
//
// `scaled_ends` finds what a segment makes of rest, `scaled_found` what it finds: over a
// whole segment the gain has the closed form (first/last)^lam, so no product of gains is
// ever formed. `scaled_states` then runs from there. The loss 1 - g_n has the precision
// of T relative to itself however small it is, and the state is kept in double: what is
// rounded does not accumulate with n. An 8 byte state of complex<float> costs about 60
// instructions, twice: arithmetic is the ceiling, and the state is written once.
#include "number.cuh"

constexpr int STEPS = 16, MOST = 128;  // samples of a stage, threads of a block

template <typename T> struct Mode {
  complex<double> lam, settled, z;

  // 1 - exp(-lam step), with sine and cosine of half the angle of lam.im step.
  INLINE complex<double> loss(double step) const {
    const double per_turn = 0.15915494309189533577;  // 1 / (2 pi)
    const T fall = exponential_minus_1(T(-lam.re * step));
    const double turns = lam.im * step * per_turn;
    T sine, cosine;
    turn((turns - rint(turns)) / 2, sine, cosine);
    const T away = 2 * sine * sine;
    return {double(away - fall * (1 - away)), double((1 + fall) * 2 * sine * cosine)};
  }
  INLINE void absorb(double u, double step, bool is_first) {
    const complex<double> rest = {settled.re * u, settled.im * u};
    z = is_first ? rest : z + loss(step) * (rest - z);
  }
};

// The input of a stage and the lengths log(1 + 1/n) of its steps, for a whole block.
struct Steps {
  double u[STEPS], step[STEPS];
  template <typename T> INLINE void fill(const T *from, int count, double n) {
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
      u[i] = from[i];
      step[i] = n + i > 0 ? log1p(1 / (n + i)) : 0;
    }
    __syncthreads();
  }
};

// Which row, segment and mode a thread has: blocks count modes first.
struct Place {
  int row, first, last, mode;
  size_t end;  // in arrays (rows, segments, modes)
  bool exists;
  INLINE Place(int modes, int length, int segment, int segments) {
    const int groups = (modes + blockDim.x - 1) / blockDim.x;
    const int s = blockIdx.x / groups % segments;
    row = blockIdx.x / groups / segments;
    first = s * segment, last = min(length, first + segment);
    mode = blockIdx.x % groups * blockDim.x + threadIdx.x;
    exists = mode < modes;
    mode = min(mode, modes - 1);
    end = (size_t(row) * segments + s) * modes + mode;
  }
};

template <typename T>
__global__ void __launch_bounds__(MOST)
    scaled_ends(const complex<double> *lam, const complex<double> *settled, const T *u,
                complex<double> *ends, int modes, int length, int segment, int segments,
                double count) {
  __shared__ Steps stage;
  const Place at(modes, length, segment, segments);
  Mode<T> mode = {lam[at.mode], settled[at.mode], {0, 0}};
  for (int from = at.first; from < at.last; from += STEPS) {
    const int steps = min(STEPS, at.last - from);
    stage.fill(u + size_t(at.row) * length + from, steps, count + from);
    for (int i = 0; i < steps; ++i)
      mode.absorb(stage.u[i], stage.step[i], count + from + i == 0);
  }
  if (at.exists) ends[at.end] = mode.z;
}

// In place: the ends of segments become the states that the segments find.
template <typename T>
__global__ void __launch_bounds__(MOST)
    scaled_found(const complex<double> *lam, const complex<T> *start,
                 complex<double> *ends, int rows, int modes, int segment, int segments,
                 double count) {
  const size_t e = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (e >= size_t(rows) * modes) return;
  const int row = e / modes, mode = e % modes;
  complex<double> z = wide(start[e]);
  for (int s = 0; s < segments; ++s) {
    complex<double> &place = ends[(size_t(row) * segments + s) * modes + mode];
    const double first = count + double(s) * segment;
    const complex<double> end = place, gain = power<double>(
        lam[mode], first > 0 ? -log1p(segment / first) : 0);
    place = z;
    z = first > 0 ? gain * z + end : end;
  }
}

template <typename T>
__global__ void __launch_bounds__(MOST)
    scaled_states(const complex<double> *lam, const complex<double> *settled, const T *u,
                  const complex<double> *found, complex<T> *states, int modes, int length,
                  int segment, int segments, double count) {
  __shared__ Steps stage;
  __shared__ complex<T> tile[MOST][STEPS + 1];
  const Place at(modes, length, segment, segments);
  Mode<T> mode = {lam[at.mode], settled[at.mode], found[at.end]};
  const int own = blockIdx.x % ((modes + blockDim.x - 1) / blockDim.x) * blockDim.x;
  for (int from = at.first; from < at.last; from += STEPS) {
    const int steps = min(STEPS, at.last - from);
    stage.fill(u + size_t(at.row) * length + from, steps, count + from);
    for (int i = 0; i < steps; ++i) {
      mode.absorb(stage.u[i], stage.step[i], count + from + i == 0);
      narrow(mode.z, tile[threadIdx.x][i]);
    }
    __syncthreads();
    for (int e = threadIdx.x; e < int(blockDim.x) * STEPS; e += blockDim.x) {
      const int m = e / STEPS, i = e % STEPS;
      if (own + m < modes && i < steps)
        states[(size_t(at.row) * modes + own + m) * length + from + i] = tile[m][i];
    }
  }
}
