// Vectors of doubles, half as many as floats, for sums that must keep their digits at any length.
#pragma once

#include <cstdint>

#include "vector.h"

namespace recurra::RECURRA_ISA {

constexpr int D = W / 2;  // doubles in a vector

typedef double Doubles __attribute__((vector_size(D * 8), may_alias));
typedef double DoublesUnaligned __attribute__((vector_size(D * 8), aligned(8), may_alias));
typedef int64_t LongBits __attribute__((vector_size(D * 8), may_alias));
typedef float HalfUnaligned
    __attribute__((vector_size(D * 4), aligned(4), may_alias));  // as many floats

inline Doubles load(const double* p) { return *reinterpret_cast<const DoublesUnaligned*>(p); }
inline void store(double* p, Doubles v) { *reinterpret_cast<DoublesUnaligned*>(p) = v; }
inline Doubles load_as_doubles(const float* p) {
  return __builtin_convertvector(*reinterpret_cast<const HalfUnaligned*>(p), Doubles);
}
inline void store_as_floats(float* p, Doubles v) {
  *reinterpret_cast<HalfUnaligned*>(p) = __builtin_convertvector(v, HalfUnaligned);
}

inline double sum(Doubles v) {
  alignas(64) double part[D];
  store(part, v);
  for (int half = D / 2; half;
       half /= 2)  // in pairs: a sum of one after the other would wait for each
    for (int i = 0; i < half; i++) part[i] += part[i + half];
  return part[0];
}

// e^x within 1e-14 of its value, for x up to 0; 0 below e^-708, NaN for NaN.
inline Doubles exp_up_to_0(Doubles x) {
  const Doubles magic =
      6755399441055744.0 - Doubles{};  // 1.5 * 2^52: adding it rounds to a whole number
  const Doubles y = x < -708.0 ? -708.0 - Doubles{} : x;
  const Doubles shifted = y * 1.4426950408889634 + magic;
  const Doubles whole = shifted - magic;
  const Doubles f = (y - whole * 0.693145751953125) - whole * 1.42860682030941723212e-6;
  Doubles p = 1.0 / 39916800.0 - Doubles{};  // Taylor's series, of degree 11
  p = p * f + 1.0 / 3628800.0;
  p = p * f + 1.0 / 362880.0;
  p = p * f + 1.0 / 40320.0;
  p = p * f + 1.0 / 5040.0;
  p = p * f + 1.0 / 720.0;
  p = p * f + 1.0 / 120.0;
  p = p * f + 1.0 / 24.0;
  p = p * f + 1.0 / 6.0;
  p = p * f + 0.5;
  p = p * f + 1.0;
  p = p * f + 1.0;
  const LongBits n = (LongBits)shifted - (LongBits)magic;
  const Doubles found = p * (Doubles)((n + 1023) << 52);
  return x < -708.0 ? Doubles{} : found;
}

}  // namespace recurra::RECURRA_ISA
