// Which of the compiled sets this processor runs.
#include <cstring>
#include <initializer_list>
#include <string>

#include "kernels.h"

namespace recurra {

// Each set lies in a namespace of its name.
#define DECLARE(name, type, table) \
  namespace name {                 \
  const type& table();             \
  }
#define DECLARE_KERNELS(name) DECLARE(name, Kernels, kernels)
#define DECLARE_REDUCED(name) DECLARE(reduced_##name, ReducedKernels, reduced_kernels)

#if defined(RECURRA_X86)
DECLARE_KERNELS(v2)
DECLARE_KERNELS(v3)
DECLARE_KERNELS(v4)
DECLARE_REDUCED(v2)
DECLARE_REDUCED(v3)
DECLARE_REDUCED(v3_vnni)
DECLARE_REDUCED(v4)
DECLARE_REDUCED(v4_vnni)
#else
DECLARE_KERNELS(plain)
DECLARE_REDUCED(plain)
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
