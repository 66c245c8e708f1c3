// The threads of one parallel region, and how they wait for each other.
#pragma once

#include <sched.h>

#include <atomic>

namespace recurra {

// For what comes within microseconds: spins, and gives way when it is long in coming, as it is
// when another program has taken the core of the thread that is waited for.
template <class Condition>
void wait_while(const Condition& holds) {
  for (int spins = 0; holds(); spins++) {
    if (spins < 4000) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    } else {
      sched_yield();
    }
  }
}

// Where the threads of a team wait for each other.
class Barrier {
 public:
  explicit Barrier(int size = 1) : size_(size) {}
  void set_size(int size) { size_ = size; }

  void wait() {
    if (size_ == 1) return;
    const int phase = phase_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.store(phase + 1, std::memory_order_release);
      return;
    }
    wait_while([&] { return phase_.load(std::memory_order_acquire) == phase; });
  }

 private:
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> phase_{0};
  int size_;
};

// How far one thread has come, for another that reads what it writes.
class Progress {
 public:
  void publish(long count) { count_.store(count, std::memory_order_release); }
  void wait_for(long count) const {
    wait_while([&] { return count_.load(std::memory_order_acquire) < count; });
  }

 private:
  alignas(64) std::atomic<long> count_{0};
};

// What one thread knows of its team.
struct Member {
  int id;
  int size;
  Barrier* barrier;
};

// The part of `count` things that falls to part `index` of `parts`: [first, last).
struct Range {
  long first, last;
  Range(long count, int index, int parts)
      : first(count * index / parts), last(count * (index + 1) / parts) {}
  static Range from(long first, long last) {
    Range all(last, 0, 1);
    all.first = first;
    return all;
  }
};

}  // namespace recurra
