// The kernels over weights of fewer bits, as Python calls them.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bind.h"

namespace recurra::binding {
namespace {

const ReducedKernels* chosen_reduced = nullptr;

// "bf16" or "int8", for inputs and units that fit.
Precision precision_of(const std::string& name, long inputs, long hidden) {
  if (name == "bf16") return Precision::bf16;
  if (name != "int8") throw std::invalid_argument("precision: expected bf16 or int8, got " + name);
  const long most = chosen_reduced->most_int8_inputs, got = inputs > hidden ? inputs : hidden;
  if (got > most)
    throw std::invalid_argument("int8: expected sums of at most " + std::to_string(most) +
                                " products, got " + std::to_string(got));
  return Precision::int8;
}

// The same over weights of fewer bits.
class BoundReducedStack : public BoundStack {
 public:
  BoundReducedStack(const std::string& precision, int cell, long inputs, long hidden,
                    Whole weights, bool residual)
      : BoundStack(cell, inputs, hidden, weights, [&](const Shape& shape, const auto& layers) {
          return chosen_reduced->pack_stack(precision_of(precision, inputs, hidden), shape,
                                            layers.data(), int(layers.size()), residual);
        }) {}

  // sizes: address of `steps` numbers of sequences; x and y (N, I) and (N, H), h and c (B, H).
  void sequence(Address x, Address sizes, long steps, long batch, bool backwards, Address h,
                Address c, Address y, int threads) const {
    const int64_t* of_steps = as_int64(sizes);
    for (long t = 0; t < steps; t++)
      if (of_steps[t] < 1 || of_steps[t] > (t ? of_steps[t - 1] : batch))
        throw std::invalid_argument("sequence: expected fewer sequences with each step, from " +
                                    std::to_string(batch) + " to 1");
    nb::gil_scoped_release released;
    static_cast<const ReducedStackBase&>(*stack_).sequence(
        {in(x), of_steps, steps, batch, backwards, out(h), out(c), out(y)}, checked(threads));
  }
};

class BoundReducedLinear : public BoundLinear {
 public:
  BoundReducedLinear(const std::string& precision, long inputs, long outputs, Address weight,
                     Address bias)
      : BoundLinear(inputs, outputs, [&] {
          return chosen_reduced->pack_linear(precision_of(precision, inputs, 0), in(weight),
                                             in(bias), inputs, outputs);
        }) {}
};

// A symbol of each row of scores (N, V), which are at an address.
std::vector<int64_t> draw(Address scores, long size, const std::vector<double>& shares) {
  if (size < 1) throw std::invalid_argument("draw: expected at least one symbol");
  std::vector<int64_t> symbols(shares.size());
  nb::gil_scoped_release released;
  chosen_reduced->draw({in(scores), shares.data(), long(shares.size()), size, symbols.data()});
  return symbols;
}

std::string reduced_name() { return chosen_reduced ? chosen_reduced->name : ""; }

bool choose_reduced(const std::string& name) {
  const ReducedKernels* kernels = named_reduced_kernels(name.c_str());
  if (kernels) chosen_reduced = kernels;
  return kernels != nullptr;
}

}  // namespace

void use_reduced_kernels_of(const char* name) { chosen_reduced = reduced_kernels_of(name); }

void bind_reduced(nb::module_& m) {
  m.def("draw", &draw, nb::arg("scores"), nb::arg("size"), nb::arg("shares"));
  m.def("reduced_name", &reduced_name);
  m.def("choose_reduced", &choose_reduced, nb::arg("name"));
  nb::class_<BoundReducedStack, BoundStack>(m, "ReducedStack")
      .def(nb::init<const std::string&, int, long, long, Whole, bool>(), nb::arg("precision"),
           nb::arg("cell"), nb::arg("inputs"), nb::arg("hidden"), nb::arg("weights"),
           nb::arg("residual"))
      .def("sequence", &BoundReducedStack::sequence, nb::arg("x"), nb::arg("sizes"),
           nb::arg("steps"), nb::arg("batch"), nb::arg("backwards"), nb::arg("h"), nb::arg("c"),
           nb::arg("y"), nb::arg("threads"));
  nb::class_<BoundReducedLinear, BoundLinear>(m, "ReducedLinear")
      .def(nb::init<const std::string&, long, long, Address, Address>(), nb::arg("precision"),
           nb::arg("inputs"), nb::arg("outputs"), nb::arg("weight"), nb::arg("bias"));
}

}  // namespace recurra::binding
