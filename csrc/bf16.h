// bfloat16: the upper half of a float32, of 8 bits of precision, and its conversions.
//
// What is rounded goes to the nearest number, of two as near to the even one; numbers
// below 1.2e-38 become 0 and NaN stays one. That is what processors with instructions for it do.
#pragma once

#include "vector.h"

namespace recurra::RECURRA_ISA {

struct Bf16 {
  uint16_t bits;
};

typedef uint16_t Halves __attribute__((vector_size(W * 2), may_alias));
typedef uint16_t HalvesUnaligned __attribute__((vector_size(W * 2), aligned(2), may_alias));

// Each number rounded, in the lower half of its lane.
inline Words rounded(Vec x) {
  const Words bits = (Words)x, size = bits & 0x7fffffffu;
  const Words nearest = bits + 0x7fffu + ((bits >> 16) & 1u);
  const Words number = size > 0x7f800000u ? bits | 0x00400000u : nearest;
  return (size < 0x00800000u ? bits & 0x80000000u : number) >> 16;
}

inline Halves to_bf16(Vec x) {
#if defined(__AVX512BF16__)
  return (Halves)_mm512_cvtneps_pbh((__m512)x);
#else
  return __builtin_convertvector(rounded(x), Halves);
#endif
}

// Two numbers to a word, the even one in the lower half.
inline Words to_pairs(Vec even, Vec odd) {
#if defined(__AVX512BF16__)
  static constexpr uint16_t ORDER[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                         21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                         11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)odd, (__m512)even);
  return (Words)_mm512_permutexvar_epi16(_mm512_loadu_si512(ORDER), both);
#else
  return rounded(even) | rounded(odd) << 16;
#endif
}

inline Vec from_bf16(Halves x) { return (Vec)(__builtin_convertvector(x, Words) << 16); }

// As those of float32 in vector.h.
inline void store(Bf16* p, Vec v) { *reinterpret_cast<HalvesUnaligned*>(p) = to_bf16(v); }
inline Vec load(const Bf16* p) {
  return from_bf16((Halves) * reinterpret_cast<const HalvesUnaligned*>(p));
}
inline void put(Bf16* p, Vec v, long count) {
  if (count >= W) return store(p, v);
  const Halves halves = to_bf16(v);
  for (long i = 0; i < count; i++) p[i].bits = halves[i];
}
inline Vec get(const Bf16* p, long count) {
  if (count >= W) return load(p);
  Halves halves = {};
  for (long i = 0; i < count; i++) halves[i] = p[i].bits;
  return from_bf16(halves);
}

}  // namespace recurra::RECURRA_ISA
