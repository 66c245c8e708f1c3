// Sums over rows and steps, of which there may be tens of millions: in one float32 each addition
// rounds by the size of the whole, and what is lost grows with their number. So sums are cut in
// chains, and the chains added without loss.
#pragma once

#include "vector.h"

namespace recurra::RECURRA_ISA {

constexpr long CHAIN =
    64;  // additions in one float32: off by 1e-6 at worst, half of that in the mean square
// From so many rows on the sums of products are gathered in double. Terms that are rounded to
// bfloat16 are off by more than a chain of float32 sums of blocks is.
#if defined(RECURRA_BF16)
constexpr long MANY_ROWS = CHAIN << 10;
#else
constexpr long MANY_ROWS = 4096;
#endif

inline long smaller(long a, long b) { return a < b ? a : b; }
inline long larger(long a, long b) { return a < b ? b : a; }

// total += part; `lost` is what the additions before have rounded away (Kahan, 1965).
inline void add_to(Vec& total, Vec& lost, Vec part) {
  part -= lost;
  const Vec sum = total + part;
  lost = (sum - total) - part;
  lost = sum - sum == 0.0f ? lost : zero();  // of infinity nothing is lost; it is no NaN
  total = sum;
}

// The sum of a vector of columns over `rows` rows, `row` apart, no more than CHAIN of them, of
// which so many lanes count.
template <class T>
Vec sum_of_rows(const T* from, long row, long rows, long lanes) {
  Vec part[4] = {};  // the shorter the chains, the less they lose
  long r = 0;
  for (; r + 4 <= rows; r += 4)
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) part[i] += get(from + (r + i) * row, lanes);
  for (; r < rows; r++) part[0] += get(from + r * row, lanes);
  return (part[0] + part[1]) + (part[2] + part[3]);
}

// Sums in memory, each with what its additions have lost. Both may be null, where sums are not
// asked for.
struct Sums {
  float *total = nullptr, *lost = nullptr;

  Sums from(long first) const { return total ? Sums{total + first, lost + first} : Sums{}; }

  // Of the vector at `at` so many lanes.
  void add(long at, Vec part, long lanes) const {
    Vec sum = get(total + at, lanes), rest = get(lost + at, lanes);
    add_to(sum, rest, part);
    put(total + at, sum, lanes);
    put(lost + at, rest, lanes);
  }

  // Of `rows` rows, `row` apart, the vector of columns at `column`, of which so many count.
  template <class T>
  void add_rows(const T* from, long row, long rows, long column, long lanes) const {
    for (long first = 0; first < rows; first += CHAIN)
      add(column,
          sum_of_rows(from + first * row + column, row, smaller(rows - first, CHAIN), lanes),
          lanes);
  }
};

// total += part, which is cleared for what comes next.
inline void gather(float* part, double* total, long count) {
  for (long i = 0; i < count; i++) {
    total[i] += part[i];
    part[i] = 0.0f;
  }
}

// What has been gathered, and what has not yet: part = total + part.
inline void gathered(float* part, const double* total, long count) {
  for (long i = 0; i < count; i++) part[i] = float(total[i] + part[i]);
}

}  // namespace recurra::RECURRA_ISA
