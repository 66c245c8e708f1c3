// Products of int8 numbers with int32 sums: weights with a scale for each row, activations
// quantised on the fly with a scale for each row of them, both symmetric, from -127 to 127.
//
// Sources: Alvarez, Prabhavalkar and Bakhtin, 2016, "On the efficient representation and execution
// of deep acoustic models" (an LSTM over int8 weights, activations quantised on the fly); Jacob et
// al., 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
// inference".
#pragma once

#if defined(__AMX_INT8__)
#include <immintrin.h>
#endif

#include "reduced.h"

namespace recurra::RECURRA_ISA {

typedef int8_t Bytes __attribute__((vector_size(W)));

constexpr long MOST_INT8_INPUTS = 1L << 17;  // 127 * 127 times as many stay below 2^31
constexpr float LARGEST_INT8 = 127.0f;
constexpr float LEAST_QUANTISED = 1e-30f;  // a row of smaller numbers is one of zeros

// Multiply-adds of 4 numbers a lane. Where the processor multiplies unsigned numbers by signed
// ones, activations are stored with 128 added, and 128 times the sum of the weights is taken from
// the sum.
#if defined(__AVX512VNNI__)
constexpr bool OFFSET = true;
inline Words add_products(Words sum, uint32_t x, Words w) {
  return (Words)_mm512_dpbusd_epi32((__m512i)sum, _mm512_set1_epi32(int(x)), (__m512i)w);
}
#elif defined(__AVXVNNI__)
constexpr bool OFFSET = true;
inline Words add_products(Words sum, uint32_t x, Words w) {
  return (Words)_mm256_dpbusd_avx_epi32((__m256i)sum, _mm256_set1_epi32(int(x)), (__m256i)w);
}
#elif defined(__AVX512BW__)
// |x| times w with the sign of x: pairs of products are at most 2 * 127 * 127, below 2^15.
constexpr bool OFFSET = false;
inline Words add_products(Words sum, uint32_t x, Words w) {
  const __m512i value = _mm512_set1_epi32(int(x)), none = _mm512_setzero_si512();
  const __m512i weight =
      _mm512_mask_sub_epi8((__m512i)w, _mm512_movepi8_mask(value), none, (__m512i)w);
  const __m512i pairs = _mm512_maddubs_epi16(_mm512_abs_epi8(value), weight);
  return sum + (Words)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
}
#elif defined(__AVX2__)
constexpr bool OFFSET = false;
inline Words add_products(Words sum, uint32_t x, Words w) {
  const __m256i value = _mm256_set1_epi32(int(x));
  const __m256i weight = _mm256_sign_epi8((__m256i)w, value);
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(value), weight);
  return sum + (Words)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
#else
constexpr bool OFFSET = false;
inline int32_t byte(uint32_t word, int i) { return int8_t(word >> (8 * i)); }
inline Words add_products(Words sum, uint32_t x, Words w) {
  Bits total = {};
  for (int i = 0; i < 4; i++)
    total += ((Bits)(w << (24 - 8 * i)) >> 24) * byte(x, i);  // shifted back with their sign
  return sum + (Words)total;
}
#endif

// What a row of numbers is divided by, and multiplied with, to be whole numbers up to 127.
struct Int8Scale {
  float scale = 0.0f, inverse = 0.0f;

  Int8Scale(const float* x, long count) {
    Bits most = {};
    for (long i = 0; i < count; i += W) {
      const Bits size = (Bits)get(x + i, count - i) & INT32_MAX;  // of |x|, in the same order
      most = size > most ? size : most;
    }
    int32_t bits = 0;
    for (int lane = 0; lane < W; lane++) bits = most[lane] > bits ? most[lane] : bits;
    float largest;
    std::memcpy(&largest, &bits, sizeof largest);
    if (!(largest <= std::numeric_limits<float>::max()))
      scale = std::numeric_limits<float>::quiet_NaN();  // so that NaN and infinity are not hidden
    else if (largest >= LEAST_QUANTISED)
      scale = largest / LARGEST_INT8, inverse = LARGEST_INT8 / largest;
  }
};

// The numbers of a row as int8 after each other; `to` has room for whole vectors.
inline void quantise(const float* x, long count, Int8Scale scale, bool offset, int8_t* to) {
  const Vec magic = all(12582912.0f);  // 1.5 * 2^23: adding it rounds to a whole number
  const Bits zero_point = Bits{} + (offset ? 128 : 0);
  for (long i = 0; i < count; i += W) {
    Bits whole = (Bits)(get(x + i, count - i) * scale.inverse + magic) - (Bits)magic;
    if (scale.inverse == 0.0f) whole = Bits{};
    const Bytes bytes = __builtin_convertvector(whole + zero_point, Bytes);
    std::memcpy(to + i, &bytes, W);
  }
}

struct Int8 {
  static constexpr int MOST_ROWS = W == 16 ? 6 : 2;  // rows of a tile, what the registers hold
  static constexpr long WORTH_A_THREAD = 1L << 19;   // multiply-adds

#if defined(__AMX_INT8__)
  // Tiles of 16 rows by 16 words of 4 numbers, in registers of their own. Sums of whole numbers
  // are the same in any order.
  static constexpr int WIDE_ROWS = 16;
  static constexpr long WORD_STEP = 16;  // panels are filled up with zeros to a multiple
  static bool is_wide(long rows) { return rows >= 7; }
#else
  static constexpr int WIDE_ROWS = 0;
  static constexpr long WORD_STEP = 1;
  static bool is_wide(long) { return false; }
#endif

  // The registers of wide tiles, for the time that a thread multiplies so many rows.
  class Registers {
   public:
    explicit Registers(long rows) : are_used_(is_wide(rows)) {
#if defined(__AMX_INT8__)
      struct alignas(64) {
        uint8_t palette = 1, start_row = 0, reserved[14] = {};
        uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
        uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
      } layout;
      asm volatile("" : : "r"(&layout) : "memory");  // written before it is read
      if (are_used_) _tile_loadconfig(&layout);
#endif
    }
    ~Registers() {
#if defined(__AMX_INT8__)
      if (are_used_) _tile_release();
#endif
    }
    Registers(const Registers&) = delete;
    Registers& operator=(const Registers&) = delete;

   private:
    bool are_used_;
  };

  static long words_of(long K) { return ((K + 3) / 4 + WORD_STEP - 1) / WORD_STEP * WORD_STEP; }

  // Rows of activations (B, K), quantised.
  struct Rows {
    long K, distance;  // words between rows
    uint32_t* word;
    float* scale;

    // Floats of scratch for so many rows.
    static long floats(long rows, long K) { return filled(rows) * (row_words(K) + 1) + WORD_PAD; }
    Rows(long rows, long K, float* scratch)
        : K(K),
          distance(row_words(K)),
          word(reinterpret_cast<uint32_t*>(scratch)),
          scale(scratch + filled(rows) * distance) {
      for (long row = rows; row < filled(rows); row++)
        scale[row] = 0.0f;  // what lay there may be a number that is slow to multiply with
    }
    void read(long row, const float* x) {
      const Int8Scale of_row(x, K);
      scale[row] = of_row.scale;
      quantise(x, K, of_row, OFFSET, reinterpret_cast<int8_t*>(word + row * distance));
    }

   private:
    static long row_words(long K) { return blocks_of(words_of(K)) * W + WORD_PAD; }
    // A wide tile reads all of its rows.
    static long filled(long rows) {
      return WIDE_ROWS ? (rows + WIDE_ROWS - 1) / WIDE_ROWS * WIDE_ROWS : rows;
    }
  };

  // A weight matrix, quantised: [block][word][N][W], [block][N][W], [block][N][W].
  template <int N>
  struct Weights {
    long words = 0;
    uint32_t* word = nullptr;
    float* scale = nullptr;
    uint32_t* offset = nullptr;

    template <class Row>
    void pack(const Columns<Row>& from, Arena& memory) {
      words = words_of(from.K);
      word = reinterpret_cast<uint32_t*>(memory.floats(from.blocks * words * N * W));
      scale = memory.floats(from.blocks * N * W);
      offset = reinterpret_cast<uint32_t*>(memory.floats(from.blocks * N * W));
      Arena scratch;
      const long room = (blocks_of(words) + 4) * W;
      auto* row = reinterpret_cast<uint32_t*>(scratch.floats(room));
      for (long block = 0; block < from.blocks; block++)
        for (int n = 0; n < N; n++)
          for (long lane = 0; lane < W; lane++) {
            const float* start = from.row(n, block, lane);
            const Int8Scale of_row(start, start ? from.K : 0);
            std::memset(row, 0, room * sizeof *row);
            if (start) quantise(start, from.K, of_row, false, reinterpret_cast<int8_t*>(row));
            put_column(row, of_row.scale, block, n, lane);
          }
    }

    // to[r][n] = the products of rows from `first` on with the columns n of a block.
    template <int R>
    void multiply(long block, const Rows& x, long first, Vec (*to)[N]) const {
      if constexpr (R == WIDE_ROWS) return multiply_wide(block, x, first, to);
      constexpr int PARTS = N * R > 4 ? 1 : N * R > 1 ? 2 : 4;  // sums at once: hides the latency
      Words sum[PARTS][R][N] = {};
      const uint32_t* panel = word + block * words * N * W;
      const uint32_t* row = x.word + first * x.distance;
      long k = 0;
      for (; k + PARTS <= words; k += PARTS, panel += PARTS * N * W)
#pragma GCC unroll 4
        for (int part = 0; part < PARTS; part++)
          add_word<R>(panel + part * N * W, row + k + part, x.distance, sum[part]);
      for (; k < words; k++, panel += N * W) add_word<R>(panel, row + k, x.distance, sum[0]);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int n = 0; n < N; n++) {
          for (int part = 1; part < PARTS; part++) sum[0][r][n] += sum[part][r][n];
          to[r][n] = scaled(sum[0][r][n], x.scale[first + r], block * N + n);
        }
    }

   private:
    Vec scaled(Words sum, float of_row, long column) const {
      const Bits whole = (Bits)(OFFSET ? sum - load_words(offset + column * W) : sum);
      return __builtin_convertvector(whole, Vec) * (of_row * load(scale + column * W));
    }

#if defined(__AMX_INT8__)
    void multiply_wide(long block, const Rows& x, long first, Vec (*to)[N]) const {
      static_assert(N <= 4);
      asm volatile("" : : : "memory");  // what the tiles read is written before
      const uint32_t* panel = word + block * words * N * W;
      const uint32_t* row = x.word + first * x.distance;
      const long x_bytes = x.distance * long(sizeof(uint32_t)), w_bytes = N * W * 4;
      _tile_zero(0);
      if constexpr (N > 1) _tile_zero(1);
      if constexpr (N > 2) _tile_zero(2);
      if constexpr (N > 3) _tile_zero(3);
      for (long k = 0; k < words; k += WORD_STEP, panel += WORD_STEP * N * W) {
        _tile_loadd(4, row + k, x_bytes);
        _tile_loadd(5, panel, w_bytes);
        _tile_dpbusd(0, 4, 5);
        if constexpr (N > 1) {
          _tile_loadd(6, panel + W, w_bytes);
          _tile_dpbusd(1, 4, 6);
        }
        if constexpr (N > 2) {
          _tile_loadd(7, panel + 2 * W, w_bytes);
          _tile_dpbusd(2, 4, 7);
        }
        if constexpr (N > 3) {
          _tile_loadd(5, panel + 3 * W, w_bytes);
          _tile_dpbusd(3, 4, 5);
        }
      }
      alignas(64) uint32_t sums[N][WIDE_ROWS][W];
      _tile_stored(0, sums[0], W * 4);
      if constexpr (N > 1) _tile_stored(1, sums[1], W * 4);
      if constexpr (N > 2) _tile_stored(2, sums[2], W * 4);
      if constexpr (N > 3) _tile_stored(3, sums[3], W * 4);
      for (int r = 0; r < WIDE_ROWS; r++)
        for (int n = 0; n < N; n++)
          to[r][n] = scaled(load_words(sums[n][r]), x.scale[first + r], block * N + n);
    }
#else
    void multiply_wide(long, const Rows&, long, Vec (*)[N]) const {}
#endif

    template <int R>
    static void add_word(const uint32_t* panel, const uint32_t* row, long distance,
                         Words (*sum)[N]) {
#pragma GCC unroll 8
      for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int n = 0; n < N; n++)
          sum[r][n] = add_products(sum[r][n], row[r * distance], load_words(panel + n * W));
    }

    void put_column(const uint32_t* row, float of_row, long block, int n, long lane) {
      const long column = (block * N + n) * W + lane;
      int32_t sum = 0;
      for (long k = 0; k < words; k++) {
        word[((block * words + k) * N + n) * W + lane] = row[k];
        for (int i = 0; i < 4; i++) sum += int8_t(row[k] >> (8 * i));
      }
      scale[column] = of_row;
      offset[column] = 128u * uint32_t(sum);
    }
  };
};

}  // namespace recurra::RECURRA_ISA
