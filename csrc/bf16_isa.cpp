// The kernels with products of bfloat16 numbers, for one instruction set:
// compiled several times, each time with other flags and another RECURRA_ISA.
#include "product_kernels.h"

namespace recurra::RECURRA_ISA {

const ProductKernels& bf16_kernels() {
  static const ProductKernels table = product_kernels(RECURRA_SET);
  return table;
}

}  // namespace recurra::RECURRA_ISA
