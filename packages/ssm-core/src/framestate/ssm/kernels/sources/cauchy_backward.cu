// Gradients of cauchy.cu, with p = g conj(direct) and q = conj(g) mirror:
//   v    sum over l of p + q,
//   lam  -sum over l of conj(v direct) p + conj(v) mirror q,
//   s    -sum over m of conj(v direct) p + conj(conj(v) mirror q).
// The first two have a thread for a mode, the third one for a point: the reciprocals
// are made twice, and no sum crosses a block but for the parts of a row.
#include "cauchy.cuh"

template <typename T> struct Slopes { complex<T> p, q, direct, mirror; };

template <typename T>
INLINE Slopes<T> slopes(complex<T> v, complex<T> s, complex<T> lam, complex<T> g) {
  const Reciprocals<T> of = reciprocals(s, lam);
  const complex<T> p = g * conj(of.direct), q = conj(g) * of.mirror;
  return {p, q, conj(v * of.direct) * p, conj(v) * of.mirror * q};
}

// A block has `lanes` modes and several points of each at a time, of STAGED points.
template <typename T>
__global__ void __launch_bounds__(256)
    cauchy_modes(const complex<T> *v, const complex<T> *s, const complex<T> *lam,
                 const complex<T> *g, complex<T> *v_bar, complex<T> *lam_bar, int modes,
                 int length, int shared_s, int shared_lam, int lanes, int part) {
  __shared__ complex<T> points[STAGED], grads[STAGED], left[256][2];
  const int tid = threadIdx.x, threads = blockDim.x, groups = threads / lanes;
  const int parts = (length + part - 1) / part, row = blockIdx.x / parts;
  const int first = blockIdx.x % parts * part, last = min(length, first + part);
  const int m = blockIdx.y * lanes + tid % lanes, group = tid / lanes;
  s += shared_s ? 0 : size_t(row) * length;
  g += size_t(row) * length;
  const int known = min(m, modes - 1);
  const complex<T> residue = v[size_t(row) * modes + known];
  const complex<T> pole = lam[(shared_lam ? 0 : size_t(row) * modes) + known];
  complex<T> of_v = {}, of_lam = {};
  for (int from = first; from < last; from += STAGED) {
    const int count = min(STAGED, last - from);
    __syncthreads();
    for (int l = tid; l < count; l += threads) {
      points[l] = s[from + l];
      grads[l] = g[from + l];
    }
    __syncthreads();
    for (int l = group; l < count; l += groups) {
      const Slopes<T> at = slopes(residue, points[l], pole, grads[l]);
      of_v = of_v + at.p + at.q;
      of_lam = of_lam - at.direct - at.mirror;
    }
  }
  left[tid][0] = of_v, left[tid][1] = of_lam;
  __syncthreads();
  if (tid < lanes && m < modes) {
    for (int i = 1; i < groups; ++i) {
      of_v = of_v + left[i * lanes + tid][0];
      of_lam = of_lam + left[i * lanes + tid][1];
    }
    v_bar[size_t(blockIdx.x) * modes + m] = of_v;
    lam_bar[size_t(blockIdx.x) * modes + m] = of_lam;
  }
}

template <typename T>
__global__ void __launch_bounds__(256)
    cauchy_points(const complex<T> *v, const complex<T> *s, const complex<T> *lam,
                  const complex<T> *g, complex<T> *s_bar, int modes, int length,
                  int shared_s, int shared_lam) {
  __shared__ complex<T> residues[STAGED], poles[STAGED];
  const int tid = threadIdx.x, threads = blockDim.x;
  const int parts = (length + threads - 1) / threads, row = blockIdx.x / parts;
  const int l = blockIdx.x % parts * threads + tid, known = min(l, length - 1);
  v += size_t(row) * modes;
  lam += shared_lam ? 0 : size_t(row) * modes;
  const complex<T> point = s[(shared_s ? 0 : size_t(row) * length) + known];
  const complex<T> grad = g[size_t(row) * length + known];
  complex<T> sum = {};
  for (int from = 0; from < modes; from += STAGED) {
    const int count = min(STAGED, modes - from);
    __syncthreads();
    for (int m = tid; m < count; m += threads) {
      residues[m] = v[from + m];
      poles[m] = lam[from + m];
    }
    __syncthreads();
    for (int m = 0; m < count; ++m) {
      const Slopes<T> at = slopes(residues[m], point, poles[m], grad);
      sum = sum - at.direct - conj(at.mirror);
    }
  }
  if (l < length) s_bar[size_t(row) * length + l] = sum;
}
