// A checksum of numbers at the speed of memory: it tells whether weights are still those that were
// packed.
//
// The sums are those of XXH3 (Collet, 2019), with a key that runs on instead of a scrambled state,
// over pieces of fixed length, so that the result does not depend on the number of threads. All
// bits and places of all numbers count; at worst, where only the signs of a few numbers change,
// about one change in 10^10 gives the same sum.
#pragma once

#include <omp.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>

#include "product.h"

namespace recurra::RECURRA_ISA {

constexpr int LANES = W / 2;                       // of 64 bits
constexpr int CHAINS = 4;                          // sums that do not wait for each other
constexpr long STRIPE = CHAINS * W;                // floats that go into all sums at once
constexpr long PIECE = 1L << 14;                   // floats that one thread sums: 64 KiB
constexpr long WORTH_A_SUMMING_THREAD = 1L << 16;  // floats

typedef uint64_t Lanes __attribute__((vector_size(LANES * 8), may_alias));
typedef uint64_t LanesUnaligned __attribute__((vector_size(LANES * 8), aligned(4), may_alias));

constexpr uint64_t PLACE = 0x9e3779b97f4a7c15u;  // times a place: sums that tell places apart

constexpr uint64_t mixed(
    uint64_t x) {  // every bit of the result depends on every bit (splitmix64)
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// The lower half of each lane times its upper half.
inline Lanes halves_multiplied(Lanes a) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_maskz_mul_epu32(
      0xff, (__m512i)a, (__m512i)(a >> 32));  // unmasked, GCC 12 warns of its header
#elif defined(__AVX2__)
  return (Lanes)_mm256_mul_epu32((__m256i)a, (__m256i)(a >> 32));
#elif defined(__SSE2__)
  return (Lanes)_mm_mul_epu32((__m128i)a, (__m128i)(a >> 32));
#else
  return (a & 0xffffffffu) * (a >> 32);
#endif
}

struct Keys {
  alignas(64) uint64_t first[CHAINS * LANES];
  constexpr Keys() : first() {
    for (int i = 0; i < CHAINS * LANES; i++) first[i] = mixed(i + 1);
  }
};
constexpr Keys KEYS;

struct PieceSums {
  Lanes key[CHAINS], products[CHAINS] = {}, numbers = {};

  PieceSums() { std::memcpy(key, KEYS.first, sizeof key); }

  void add(const float* stripe) {
#pragma GCC unroll 4
    for (int c = 0; c < CHAINS; c++) {
      const Lanes data = *reinterpret_cast<const LanesUnaligned*>(stripe + c * W);
      numbers += data;
      products[c] += halves_multiplied(data ^ key[c]);
      key[c] += PLACE;
    }
  }

  uint64_t folded() const {
    uint64_t sum = 0, place = 0;
    for (int i = 0; i < LANES; i++) sum += mixed(numbers[i] + PLACE * ++place);
    for (int c = 0; c < CHAINS; c++)
      for (int i = 0; i < LANES; i++) sum += mixed(products[c][i] + PLACE * ++place);
    return sum;
  }
};

inline uint64_t checksum_of_piece(const float* start, long count) {
  PieceSums sums;
  for (; count >= STRIPE; count -= STRIPE, start += STRIPE) sums.add(start);
  float rest[STRIPE] = {};
  std::memcpy(rest, start, count * sizeof(float));
  sums.add(rest);
  return sums.folded();
}

// Of tensors one after the other, with so many numbers each.
inline uint64_t checksum(const float* const* starts, const long* counts, int tensors,
                         int threads) {
  uint64_t all = mixed(tensors + 1);
  for (int i = 0; i < tensors; i++) {
    const float* start = starts[i];
    const long count = counts[i], pieces = (count + PIECE - 1) / PIECE;
    const int helpers = int(larger(1, smaller(threads, count / WORTH_A_SUMMING_THREAD)));
    uint64_t sum = mixed(count);
#pragma omp parallel for num_threads(helpers) reduction(+ : sum) if (helpers > 1)
    for (long p = 0; p < pieces; p++)
      sum += mixed(checksum_of_piece(start + p * PIECE, smaller(PIECE, count - p * PIECE)) +
                   PLACE * (p + 1));
    all = mixed(all ^ sum) + 1;
  }
  return all;
}

}  // namespace recurra::RECURRA_ISA
