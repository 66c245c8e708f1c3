// The kernels over whole sequences with products of bfloat16 numbers, for one instruction set:
// compiled several times, each time with other flags and another RECURRA_ISA.
#include "passes.h"

namespace recurra::RECURRA_ISA {

const SequenceKernels& bf16_kernels() {
  static const SequenceKernels table = sequence_kernels(RECURRA_SET);
  return table;
}

}  // namespace recurra::RECURRA_ISA
