// Dual numbers: a value and its tangent, the value's derivative along a direction. What is
// computed of them carries its own derivative along (Wengert, 1964).
#pragma once

#include "vector.h"

namespace recurra::RECURRA_ISA {

struct Dual {
  Vec value{}, tangent{};
};

inline Dual operator+(const Dual& a, const Dual& b) {
  return {a.value + b.value, a.tangent + b.tangent};
}
inline Dual operator-(const Dual& a, const Dual& b) {
  return {a.value - b.value, a.tangent - b.tangent};
}
inline Dual operator*(const Dual& a, const Dual& b) {
  return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
}
inline Dual operator-(float a, const Dual& b) { return {a - b.value, -b.tangent}; }

inline Dual tanh(const Dual& x) {
  const Vec y = tanh(x.value);
  return {y, x.tangent * (1.0f - y * y)};
}

}  // namespace recurra::RECURRA_ISA
