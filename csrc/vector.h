// Vectors of floats as the compiler gives them, and the functions of the cells on them.
//
// Included by isa.cpp, once for each instruction set; everything lies in a namespace of its own
// per set.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace recurra::RECURRA_ISA {

#if defined(__AVX512F__)
constexpr int W = 16;  // floats in a vector
#elif defined(__AVX2__)
constexpr int W = 8;
#else
constexpr int W = 4;
#endif

// Rows of a register tile: 2 vectors wide, what the registers hold.
#if defined(__AMX_BF16__)
constexpr int TILE_ROWS = 32;
#elif defined(__AVX512F__)
constexpr int TILE_ROWS = 12;
#elif defined(RECURRA_BF16)
constexpr int TILE_ROWS = 4;  // beside widened numbers
#else
constexpr int TILE_ROWS = 6;
#endif

typedef float Vec __attribute__((vector_size(W * 4)));
typedef float VecUnaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef int32_t Bits __attribute__((vector_size(W * 4), may_alias));
typedef uint32_t Words __attribute__((vector_size(W * 4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const VecUnaligned*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<VecUnaligned*>(p) = v; }
inline Vec all(float value) { return value - Vec{}; }
inline Vec zero() { return Vec{}; }

// a b + sum, rounded once where the processor has an instruction for it, whatever the compiler may
// contract.
inline Vec multiply_add(Vec a, Vec b, Vec sum) {
#if defined(__AVX512F__)
  return (Vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)sum);
#elif defined(__FMA__)
  return (Vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)sum);
#else
  return a * b + sum;
#endif
}

// The first `count` lanes: all of them if there are fewer, none if it is below 1; loaded, zeros
// beyond.
#if defined(__AVX512F__)
inline __mmask16 first_lanes(long count) {
  return count >= W ? 0xFFFF : count < 1 ? 0 : __mmask16((1u << count) - 1);
}
inline void store_first(float* p, Vec v, long count) {
  _mm512_mask_storeu_ps(p, first_lanes(count), (__m512)v);
}
inline Vec load_first(const float* p, long count) {
  return (Vec)_mm512_maskz_loadu_ps(first_lanes(count), p);
}
#elif defined(__AVX2__)
inline __m256i first_lanes(long count) {
  const int lanes = count >= W ? W : count < 0 ? 0 : int(count);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline void store_first(float* p, Vec v, long count) {
  _mm256_maskstore_ps(p, first_lanes(count), (__m256)v);
}
inline Vec load_first(const float* p, long count) {
  return (Vec)_mm256_maskload_ps(p, first_lanes(count));
}
#else
inline void store_first(float* p, Vec v, long count) {
  for (long i = 0; i < count && i < W; i++) p[i] = v[i];
}
inline Vec load_first(const float* p, long count) {
  Vec v = zero();
  for (long i = 0; i < count && i < W; i++) v[i] = p[i];
  return v;
}
#endif

// As many lanes as `count` says, all of them if it says more.
inline void put(float* p, Vec v, long count) {
  count >= W ? store(p, v) : store_first(p, v, count);
}
inline Vec get(const float* p, long count) { return count >= W ? load(p) : load_first(p, count); }

// Ask for numbers that are read soon.
inline void fetch(const float* from, long count) {
  asm volatile("");  // an effect, without which compilers leave out calls of what only asks
  for (long i = 0; i < count; i += W) __builtin_prefetch(from + i);
}

inline float sum(Vec v) {
  float total = 0;
  for (int i = 0; i < W; i++) total += v[i];
  return total;
}

// The smaller and the larger of two; x where it is NaN. Compilers make two instructions of the
// comparison, not one.
#if defined(__AVX512F__)
inline Vec at_most(Vec x, float most) { return (Vec)_mm512_min_ps((__m512)all(most), (__m512)x); }
inline Vec at_least(Vec x, float least) {
  return (Vec)_mm512_max_ps((__m512)all(least), (__m512)x);
}
#elif defined(__AVX2__)
inline Vec at_most(Vec x, float most) { return (Vec)_mm256_min_ps((__m256)all(most), (__m256)x); }
inline Vec at_least(Vec x, float least) {
  return (Vec)_mm256_max_ps((__m256)all(least), (__m256)x);
}
#elif defined(__x86_64__)
inline Vec at_most(Vec x, float most) { return (Vec)_mm_min_ps((__m128)all(most), (__m128)x); }
inline Vec at_least(Vec x, float least) { return (Vec)_mm_max_ps((__m128)all(least), (__m128)x); }
#else
inline Vec at_most(Vec x, float most) { return x > most ? all(most) : x; }
inline Vec at_least(Vec x, float least) { return x < least ? all(least) : x; }
#endif

// e^x within 1.1 units in the last place, for x up to 89; 0 where float32 underflows, NaN for NaN.
inline Vec exp_up_to_89(Vec x) {
  x = at_least(x, -104.0f);
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
  Bits half =
      n >> 1;  // in two factors, so that the ends of the range are reached by multiplication
  return p * (Vec)((half + 127) << 23) * (Vec)((n - half + 127) << 23);
}

// The same for every x; infinity where float32 overflows.
inline Vec exp(Vec x) { return exp_up_to_89(at_most(x, 89.0f)); }

// 1 / (1 + e^-x), from e^-|x|, so that no digit is lost on either side. Within 2 units in the last
// place.
inline Vec sigmoid(Vec x) {
  const Vec e = exp_up_to_89((Vec)((Bits)x | INT32_MIN));
  return (x < 0.0f ? e : all(1.0f)) / (1.0f + e);
}

// tanh as x P(x^2) / Q(x^2), of degrees 9 and 8, fitted to 1e-8 of its value up to 8.1. Beyond,
// where float32 knows no more than one or two numbers below 1, the quotient grows past 1, which it
// is held to: exactly 1 from 9.01 on. Within 5.5 units in the last place.
inline Vec tanh(Vec x) {
  const Vec y = at_least(at_most(x, 9.01f), -9.01f);
  Vec s = y * y;
  Vec p = all(1.509681802e-08f);
  p = p * s + 2.181103991e-05f;
  p = p * s + 3.566932399e-03f;
  p = p * s + 1.344068050e-01f;
  p = p * s + 1.0f;
  Vec q = all(8.471843671e-07f);
  q = q * s + 3.403390001e-04f;
  q = q * s + 2.614705078e-02f;
  q = q * s + 4.677400887e-01f;
  q = q * s + 1.0f;
  return at_least(at_most(y * p / q, 1.0f), -1.0f);
}

}  // namespace recurra::RECURRA_ISA
