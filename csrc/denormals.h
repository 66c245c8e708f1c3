// Numbers below 1.2e-38, which vanishing gradients are full of, and with which processors compute
// many times as slowly.
#pragma once

#include <cstdint>

namespace recurra::RECURRA_ISA {

// While it lives, the thread that made it takes such numbers for 0, in what it reads and computes.
class DenormalsFlushed {
 public:
  DenormalsFlushed() : before_(control()) { set_control(before_ | FLUSH); }
  ~DenormalsFlushed() { set_control(before_); }
  DenormalsFlushed(const DenormalsFlushed&) = delete;
  DenormalsFlushed& operator=(const DenormalsFlushed&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr uint64_t FLUSH = 0x8040;  // MXCSR: FTZ of results, DAZ of operands
  static uint64_t control() { return __builtin_ia32_stmxcsr(); }
  static void set_control(uint64_t value) { __builtin_ia32_ldmxcsr(uint32_t(value)); }
#elif defined(__aarch64__)
  static constexpr uint64_t FLUSH = 1 << 24;  // FPCR: FZ
  static uint64_t control() {
    uint64_t value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void set_control(uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
  static constexpr uint64_t FLUSH = 0;
  static uint64_t control() { return 0; }
  static void set_control(uint64_t) {}
#endif

  const uint64_t before_;
};

}  // namespace recurra::RECURRA_ISA
