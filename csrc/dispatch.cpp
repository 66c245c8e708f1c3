// Which of the compiled sets this processor runs.
#include <cstring>
#include <initializer_list>
#include <string>

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
namespace reduced_v2 {
const ReducedKernels& reduced_kernels();
}
namespace reduced_v3 {
const ReducedKernels& reduced_kernels();
}
namespace reduced_v3_vnni {
const ReducedKernels& reduced_kernels();
}
namespace reduced_v4 {
const ReducedKernels& reduced_kernels();
}
namespace reduced_v4_vnni {
const ReducedKernels& reduced_kernels();
}
#else
namespace plain {
const Kernels& kernels();
}
namespace reduced_plain {
const ReducedKernels& reduced_kernels();
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

const ReducedKernels* named_reduced_kernels(const char* name) {
#if defined(RECURRA_X86)
  if (!std::strcmp(name, "v4_vnni") && __builtin_cpu_supports("avx512vnni") && named_kernels("v4"))
    return &reduced_v4_vnni::reduced_kernels();
  if (!std::strcmp(name, "v4") && named_kernels("v4")) return &reduced_v4::reduced_kernels();
  if (!std::strcmp(name, "v3_vnni") && __builtin_cpu_supports("avxvnni") && named_kernels("v3"))
    return &reduced_v3_vnni::reduced_kernels();
  if (!std::strcmp(name, "v3") && named_kernels("v3")) return &reduced_v3::reduced_kernels();
  if (!std::strcmp(name, "v2") && named_kernels("v2")) return &reduced_v2::reduced_kernels();
#else
  if (!std::strcmp(name, "plain")) return &reduced_plain::reduced_kernels();
#endif
  return nullptr;
}

const ReducedKernels* reduced_kernels_of(const char* name) {
  const ReducedKernels* better = named_reduced_kernels((std::string(name) + "_vnni").c_str());
  return better ? better : named_reduced_kernels(name);
}

}  // namespace recurra
