// A row of numbers times a matrix whose rows are whole vectors, of floats or of doubles: a step of
// a linear-chain CRF.
#pragma once

#include "doubles.h"
#include "vector.h"

namespace recurra::RECURRA_ISA {

// to (N vectors) = a (K, `step` apart) times the rows of a matrix, K rows `row` apart.
template <int N, class Number>
inline void times(const Number* a, long step, long K, const Number* matrix, long row, Number* to) {
  using Numbers = decltype(load(a));
  constexpr int LANES = sizeof(Numbers) / sizeof(Number);
  constexpr int SPLIT = N > 4 ? 1 : N > 2 ? 2 : 4;  // sums at once, to fill the pipelines
  Numbers total[SPLIT][N] = {};
  long k = 0;
  for (; k + SPLIT <= K; k += SPLIT)
#pragma GCC unroll 4
    for (int s = 0; s < SPLIT; s++)
#pragma GCC unroll 8
      for (int n = 0; n < N; n++)
        total[s][n] += a[(k + s) * step] * load(matrix + (k + s) * row + n * LANES);
  for (; k < K; k++)
#pragma GCC unroll 8
    for (int n = 0; n < N; n++) total[0][n] += a[k * step] * load(matrix + k * row + n * LANES);
#pragma GCC unroll 8
  for (int n = 0; n < N; n++) {
    for (int s = 1; s < SPLIT; s++) total[0][n] += total[s][n];
    store(to + n * LANES, total[0][n]);
  }
}

template <class Number>
inline void times(const Number* a, long step, long K, const Number* matrix, long row, Number* to) {
  constexpr int LANES = sizeof(load(a)) / sizeof(Number);
  long column = 0;
  for (; column + 8 * LANES <= row; column += 8 * LANES)
    times<8>(a, step, K, matrix + column, row, to + column);
  using Times = void (*)(const Number*, long, long, const Number*, long, Number*);
  constexpr Times REST[] = {nullptr,          times<1, Number>, times<2, Number>,
                            times<3, Number>, times<4, Number>, times<5, Number>,
                            times<6, Number>, times<7, Number>};
  if (column < row) REST[(row - column) / LANES](a, step, K, matrix + column, row, to + column);
}

}  // namespace recurra::RECURRA_ISA
