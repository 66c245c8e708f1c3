// Products of bfloat16 numbers with float32 sums: weights and activations rounded to 8 bits of
// precision. The product of two such numbers is exact in float32, so that a fused multiply-add
// gives the bits of a multiplication and an addition.
#pragma once

#include "reduced.h"

namespace recurra::RECURRA_ISA {

// The nearest bfloat16, of two as near the even one, in the upper half of the bits; NaN stays one.
// Numbers below 2^-60 become 0, so that no product is so small that it is rounded.
inline Words to_bf16(Vec x) {
  const Words bits = (Words)x, size = bits & 0x7fffffffu;
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
  const Words number = size > 0x7f800000u ? bits | 0x00400000u : rounded;
  return (size < 0x21800000u ? Words{} : number) & 0xffff0000u;
}

struct Bf16 {
  static constexpr int MOST_ROWS = W == 16 ? 3 : 1;  // rows of a tile, what the registers hold
  static constexpr int WIDE_ROWS = 0;                // there are no wide tiles
  static constexpr long WORTH_A_THREAD = 1L << 18;   // multiply-adds

  struct Registers {
    explicit Registers(long) {}
  };

  static long words_of(long K) { return (K + 1) / 2; }

  // Rows of activations (B, K), rounded, as float32.
  struct Rows {
    long K, distance;
    float* number;

    static long floats(long rows, long K) { return rows * row_floats(K); }
    Rows(long, long K, float* scratch) : K(K), distance(row_floats(K)), number(scratch) {}
    void read(long row, const float* x) {
      float* to = number + row * distance;
      for (long i = 0; i < K; i += W) store(to + i, (Vec)to_bf16(get(x + i, K - i)));
    }

   private:
    static long row_floats(long K) { return blocks_of(K) * W + WORD_PAD; }
  };

  // A weight matrix, rounded: [block][word][N][W]; the lower half of a word comes first.
  template <int N>
  struct Weights {
    long words = 0;
    uint32_t* word = nullptr;

    template <class Row>
    void pack(const Columns<Row>& from, Arena& memory) {
      words = words_of(from.K);
      word = reinterpret_cast<uint32_t*>(memory.floats(from.blocks * words * N * W));
      Arena scratch;
      Rows row(1, from.K, scratch.floats(Rows::floats(1, from.K)));
      const auto* bits = reinterpret_cast<const uint32_t*>(row.number);
      for (long block = 0; block < from.blocks; block++)
        for (int n = 0; n < N; n++)
          for (long lane = 0; lane < W; lane++) {
            const float* start = from.row(n, block, lane);
            if (start) row.read(0, start);
            for (long k = 0; k < words; k++)
              word[((block * words + k) * N + n) * W + lane] =
                  start ? bits[2 * k] >> 16 | bits[2 * k + 1] : 0;
          }
    }

    // to[r][n] = the products of rows from `first` on with the columns n of a block: the sum of
    // the even terms, one after the other, and that of the odd ones.
    template <int R>
    void multiply(long block, const Rows& x, long first, Vec (*to)[N]) const {
      Vec even[R][N] = {}, odd[R][N] = {};
      const uint32_t* panel = word + block * words * N * W;
      const float* row = x.number + first * x.distance;
      for (long k = 0; k < words; k++, panel += N * W)
#pragma GCC unroll 4
        for (int n = 0; n < N; n++) {
          const Words pair = load_words(panel + n * W);
          const Vec low = (Vec)(pair << 16), high = (Vec)(pair & 0xffff0000u);
#pragma GCC unroll 4
          for (int r = 0; r < R; r++) {
            even[r][n] = multiply_add(all(row[r * x.distance + 2 * k]), low, even[r][n]);
            odd[r][n] = multiply_add(all(row[r * x.distance + 2 * k + 1]), high, odd[r][n]);
          }
        }
#pragma GCC unroll 4
      for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int n = 0; n < N; n++) to[r][n] = even[r][n] + odd[r][n];
    }
  };
};

}  // namespace recurra::RECURRA_ISA
