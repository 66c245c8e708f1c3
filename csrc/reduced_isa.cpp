// The kernels over weights of fewer bits for one instruction set: compiled several times, each
// time with other flags and another RECURRA_ISA, and always without contraction to fused
// multiply-adds (reduced.h says why).
#include "bf16_product.h"
#include "draw.h"
#include "int8_product.h"
#include "reduced_linear.h"
#include "reduced_step.h"

namespace recurra::RECURRA_ISA {
namespace {

template <class Numbers>
ReducedStackBase* stack(const Shape& s, const Weights* w, int layers, bool residual) {
  return with_cell(
      s.cell,
      [&](auto cell) -> ReducedStackBase* {
        return new ReducedStack<decltype(cell), Numbers>(s, w, layers, residual);
      },
      FusedCells{});
}

}  // namespace

const ReducedKernels& reduced_kernels() {
  static const ReducedKernels table = {
      RECURRA_SET,
      MOST_INT8_INPUTS,
      [](Precision precision, const Shape& s, const Weights* w, int layers, bool residual) {
        return precision == Precision::int8 ? stack<Int8>(s, w, layers, residual)
                                            : stack<Bf16>(s, w, layers, residual);
      },
      [](Precision precision, const float* weight, const float* bias, long inputs,
         long outputs) -> PackedMap* {
        if (precision == Precision::int8)
          return new ReducedLinear<Int8>(weight, bias, inputs, outputs);
        return new ReducedLinear<Bf16>(weight, bias, inputs, outputs);
      },
      draw,
  };
  return table;
}

}  // namespace recurra::RECURRA_ISA
