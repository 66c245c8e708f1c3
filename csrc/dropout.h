// Dropout in one pass: numbers times a mask that is drawn on the way, and drawn again from the
// same key by the backward pass, so that it lies nowhere.
#pragma once

#include "kernels.h"
#include "sums.h"
#include "vector.h"

namespace recurra::RECURRA_ISA {

// Random bits by a counter: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011). Each lane counts
// for itself, so that all sets draw the same.
class Philox {
 public:
  static constexpr int WORDS = 4;  // of each counter

  Philox(uint64_t key, uint64_t counter)
      : low_(uint32_t(key)), high_(uint32_t(key >> 32)), counter_(counter) {}

  // Words of counters from `counter` + `ahead` on, a lane each, which differ in their lower half.
  void draw(uint32_t ahead, Words* word) const {
    Words next;
    for (int lane = 0; lane < W; lane++) next[lane] = uint32_t(counter_) + ahead + uint32_t(lane);
    word[0] = next;
    word[1] = Words{} + uint32_t(counter_ >> 32);
    word[2] = word[3] = Words{};
    uint32_t low = low_, high = high_;
    for (int round = 0; round < 10; round++) {
      Words first[2], second[2];  // products, in halves
      multiply(word[0], 0xD2511F53u, first);
      multiply(word[2], 0xCD9E8D57u, second);
      word[0] = second[1] ^ word[1] ^ low;
      word[1] = second[0];
      word[2] = first[1] ^ word[3] ^ high;
      word[3] = first[0];
      low += 0x9E3779B9u;
      high += 0xBB67AE85u;
    }
  }

 private:
  uint32_t low_, high_;
  uint64_t counter_;

  typedef uint64_t Wide __attribute__((vector_size(W * 4), may_alias));

  // The products of the even lanes.
  static Wide multiply_even(Words x, uint32_t factor) {
#if defined(__AVX512F__)
    return (Wide)_mm512_mul_epu32((__m512i)x, _mm512_set1_epi32(int(factor)));
#elif defined(__AVX2__)
    return (Wide)_mm256_mul_epu32((__m256i)x, _mm256_set1_epi32(int(factor)));
#elif defined(__x86_64__)
    return (Wide)_mm_mul_epu32((__m128i)x, _mm_set1_epi32(int(factor)));
#else
    return ((Wide)x & 0xffffffffu) * uint64_t(factor);
#endif
  }

  // to: the lower and the upper halves of the products.
  static void multiply(Words x, uint32_t factor, Words* to) {
    const Wide even = multiply_even(x, factor),
               odd = multiply_even((Words)((Wide)x >> 32), factor);
    to[0] = (Words)((even & 0xffffffffu) | odd << 32);
    to[1] = (Words)(even >> 32 | (odd & ~uint64_t(0xffffffffu)));
  }
};

// Numbers of one group: 16 counters of 4 words, each of which serves two numbers. Number i of a
// group is decided by the half i / 64 of word i / 16 % 4 of counter i % 16.
constexpr long DROPOUT_COUNTERS = 16;
constexpr long DROPOUT_GROUP = DROPOUT_COUNTERS * Philox::WORDS * 2;
constexpr long WORTH_A_DROPOUT_THREAD = 1L << 15;  // numbers

inline void drop_group(const Dropout& d, long group) {
  const Philox philox(d.key, uint64_t(group) * DROPOUT_COUNTERS);
  const Vec scale = all(d.scale);
  for (long lane = 0; lane < DROPOUT_COUNTERS; lane += W) {
    Words word[Philox::WORDS];
    philox.draw(uint32_t(lane), word);
    for (int i = 0; i < 2 * Philox::WORDS; i++) {
      const Words draws =
          i < Philox::WORDS ? word[i] & 0xffffu : word[i - Philox::WORDS] >> 16;  // of 16 bits
      const Vec mask = (Vec)((Words)(draws >= d.limit) & (Words)scale);
      const long at = group * DROPOUT_GROUP + i * DROPOUT_COUNTERS + lane, left = d.count - at;
      if (left > 0) put(d.y + at, get(d.x + at, left) * mask, left);
    }
  }
}

inline void dropout(const Dropout& d, int threads) {
  const long groups = (d.count + DROPOUT_GROUP - 1) / DROPOUT_GROUP;
  threads = int(larger(1, smaller(threads, d.count / WORTH_A_DROPOUT_THREAD)));
#pragma omp parallel for num_threads(threads)
  for (long group = 0; group < groups; group++) drop_group(d, group);
}

}  // namespace recurra::RECURRA_ISA
