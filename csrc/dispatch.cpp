// Which of the compiled sets this processor runs.
#if defined(RECURRA_X86)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

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
#define DECLARE_BF16(name) DECLARE(bf16_##name, ProductKernels, bf16_kernels)

#if defined(RECURRA_X86)
DECLARE_KERNELS(v2)
DECLARE_KERNELS(v3)
DECLARE_KERNELS(v4)
DECLARE_REDUCED(v2)
DECLARE_REDUCED(v3)
DECLARE_REDUCED(v3_vnni)
DECLARE_REDUCED(v4)
DECLARE_REDUCED(v4_vnni)
DECLARE_REDUCED(v4_amx)
DECLARE_BF16(v2)
DECLARE_BF16(v3)
DECLARE_BF16(v4)
DECLARE_BF16(v4_bf16)
DECLARE_BF16(v4_amx)
#else
DECLARE_KERNELS(plain)
DECLARE_REDUCED(plain)
DECLARE_BF16(plain)
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

#if defined(RECURRA_X86)
namespace {

// Whether the processor has tiles, of both bfloat16 and int8.
bool has_amx() {
  unsigned a, b, c, d;
  constexpr unsigned AMX_BF16 = 1u << 22, AMX_TILE = 1u << 24, AMX_INT8 = 1u << 25;
  constexpr unsigned all = AMX_BF16 | AMX_TILE | AMX_INT8;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & all) == all;
}

// Asks the system once for the tile registers, which it gives only to who asks.
bool may_use_amx() {
#if defined(__linux__)
  constexpr long REQUEST_STATE = 0x1023, TILE_DATA = 18;
  static const bool allowed = has_amx() && !syscall(SYS_arch_prctl, REQUEST_STATE, TILE_DATA);
  return allowed;
#else
  return false;
#endif
}

}  // namespace
#endif

const ReducedKernels* named_reduced_kernels(const char* name) {
#if defined(RECURRA_X86)
  if (!std::strcmp(name, "v4_amx") && named_reduced_kernels("v4_vnni") && may_use_amx())
    return &reduced_v4_amx::reduced_kernels();
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
  for (const char* better : {"_amx", "_vnni"})
    if (const ReducedKernels* kernels =
            named_reduced_kernels((name + std::string(better)).c_str()))
      return kernels;
  return named_reduced_kernels(name);
}

const ProductKernels* named_bf16_kernels(const char* name) {
#if defined(RECURRA_X86)
  if (!std::strcmp(name, "v4_amx") && named_kernels("v4") && may_use_amx())
    return &bf16_v4_amx::bf16_kernels();
  if (!std::strcmp(name, "v4_bf16") && named_kernels("v4") && __builtin_cpu_supports("avx512bf16"))
    return &bf16_v4_bf16::bf16_kernels();
  if (!std::strcmp(name, "v4") && named_kernels("v4")) return &bf16_v4::bf16_kernels();
  if (!std::strcmp(name, "v3") && named_kernels("v3")) return &bf16_v3::bf16_kernels();
  if (!std::strcmp(name, "v2") && named_kernels("v2")) return &bf16_v2::bf16_kernels();
#else
  if (!std::strcmp(name, "plain")) return &bf16_plain::bf16_kernels();
#endif
  return nullptr;
}

const ProductKernels* bf16_kernels_of(const char* name) {
#if defined(RECURRA_X86)
  // Processors with AMX have VDPBF16PS too, at a quarter of the rate of multiply-adds.
  if (!std::strcmp(name, "v4"))
    for (const char* better : {"v4_amx", has_amx() ? "v4" : "v4_bf16"})
      if (const ProductKernels* kernels = named_bf16_kernels(better)) return kernels;
#endif
  return named_bf16_kernels(name);
}

}  // namespace recurra
