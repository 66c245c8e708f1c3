// Whole sequences as Python calls them: one layer, or the layers of a stack side by side.
#include <nanobind/stl/array.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>

#include "bind.h"

using namespace recurra;
using namespace recurra::binding;

namespace {

// cell, inputs, hidden, output, steps, batch, rows, directions, the address of `alive` or 0 for
// equal lengths, distinct, and the address of `symbol` or 0.
using Sizes = std::array<long, 11>;

// Of 5 addresses a direction.
Weights weights_of(const Addresses& w, int direction) {
  const Address* a = w.data() + 5 * direction;
  return {in(a[0]), in(a[1]), in(a[2]), in(a[3]), in(a[4])};
}

// What `forward`, `backward`, `double_backward` and `PackedLayer` are called with, checked.
struct Call {
  std::vector<long> equal;
  Shape shape;
  Weights weights[2];

  Call(const Sizes& n, const Addresses& w) {
    check_cell(n[0]);
    for (int i = 1; i < 8; i++)
      if (n[i] < 1) throw std::invalid_argument("sizes: expected at least 1 each");
    if (n[7] > 2 || w.size() != size_t(5 * n[7]))
      throw std::invalid_argument("weights: expected 5 addresses a direction");
    const long* alive = reinterpret_cast<const long*>(n[8]);
    if (!alive) {
      equal.assign(n[4], n[5]);
      alive = equal.data();
    }
    long rows = 0;
    for (long t = 0; t < n[4]; t++) {
      const long most = t ? alive[t - 1] : n[5], least = t ? 1 : n[5];
      if (alive[t] < least || alive[t] > most)
        throw std::invalid_argument("batch sizes: expected " + std::to_string(n[5]) +
                                    " sequences at the first step, and counts that never rise");
      rows += alive[t];
    }
    if (rows != n[6])
      throw std::invalid_argument("rows: expected the sum of the sequences alive at each step");
    const int64_t* symbol = as_int64(n[10]);
    if (n[9] < 1 || (!symbol && n[9] != rows))
      throw std::invalid_argument("distinct: expected the rows of the input");
    for (long row = 0; symbol && row < rows; row++)
      if (symbol[row] < 0 || symbol[row] >= n[9])
        throw std::out_of_range("symbol " + std::to_string(symbol[row]) +
                                " is out of bounds for " + std::to_string(n[9]) + " vectors");
    shape = {int(n[0]), n[1], n[2], n[3], n[4], n[5], n[6], alive, int(n[7]), n[9], symbol};
    for (int d = 0; d < n[7]; d++) weights[d] = weights_of(w, d);
  }
};

Backward::Gradients gradients_of(const Addresses& g, int direction) {
  const Address* a = g.data() + 5 * direction;
  return {out(a[0]), out(a[1]), out(a[2]), out(a[3]), out(a[4])};
}

// x, h0, c0, y, saved, gradients of y, hn and cn, of x, h0 and c0, and of h and c after each step;
// of the weights 5 a direction.
Backward backward_of(const Addresses& t, const Addresses& g) {
  if (t.size() != 13 || g.empty() || g.size() % 5)
    throw std::invalid_argument("backward: expected 13 addresses and 5 a direction");
  Backward io = {in(t[0]), in(t[1]),  in(t[2]),  in(t[3]),   in(t[4]),   in(t[5]),   in(t[6]),
                 in(t[7]), out(t[8]), out(t[9]), out(t[10]), out(t[11]), out(t[12]), {}};
  for (size_t d = 0; d < g.size() / 5; d++) io.weights[d] = gradients_of(g, int(d));
  return io;
}

void backward(const Sizes& sizes, Whole weights, Whole tensors, Whole gradients, int threads,
              bool bf16) {
  const Call call(sizes, addresses(weights));
  const Addresses g = addresses(gradients);
  if (g.size() != size_t(5 * sizes[7]))
    throw std::invalid_argument("backward: expected gradients of the weights of each direction");
  const Backward io = backward_of(addresses(tensors), g);
  nb::gil_scoped_release released;
  products(bf16).backward(call.shape, call.weights, io, checked(threads));
}

// Tensors: the pointers of `DoubleBackward` in its order; tangents and gradients: of the weights.
void double_backward(const Sizes& sizes, Whole weights, Whole tensors, Whole tangents,
                     Whole gradients, int threads) {
  const Call call(sizes, addresses(weights));
  const Addresses t = addresses(tensors), v = addresses(tangents), g = addresses(gradients);
  const size_t of_weights = 5 * sizes[7];
  if (t.size() != 16 || v.size() != of_weights || g.size() != of_weights || sizes[10])
    throw std::invalid_argument(
        "double_backward: expected 16 addresses, 5 and 5 a direction, and no symbols");
  DoubleBackward io = {in(t[0]),   in(t[1]),   in(t[2]),   in(t[3]),   in(t[4]),   in(t[5]),
                       in(t[6]),   in(t[7]),   in(t[8]),   in(t[9]),   {},         out(t[10]),
                       out(t[11]), out(t[12]), out(t[13]), out(t[14]), out(t[15]), {}};
  for (int d = 0; d < sizes[7]; d++) {
    io.weight_tangents[d] = weights_of(v, d);
    io.weights[d] = gradients_of(g, d);
  }
  nb::gil_scoped_release released;
  chosen->double_backward(call.shape, call.weights, io, checked(threads));
}

// Weights packed for whole sequences, for the time that Python holds them. Of the sizes, those of
// the layer count.
class BoundLayer {
 public:
  BoundLayer(const Sizes& sizes, Whole weights, int threads, bool bf16) {
    const Call call(sizes, addresses(weights));
    packed.reset(products(bf16).pack_layer(call.shape, call.weights, checked(threads)));
  }

  std::unique_ptr<PackedLayer> packed;
};

// x, h0, c0, y, hn, cn, saved.
Forward forward_of(const Addresses& t) {
  if (t.size() != 7) throw std::invalid_argument("forward: expected 7 addresses");
  return {in(t[0]), in(t[1]), in(t[2]), out(t[3]), out(t[4]), out(t[5]), out(t[6])};
}

void forward(const Sizes& sizes, Whole weights, Whole tensors, int threads,
             const BoundLayer* packed, bool bf16) {
  const Call call(sizes, addresses(weights));
  const Forward io = forward_of(addresses(tensors));
  nb::gil_scoped_release released;
  products(bf16).forward(call.shape, call.weights, io, checked(threads),
                         packed ? packed->packed.get() : nullptr);
}

// The layers of a stack, from the lowest: the calls of each, checked one by one and together.
struct Layers {
  std::vector<Call> calls;
  std::vector<Shape> shapes;
  std::vector<Weights> weights;

  Layers(const std::vector<Sizes>& sizes, Whole addresses_of_weights) {
    const Addresses w = addresses(addresses_of_weights);
    if (sizes.empty() || w.size() != 5 * sizes.size())
      throw std::invalid_argument(
          "layers: expected at least one, and 5 addresses of weights each");
    calls.reserve(sizes.size());
    for (size_t l = 0; l < sizes.size(); l++) {
      calls.emplace_back(sizes[l], Addresses(w.begin() + 5 * l, w.begin() + 5 * (l + 1)));
      shapes.push_back(calls[l].shape);
      weights.push_back(calls[l].weights[0]);
      const Shape &s = shapes[l], &first = shapes[0];
      const bool alike = s.cell == first.cell && s.steps == first.steps &&
                         s.batch == first.batch &&
                         std::equal(s.alive, s.alive + s.steps, first.alive);
      if (!alike || (l && (s.inputs != shapes[l - 1].output || s.symbol)))
        throw std::invalid_argument("layers: expected each to read the steps of the one below");
    }
  }
};

// Tensors: those of `forward`, layer after layer.
void forward_layers(const std::vector<Sizes>& sizes, Whole weights, Whole tensors, int threads,
                    bool bf16) {
  const Layers layers(sizes, weights);
  const Addresses t = addresses(tensors);
  if (t.size() != 7 * sizes.size())
    throw std::invalid_argument("forward_layers: expected 7 addresses a layer");
  std::vector<Forward> io;
  for (auto at = t.begin(); at != t.end(); at += 7)
    io.push_back(forward_of(Addresses(at, at + 7)));
  nb::gil_scoped_release released;
  products(bf16).forward_layers(int(sizes.size()), layers.shapes.data(), layers.weights.data(),
                                io.data(), checked(threads));
}

// Tensors and gradients: those of `backward`, layer after layer.
void backward_layers(const std::vector<Sizes>& sizes, Whole weights, Whole tensors,
                     Whole gradients, int threads, bool bf16) {
  const Layers layers(sizes, weights);
  const Addresses t = addresses(tensors), g = addresses(gradients);
  if (t.size() != 13 * sizes.size() || g.size() != 5 * sizes.size())
    throw std::invalid_argument("backward_layers: expected 13 and 5 addresses a layer");
  std::vector<Backward> io;
  for (size_t l = 0; l < sizes.size(); l++)
    io.push_back(backward_of(Addresses(t.begin() + 13 * l, t.begin() + 13 * (l + 1)),
                             Addresses(g.begin() + 5 * l, g.begin() + 5 * (l + 1))));
  nb::gil_scoped_release released;
  products(bf16).backward_layers(int(sizes.size()), layers.shapes.data(), layers.weights.data(),
                                 io.data(), checked(threads));
}

}  // namespace

void recurra::binding::bind_recurrence(nb::module_& m) {
  nb::class_<BoundLayer>(m, "PackedLayer")
      .def(nb::init<const Sizes&, Whole, int, bool>(), nb::arg("sizes"), nb::arg("weights"),
           nb::arg("threads"), nb::arg("bf16"));
  m.def("forward", &forward, nb::arg("sizes"), nb::arg("weights"), nb::arg("tensors"),
        nb::arg("threads"), nb::arg("packed").none(), nb::arg("bf16"));
  m.def("backward", &backward, nb::arg("sizes"), nb::arg("weights"), nb::arg("tensors"),
        nb::arg("gradients"), nb::arg("threads"), nb::arg("bf16"));
  m.def("forward_layers", &forward_layers, nb::arg("sizes"), nb::arg("weights"),
        nb::arg("tensors"), nb::arg("threads"), nb::arg("bf16"));
  m.def("backward_layers", &backward_layers, nb::arg("sizes"), nb::arg("weights"),
        nb::arg("tensors"), nb::arg("gradients"), nb::arg("threads"), nb::arg("bf16"));
  m.def("double_backward", &double_backward, nb::arg("sizes"), nb::arg("weights"),
        nb::arg("tensors"), nb::arg("tangents"), nb::arg("gradients"), nb::arg("threads"));
}
