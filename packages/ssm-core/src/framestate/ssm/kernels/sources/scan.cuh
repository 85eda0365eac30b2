// The scan of one segment of a row, z_e = a_e z_{e-1} + x_e, by one block.
//
// The block goes through the segment in tiles of ITEMS samples a thread. Each thread
// scans its samples from rest, thread 0 from what the tile before left; the ends are
// scanned across the block in log2(threads) steps (Kogge and Stone); then each thread
// runs its samples again from the state that it now knows. The next tile is read from
// memory meanwhile. A row is read and written once.
//
// A Row says what e means: x(e), gain(e) for VARYING gains or gain() for a fixed one,
// and put(e, z), which is called by threads side by side, for e below its length.
#pragma once
#include "number.cuh"

template <typename E> constexpr int items = 64 / sizeof(E);           // 64 bytes a thread
template <typename E> constexpr int most_threads = sizeof(E) == 16 ? 128 : 256;

template <typename E> INLINE E zero() { return E{}; }
INLINE void one(float &p) { p = 1; }
INLINE void one(double &p) { p = 1; }
template <typename T> INLINE void one(complex<T> &p) { p = {T(1), T(0)}; }

// p^n by squaring in double precision.
template <typename E> INLINE E to_the(E p, int n) {
  auto base = wide(p);
  decltype(base) product;
  E result;
  one(product);
  for (; n; n >>= 1, base = base * base)
    if (n & 1) product = product * base;
  narrow(product, result);
  return result;
}

// Samples of a tile in shared memory, one empty place after each thread's.
template <typename E, int THREADS> struct Stage {
  E at[THREADS * (items<E> + 1)];
  INLINE E &operator[](int e) { return at[e + e / items<E>]; }
};

// What a segment makes of the state before it: gain * state + end.
template <typename E> struct Affine { E gain, end; };

// Puts the states of e = first .. last - 1, the state before them being `carry`. With
// STORE false nothing is put, and the segment is returned as a map of that state; if
// the gain is fixed, it must then be whole tiles.
template <typename E, bool VARYING, bool STORE, typename Row>
INLINE Affine<E> scan_segment(Row &row, int first, int last, E carry) {
  constexpr int ITEMS = items<E>, THREADS = most_threads<E>;
  __shared__ Stage<E, THREADS> states;
  __shared__ Stage<E, VARYING ? THREADS : 1> gains;
  __shared__ E ends[2][THREADS];
  __shared__ E products[2][VARYING ? THREADS : 1];
  const int threads = blockDim.x, tid = threadIdx.x, tile = threads * ITEMS;
  E fixed, leap;  // the gain over a sample, and over a thread's samples
  if constexpr (!VARYING) fixed = row.gain(), leap = to_the(fixed, ITEMS);
  E x[ITEMS], a[VARYING ? ITEMS : 1], total;
  one(total);

  auto read = [&](int from) {
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      const int e = from + i * threads + tid;
      x[i] = e < last ? row.x(e) : zero<E>();
      if constexpr (VARYING) {
        one(a[i]);
        if (e < last) a[i] = row.gain(e);
      }
    }
  };

  read(first);
  for (int from = first; from < last; from += tile) {
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      states[i * threads + tid] = x[i];
      if constexpr (VARYING) gains[i * threads + tid] = a[i];
    }
    __syncthreads();
    if (from + tile < last) read(from + tile);

    const int own = tid * ITEMS;
    const auto gain = [&](int i) {
      if constexpr (VARYING) return gains[own + i];
      else return fixed;
    };
    E z = tid ? zero<E>() : carry, product;
    one(product);
#pragma unroll
    for (int i = 0; i < ITEMS; ++i) {
      z = gain(i) * z + states[own + i];
      if constexpr (VARYING) product = gain(i) * product;
    }
    if constexpr (!VARYING) product = leap;

    int now = 0;
    ends[0][tid] = z;
    if constexpr (VARYING) products[0][tid] = product;
    __syncthreads();
    for (int reach = 1; reach < threads; reach *= 2, now ^= 1) {
      if (tid >= reach) {
        z = z + product * ends[now][tid - reach];
        if constexpr (VARYING) product = product * products[now][tid - reach];
      }
      if constexpr (!VARYING) product = product * product;
      ends[now ^ 1][tid] = z;
      if constexpr (VARYING) products[now ^ 1][tid] = product;
      __syncthreads();
    }

    if (STORE) {
      z = tid ? ends[now][tid - 1] : carry;
#pragma unroll
      for (int i = 0; i < ITEMS; ++i) z = states[own + i] = gain(i) * z + states[own + i];
    }
    carry = ends[now][threads - 1];
    if constexpr (VARYING) total = products[now][threads - 1] * total;
    __syncthreads();
    if (STORE) {
#pragma unroll
      for (int i = 0; i < ITEMS; ++i) {
        const int e = i * threads + tid;
        if (from + e < last) row.put(from + e, states[e]);
      }
      __syncthreads();
    }
  }
  if constexpr (!VARYING) total = to_the(fixed, last - first);
  return {total, carry};
}
