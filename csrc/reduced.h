// Products over weights of fewer bits than float32: what int8 (int8_product.h) and bfloat16
// (bf16_product.h) have in common.
//
// A product of few rows takes as long as its weights take to come from memory, so weights of half
// or a quarter of the bytes are as much faster. Everything here is computed in one order of exact
// or singly rounded operations (the files are compiled without contraction to fused
// multiply-adds), so that a result is the same bits on every instruction set, with any number of
// threads, and whatever rows stand beside a row.
//
// Weights lie in blocks of W columns. N columns a distance apart, such as the gates of a unit, are
// read together: [block][word][N][W], where a word holds the 4 or 2 numbers of a column that
// follow each other.
#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "arena.h"
#include "sums.h"
#include "vector.h"

namespace recurra::RECURRA_ISA {

typedef uint32_t WordsUnaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));

inline Words load_words(const uint32_t* p) { return *reinterpret_cast<const WordsUnaligned*>(p); }
inline Words all_words(uint32_t word) { return word - Words{}; }

inline long blocks_of(long columns) { return (columns + W - 1) / W; }

// Words between the ends of rows, so that rows a power of two apart do not fight for one cache
// set.
constexpr long WORD_PAD = 16;

// Call `work` with the number of rows, from 1 to MOST, as a constant.
template <int MOST, class Work>
inline void with_rows(long rows, const Work& work) {
  if constexpr (MOST > 1)
    if (rows < MOST) return with_rows<MOST - 1>(rows, work);
  work(std::integral_constant<int, MOST>{});
}

// Cut rows into tiles: `work(first, rows, most)` with the rows of each and a constant of at least
// as many. Where `Numbers` has registers for wide tiles, those take many rows at once.
template <class Numbers, class Work>
inline void for_tiles(long rows, const Work& work) {
  if constexpr (Numbers::WIDE_ROWS > 0)
    if (Numbers::is_wide(rows)) {
      for (long first = 0; first < rows; first += Numbers::WIDE_ROWS)
        work(first, smaller(rows - first, Numbers::WIDE_ROWS),
             std::integral_constant<int, Numbers::WIDE_ROWS>{});
      return;
    }
  for (long first = 0; first < rows; first += Numbers::MOST_ROWS)
    with_rows<Numbers::MOST_ROWS>(rows - first, [&](auto count) { work(first, count, count); });
}

// Which row of a weight matrix (O, K) a column of a block is: `of(n, unit)`, or -1 for none.
template <class Row>
struct Columns {
  const float* start;  // (O, K)
  long K;
  long blocks;
  Row of;
  const float* row(int n, long block, long lane) const {
    const long at = of(n, block * W + lane);
    return at < 0 ? nullptr : start + at * K;
  }
};

}  // namespace recurra::RECURRA_ISA
