// What the files that know Python have in common.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"

namespace recurra::binding {

namespace nb = nanobind;

extern const Kernels* chosen;
extern const ProductKernels* chosen_bf16;

// Those of products in bfloat16, or in float32.
inline const ProductKernels& products(bool bf16) { return bf16 ? *chosen_bf16 : chosen->products; }

using Address = uintptr_t;
using Addresses = std::vector<Address>;
using Whole =
    nb::typed<nb::sequence, nb::int_>;  // a sequence of whole numbers, most of them addresses

inline const float* in(Address a) { return reinterpret_cast<const float*>(a); }
inline float* out(Address a) { return reinterpret_cast<float*>(a); }
inline const int64_t* as_int64(Address a) { return reinterpret_cast<const int64_t*>(a); }

inline Addresses addresses(nb::handle sequence) {
  Addresses all;
  for (nb::handle item : sequence) all.push_back(nb::cast<Address>(item));
  return all;
}

// As many threads as there may be: more than the system gives would end the process.
inline int checked(int threads) { return threads < 1 ? 1 : threads > 256 ? 256 : threads; }

inline void check_cell(long cell) {
  if (cell < 0 || cell >= chosen->cell_count)
    throw std::invalid_argument("cell: expected 0 to " + std::to_string(chosen->cell_count - 1));
}

// Weights packed for steps, for the time that Python holds them.
class BoundStack {
 public:
  BoundStack(int cell, long inputs, long hidden, Whole weights, bool residual,
             bool batch_invariant)
      : BoundStack(cell, inputs, hidden, weights, [&](const Shape& shape, const auto& layers) {
          return chosen->pack_stack(shape, layers.data(), int(layers.size()), residual,
                                    batch_invariant);
        }) {}

  // `pack(shape, layers)` makes the stack, once the weights are checked.
  template <class Pack>
  BoundStack(int cell, long inputs, long hidden, Whole weights, const Pack& pack) {
    const Addresses w = addresses(weights);
    check_cell(cell);
    if (inputs < 1 || hidden < 1 || w.empty() || w.size() % 4)
      throw std::invalid_argument("stack: expected sizes from 1 and 4 addresses a layer");
    std::vector<Weights> layers;
    for (size_t l = 0; l < w.size(); l += 4)
      layers.push_back({in(w[l]), in(w[l + 1]), in(w[l + 2]), in(w[l + 3]), nullptr});
    const Shape shape = {cell, inputs, hidden, hidden, 1, 1, 1, nullptr, 1, 1, nullptr};
    stack_.reset(pack(shape, layers));
  }

  void step(long batch, Address x, Address h, Address c, Address h_out, Address c_out, Address y,
            int threads) const {
    nb::gil_scoped_release released;
    stack_->step({batch, in(x), in(h), in(c), out(h_out), out(c_out), out(y)}, checked(threads));
  }

  // All inputs (count, I) that there will be.
  void know_inputs(Address inputs, long count) {
    if (count < 1) throw std::invalid_argument("stack: expected at least one known input");
    nb::gil_scoped_release released;
    stack_->know_inputs(in(inputs), count);
    known_ = count;
  }

  // As `step`, over known inputs by number; x is read by a residual connection only.
  void step_known(long batch, Address symbols, Address x, Address h, Address c, Address h_out,
                  Address c_out, Address y, int threads) const {
    const int64_t* numbers = as_int64(symbols);
    for (long b = 0; b < batch; b++)
      if (numbers[b] < 0 || numbers[b] >= known_)
        throw std::out_of_range("packed step: expected numbers of known inputs below " +
                                std::to_string(known_) + ", got " + std::to_string(numbers[b]));
    nb::gil_scoped_release released;
    stack_->step({batch, in(x), in(h), in(c), out(h_out), out(c_out), out(y), numbers},
                 checked(threads));
  }

 protected:
  std::unique_ptr<Stack> stack_;

 private:
  long known_ = 0;
};

class BoundLinear {
 public:
  BoundLinear(long inputs, long outputs, Address weight, Address bias, int threads)
      : BoundLinear(inputs, outputs, [&] {
          return chosen->pack_linear(in(weight), in(bias), inputs, outputs, checked(threads));
        }) {}

  template <class Pack>
  BoundLinear(long inputs, long outputs, const Pack& pack) {
    if (inputs < 1 || outputs < 1)
      throw std::invalid_argument("packed linear: expected sizes from 1");
    map_.reset(pack());
  }

  void run(Address x, long rows, Address y, int threads) const {
    nb::gil_scoped_release released;
    map_->run(in(x), rows, out(y), checked(threads));
  }

 private:
  std::unique_ptr<PackedMap> map_;
};

// Layers over whole sequences (bind_recurrence.cpp).
void bind_recurrence(nb::module_& m);

// Kernels over weights of fewer bits (bind_reduced.cpp): their functions and classes, and the set
// of them that goes with one of `Kernels`.
void bind_reduced(nb::module_& m);
void use_reduced_kernels_of(const char* name);

}  // namespace recurra::binding
