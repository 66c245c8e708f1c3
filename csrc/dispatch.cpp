// Which of the compiled sets this processor runs.
#if defined(RECURRA_X86)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cstddef>
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

namespace {

// A set, and whether this processor runs it.
template <class Table>
struct Set {
  const char* name;
  bool (*runs)();
  const Table& (*table)();
};

// Of some sets, the named one; null where it is not among them, or does not run.
template <class Table, size_t COUNT>
const Table* named(const Set<Table> (&sets)[COUNT], const char* name) {
  for (const Set<Table>& set : sets)
    if (!std::strcmp(set.name, name)) return set.runs() ? &set.table() : nullptr;
  return nullptr;
}

#if defined(RECURRA_X86)
bool runs_v2() { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"); }
bool runs_v3() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi2");
}
bool runs_v4() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}
bool runs_v3_vnni() { return runs_v3() && __builtin_cpu_supports("avxvnni"); }
bool runs_v4_vnni() { return runs_v4() && __builtin_cpu_supports("avx512vnni"); }
bool runs_v4_bf16() { return runs_v4() && __builtin_cpu_supports("avx512bf16"); }

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

bool runs_v4_amx() { return runs_v4_vnni() && may_use_amx(); }

// Of each kind, the best first.
constexpr Set<Kernels> KERNELS[] = {
    {"v4", runs_v4, v4::kernels}, {"v3", runs_v3, v3::kernels}, {"v2", runs_v2, v2::kernels}};
constexpr Set<ReducedKernels> REDUCED[] = {
    {"v4_amx", runs_v4_amx, reduced_v4_amx::reduced_kernels},
    {"v4_vnni", runs_v4_vnni, reduced_v4_vnni::reduced_kernels},
    {"v4", runs_v4, reduced_v4::reduced_kernels},
    {"v3_vnni", runs_v3_vnni, reduced_v3_vnni::reduced_kernels},
    {"v3", runs_v3, reduced_v3::reduced_kernels},
    {"v2", runs_v2, reduced_v2::reduced_kernels}};
constexpr Set<ProductKernels> BF16[] = {{"v4_amx", runs_v4_amx, bf16_v4_amx::bf16_kernels},
                                        {"v4_bf16", runs_v4_bf16, bf16_v4_bf16::bf16_kernels},
                                        {"v4", runs_v4, bf16_v4::bf16_kernels},
                                        {"v3", runs_v3, bf16_v3::bf16_kernels},
                                        {"v2", runs_v2, bf16_v2::bf16_kernels}};
#else
bool always() { return true; }
constexpr Set<Kernels> KERNELS[] = {{"plain", always, plain::kernels}};
constexpr Set<ReducedKernels> REDUCED[] = {{"plain", always, reduced_plain::reduced_kernels}};
constexpr Set<ProductKernels> BF16[] = {{"plain", always, bf16_plain::bf16_kernels}};
#endif

}  // namespace

const Kernels* named_kernels(const char* name) { return named(KERNELS, name); }
const ReducedKernels* named_reduced_kernels(const char* name) { return named(REDUCED, name); }
const ProductKernels* named_bf16_kernels(const char* name) { return named(BF16, name); }

const Kernels* best_kernels() {
  for (const Set<Kernels>& set : KERNELS)
    if (set.runs()) return &set.table();
  return nullptr;
}

const ReducedKernels* reduced_kernels_of(const char* name) {
  for (const char* better : {"_amx", "_vnni"})
    if (const ReducedKernels* kernels =
            named_reduced_kernels((name + std::string(better)).c_str()))
      return kernels;
  return named_reduced_kernels(name);
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
