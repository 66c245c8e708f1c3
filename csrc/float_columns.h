// Columns of float32 numbers, packed for the tiles of a transposed product.
#pragma once

#include "rows.h"

namespace recurra::RECURRA_ISA {

// Columns [0, rows) of `depth` rows, of which `left` columns may be read: to[k * rows + r] =
// from[k * row + r]. Whole vectors are written, so that up to W floats beyond the end are too.
// Each column's sum is added to `sums`.
inline void pack_columns(const float* from, long row, long left, long depth, long rows, float* to,
                         const Sums& sums) {
  for (long first = 0; first < depth; first += CHAIN) {
    Vec total[4][TILE_VECTORS] = {};  // as in `sum_of_rows`
    const auto take_row = [&](Vec* sums_of_row) {
      for (long r = 0; r < rows; r += W) {
        const Vec columns = get(from + r, left - r);
        store(to + r, columns);
        sums_of_row[r / W] += columns;
      }
      from += row;
      to += rows;
    };
    long k = first;
    const long stop = smaller(first + CHAIN, depth);
    for (; k + 4 <= stop; k += 4)
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) take_row(total[i]);
    for (; k < stop; k++) take_row(total[0]);
    for (long r = 0; sums.total && r < rows; r += W)
      sums.add(r, (total[0][r / W] + total[1][r / W]) + (total[2][r / W] + total[3][r / W]),
               rows - r);
  }
}

}  // namespace recurra::RECURRA_ISA
