// Vectors of floats as the compiler gives them, and the functions of the cells on them.
//
// Included by isa.cpp, once for each instruction set; everything lies in a namespace of its own per set.
#pragma once

#include <cstdint>

namespace recurra::RECURRA_ISA {

#if defined(__AVX512F__)
constexpr int W = 16;         // floats in a vector
constexpr int TILE_ROWS = 12;  // rows of a register tile: 2 vectors wide, what the registers hold
#elif defined(__AVX2__)
constexpr int W = 8;
constexpr int TILE_ROWS = 6;
#else
constexpr int W = 4;
constexpr int TILE_ROWS = 6;
#endif

typedef float Vec __attribute__((vector_size(W * 4), may_alias));
typedef float VecUnaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef int32_t Bits __attribute__((vector_size(W * 4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const VecUnaligned*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<VecUnaligned*>(p) = v; }
inline Vec all(float value) { return value - Vec{}; }
inline Vec zero() { return Vec{}; }

inline void store_first(float* p, Vec v, long count) {  // the first `count` lanes
  for (long i = 0; i < count && i < W; i++) p[i] = v[i];
}

inline Vec load_first(const float* p, long count) {  // zeros beyond
  Vec v = zero();
  for (long i = 0; i < count && i < W; i++) v[i] = p[i];
  return v;
}

// As many lanes as `count` says, all of them if it says more.
inline void put(float* p, Vec v, long count) { count >= W ? store(p, v) : store_first(p, v, count); }
inline Vec get(const float* p, long count) { return count >= W ? load(p) : load_first(p, count); }

inline float sum(Vec v) {
  float total = 0;
  for (int i = 0; i < W; i++) total += v[i];
  return total;
}

// e^x to 1 unit in the last place; inf and 0 where float32 overflows, NaN for NaN.
inline Vec exp(Vec x) {
  x = x > 89.0f ? all(89.0f) : x;  // comparisons are false for NaN, which so passes through
  x = x < -104.0f ? all(-104.0f) : x;
  const Vec magic = all(12582912.0f);  // 1.5 * 2^23: adding it rounds to a whole number
  Vec shifted = x * 1.44269504f + magic;
  Vec whole = shifted - magic;
  Vec f = x - whole * 0.693359375f;
  f = f - whole * -2.12194440e-4f;
  Vec p = all(1.9875691500e-4f);
  p = p * f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * f * f + f + 1.0f;
  Bits n = (Bits)shifted - (Bits)magic;
  Bits half = n >> 1;  // in two factors, so that the ends of the range are reached by multiplication
  return p * (Vec)((half + 127) << 23) * (Vec)((n - half + 127) << 23);
}

inline Vec sigmoid(Vec x) { return 1.0f / (1.0f + exp(-x)); }

// tanh as a ratio of two polynomials, as in Eigen; exact at 0 and beyond the ends.
inline Vec tanh(Vec x) {
  Vec y = x > 7.90531110763549805f ? all(7.90531110763549805f) : x;
  y = y < -7.90531110763549805f ? all(-7.90531110763549805f) : y;
  Vec s = y * y;
  Vec p = all(-2.76076847742355e-16f);
  p = p * s + 2.00018790482477e-13f;
  p = p * s + -8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  Vec q = all(1.19825839466702e-06f);
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return s < 1.6e-7f ? x : y * p / q;
}

}  // namespace recurra::RECURRA_ISA
