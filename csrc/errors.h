// What goes wrong on the threads of a parallel region: nothing may be thrown out of one, so it is
// carried out.
#pragma once

#include <atomic>
#include <exception>

namespace recurra {

class Errors {
 public:
  // Do `work` on any thread; the first exception of all is kept.
  template <class Work>
  void attempt(const Work& work) {
    try {
      work();
    } catch (...) {
      if (!caught_.exchange(true)) first_ = std::current_exception();
    }
  }

  // After the region, on the thread that called it.
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::atomic<bool> caught_{false};
  std::exception_ptr first_;
};

}  // namespace recurra
