// The table of what multiplies numbers of either kind.
#pragma once

#include "cross_entropy.h"
#include "layers.h"
#include "linear.h"

namespace recurra::RECURRA_ISA {

inline ProductKernels product_kernels(const char* name) {
  return {
      name,
      [](const Shape& s, const Weights* w, int threads) {
        return with_cell(s, [&](auto cell) -> PackedLayer* {
          return new PackedForward<decltype(cell)>(s, w, threads);
        });
      },
      [](const Shape& s, const Weights* w, const Forward& io, int threads,
         const PackedLayer* packed) {
        with_cell(s, [&](auto cell) { forward<decltype(cell)>(s, w, io, threads, packed); });
      },
      [](const Shape& s, const Weights* w, const Backward& io, int threads) {
        with_cell(s, [&](auto cell) { backward<decltype(cell)>(s, w, io, threads); });
      },
      [](int layers, const Shape* s, const Weights* w, const Forward* io, int threads) {
        with_cell(s[0],
                  [&](auto cell) { forward_layers<decltype(cell)>(layers, s, w, io, threads); });
      },
      [](int layers, const Shape* s, const Weights* w, const Backward* io, int threads) {
        with_cell(s[0],
                  [&](auto cell) { backward_layers<decltype(cell)>(layers, s, w, io, threads); });
      },
      linear,
      linear_backward,
      cross_entropy,
  };
}

}  // namespace recurra::RECURRA_ISA
