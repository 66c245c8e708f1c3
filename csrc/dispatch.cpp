// Which of the compiled sets this processor runs.
#include <cstring>
#include <initializer_list>

#include "kernels.h"

namespace recurra {

#if defined(RECURRA_X86)
namespace v2 {
const Kernels& kernels();
}
namespace v3 {
const Kernels& kernels();
}
namespace v4 {
const Kernels& kernels();
}
#else
namespace plain {
const Kernels& kernels();
}
#endif

const Kernels* named_kernels(const char* name) {
#if defined(RECURRA_X86)
  if (!std::strcmp(name, "v4") && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return &v4::kernels();
  if (!std::strcmp(name, "v3") && __builtin_cpu_supports("avx2") &&
      __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
    return &v3::kernels();
  if (!std::strcmp(name, "v2") && __builtin_cpu_supports("sse4.2") &&
      __builtin_cpu_supports("popcnt"))
    return &v2::kernels();
#else
  if (!std::strcmp(name, "plain")) return &plain::kernels();
#endif
  return nullptr;
}

const Kernels* best_kernels() {
  for (const char* name : {"v4", "v3", "v2", "plain"})
    if (const Kernels* found = named_kernels(name)) return found;
  return nullptr;
}

}  // namespace recurra
