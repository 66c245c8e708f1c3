// Panels and tiles of bfloat16 numbers. Two rows of a matrix that follow each other lie in one row
// of words, so that an instruction multiplies two terms of a sum at once:
// panel[(k / 2) * 2 * PANEL + 2 * column + k % 2].
//
// The product of two such numbers is exact in float32. Each sum is taken in the order of k, of a
// word the odd term first, as VDPBF16PS does; so all sets come to the same bits but for AMX, which
// sums even and odd terms apart, and for terms below 1.2e-38 where nothing multiplies and adds at
// once.
#pragma once

#include <utility>

#include "panels.h"

namespace recurra::RECURRA_ISA {

// Columns [first, first + PANEL) and rows [0, K) of a (K, N) matrix to one panel, rounded.
inline void pack_panel(View b, long K, long N, long first, Bf16* panel) {
  constexpr long ROWS = 32;  // at once, as floats
  alignas(64) float block[ROWS * PANEL];
  Words* to = reinterpret_cast<Words*>(panel);
  for (long k = 0; k < padded(K); k += ROWS) {
    const long depth = smaller(K - k, ROWS), stop = smaller(padded(K) - k, ROWS);
    pack_panel({b.start + k * b.row, b.row, b.column}, depth, N, first, block);
    for (long i = larger(depth, 0) * PANEL; i < stop * PANEL; i += W) store(block + i, zero());
    for (long i = 0; i < stop; i += 2)
      for (int half = 0; half < 2; half++)
        *to++ =
            to_pairs(load(block + i * PANEL + half * W), load(block + (i + 1) * PANEL + half * W));
  }
}

using Tile = void (*)(const Bf16*, long, const Bf16*, long, const float*, long, float*, long);

#if defined(__AMX_BF16__)

// --- tiles of AMX -------------------------------------------------------------------------------

// The shapes of the tile registers of this thread, for products of so many rows; 0 for none. A
// thread that goes on to other work gives the registers back.
class TileShapes {
 public:
  ~TileShapes() {
    if (rows()) _tile_release();
    rows() = 0;
  }

  static void set(int count) {
    if (rows() != count) load(count);
  }

 private:
  struct alignas(64) Layout {
    uint8_t palette = 1, first = 0, unused[14] = {};
    uint16_t bytes[16] = {};
    uint8_t rows[16] = {};
  };
  static int& rows() {
    static thread_local int count = 0;
    return count;
  }
  // Registers 0 to 3 are sums, 4 and 5 rows, 6 and 7 the halves of a panel.
  static void load(int count) {
    const uint8_t upper = uint8_t(smaller(count, 16)), lower = uint8_t(count - upper);
    const uint8_t height[8] = {upper, upper, lower, lower, upper, lower, 16, 16};
    Layout layout;
    for (int i = 0; i < 8; i++) {
      layout.rows[i] = height[i];
      layout.bytes[i] = height[i] ? 64 : 0;
    }
    asm volatile("" : : "r"(&layout) : "memory");  // written before it is read
    _tile_loadconfig(&layout);
    rows() = count;
  }
};

// c[r, 0..PANEL) = start[r, 0..PANEL) + sum over k of a[r, k] panel[k, 0..PANEL), for R rows;
// start may be null for zeros.
template <int R>
void tile(const Bf16* a, long a_row, const Bf16* panel, long K, const float* start, long start_row,
          float* c, long c_row) {
  constexpr bool TWO = R > 16;
  TileShapes::set(R);
  const long a_bytes = 2 * a_row, start_bytes = 4 * start_row, c_bytes = 4 * c_row;
  if (start) {
    _tile_loadd(0, start, start_bytes);
    _tile_loadd(1, start + 16, start_bytes);
    if (TWO) _tile_loadd(2, start + 16 * start_row, start_bytes);
    if (TWO) _tile_loadd(3, start + 16 * start_row + 16, start_bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    if (TWO) _tile_zero(2);
    if (TWO) _tile_zero(3);
  }
  for (long k = 0; k < K; k += DEPTH_STEP, panel += DEPTH_STEP * PANEL) {
    _tile_loadd(6, panel, 4 * PANEL);
    _tile_loadd(4, a + k, a_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, panel + 2 * W, 4 * PANEL);
    _tile_dpbf16ps(1, 4, 7);
    if (TWO) {
      _tile_loadd(5, a + 16 * a_row + k, a_bytes);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, c_bytes);
  _tile_stored(1, c + 16, c_bytes);
  if (TWO) _tile_stored(2, c + 16 * c_row, c_bytes);
  if (TWO) _tile_stored(3, c + 16 * c_row + 16, c_bytes);
}

#else

// --- tiles of vectors ---------------------------------------------------------------------------

struct TileShapes {  // registers have none
  ~TileShapes() {}
};

inline Words load_words(const Bf16* p) {
  typedef uint32_t Unaligned __attribute__((vector_size(W * 4), aligned(2), may_alias));
  return *reinterpret_cast<const Unaligned*>(p);
}
inline Words all_words(const Bf16* p) {
  typedef uint32_t Word __attribute__((aligned(2), may_alias));
  return *reinterpret_cast<const Word*>(p) - Words{};
}

#if defined(__AVX512BF16__)
using Pairs = Words;
inline Pairs pairs(Words words) { return words; }
inline Vec add_products(Vec sum, Pairs a, Pairs b) {
  return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}
#else
struct Pairs {
  Vec even, odd;
};
inline Pairs pairs(Words words) { return {(Vec)(words << 16), (Vec)(words & 0xffff0000u)}; }
inline Vec add_products(Vec sum, const Pairs& a, const Pairs& b) {
  return multiply_add(a.even, b.even, multiply_add(a.odd, b.odd, sum));
}
#endif

constexpr long FETCH_AHEAD = 16;  // rows of words of a panel

// c[r, 0..PANEL) = start[r, 0..PANEL) + sum over k of a[r, k] panel[k, 0..PANEL), for R rows;
// start may be null for zeros. It is added last, so that what a large start would round away of
// each product is not lost.
template <int R>
void tile(const Bf16* a, long a_row, const Bf16* panel, long K, const float* start, long start_row,
          float* c, long c_row) {
  Vec total[R][2];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) total[r][0] = total[r][1] = zero();
  for (long k = 0; k < K; k += 2, panel += 2 * PANEL) {
    const Pairs b0 = pairs(load_words(panel)), b1 = pairs(load_words(panel + PANEL));
    __builtin_prefetch(panel + 2 * FETCH_AHEAD * PANEL);
    __builtin_prefetch(panel + 2 * FETCH_AHEAD * PANEL + PANEL);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Pairs value = pairs(all_words(a + r * a_row + k));
      total[r][0] = add_products(total[r][0], value, b0);
      total[r][1] = add_products(total[r][1], value, b1);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
    for (int half = 0; half < 2; half++) {
      if (start) total[r][half] += load(start + r * start_row + half * W);
      store(c + r * c_row + half * W, total[r][half]);
    }
}

#endif

template <int... R>
struct TileTable {
  static constexpr Tile tiles[sizeof...(R)] = {tile<R + 1>...};
};
template <int... R>
constexpr TileTable<R...> table_of(std::integer_sequence<int, R...>) {
  return {};
}
// Of 1 to TILE_ROWS rows.
constexpr const Tile* TILES =
    decltype(table_of(std::make_integer_sequence<int, TILE_ROWS>{}))::tiles;
constexpr const Tile* FETCHING_TILES = TILES;

}  // namespace recurra::RECURRA_ISA
