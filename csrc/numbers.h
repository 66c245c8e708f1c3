// What the products of a set multiply: float32 as it is, or bfloat16, to which all that enters a
// product is rounded before. Sums are of float32 either way.
#pragma once

#include "arena.h"
#include "sums.h"
#if defined(RECURRA_BF16)
#include "bf16.h"
#endif

namespace recurra::RECURRA_ISA {

#if defined(RECURRA_BF16)
using Number = Bf16;
constexpr bool ROUNDS = true;
#if defined(__AMX_BF16__)
constexpr long DEPTH_STEP = 32;  // terms of a sum that one instruction takes
#else
constexpr long DEPTH_STEP = 2;
#endif
#else
using Number = float;
constexpr bool ROUNDS = false;
constexpr long DEPTH_STEP = 1;
#endif

// The terms of a sum with the zeros that fill the last instruction. Rows and panels are so deep.
inline long padded(long depth) { return (depth + DEPTH_STEP - 1) / DEPTH_STEP * DEPTH_STEP; }

inline Number* numbers(Arena& arena, long count) {
  return reinterpret_cast<Number*>(arena.floats(
      (count * long(sizeof(Number)) + long(sizeof(float)) - 1) / long(sizeof(float))));
}

// Rows of numbers, so far apart.
struct NumberRows {
  const Number* start;
  long row;
};

// Room for so many numbers beside floats, which take their place where nothing is rounded.
#if defined(RECURRA_BF16)
inline Number* beside(float*, long count, Arena& arena) { return numbers(arena, count); }
#else
inline Number* beside(float* floats, long, Arena&) { return floats; }
#endif

// The distance of rows in scratch: with room for a whole vector at the end, and no power of two.
inline long scratch_row(long columns) { return padded(columns) + 32; }

// Rows of floats as products read them: themselves, or rounded into scratch.
#if defined(RECURRA_BF16)
inline NumberRows read_rows(const float* from, long row, long rows, long columns,
                            Number* scratch) {
  const long distance = scratch_row(columns);
  for (long r = 0; r < rows; r++)
    for (long j = 0; j < padded(columns); j += W)
      store(scratch + r * distance + j, get(from + r * row + j, columns - j));
  return {scratch, distance};
}
#else
inline NumberRows read_rows(const float* from, long row, long, long, Number*) {
  return {from, row};
}
#endif

}  // namespace recurra::RECURRA_ISA
